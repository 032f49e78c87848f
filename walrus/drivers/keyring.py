# SPDX-License-Identifier: BSD-2-Clause
"""The master keys of this cloud's objects, in a file that only its daemons can read.

One key a line: its id, a blank, 32 bytes in base64; the last one wraps new objects' keys. A new
file is noticed at once, so keys change while front workers run.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from eucalyptus.secrets import write_private
from walrus.core.encryption import KEY, MasterKey

FILE = "objects.keys"
"""Name of the file under ``keys/``."""
_LINE = re.compile(r"([0-9a-f]{16}) ([A-Za-z0-9+/=]{44})")
_Stamp = tuple[int, int, int]


class BadKeyring(Exception):
    """The file cannot be used; the text says why."""


class Keyring:
    """The keys of one file. ``random`` gives so many unpredictable bytes."""

    def __init__(self, path: Path, random: Callable[[int], bytes]) -> None:
        self._path, self.random = path, random
        self._stamp: _Stamp | None = None
        self._keys: tuple[MasterKey, ...] = ()

    def prepare(self) -> None:
        """Make the file with a first key unless it is there; of several that start together, one
        does. Raises BadKeyring or OSError."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._path.with_name(f".{FILE}-{self.random(8).hex()}")
            write_private(draft, _text((self._new(),)))
            with contextlib.suppress(FileExistsError):
                os.link(draft, self._path)
            draft.unlink()
        self.known()

    def known(self) -> tuple[MasterKey, ...]:
        """All keys, the newest last; raises BadKeyring."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as wrong:
            raise BadKeyring(f"{self._path}: {wrong.strerror}") from wrong
        with os.fdopen(file, "rb") as opened:
            facts = os.fstat(opened.fileno())
            stamp = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
            if stamp != self._stamp:
                if facts.st_mode & 0o077:
                    raise BadKeyring(f"{self._path} can be read by others; make it 0600")
                self._keys, self._stamp = self._read(opened.read()), stamp
        return self._keys

    def _read(self, content: bytes) -> tuple[MasterKey, ...]:
        found = []
        for line in content.decode("ascii", "replace").splitlines():
            match = _LINE.fullmatch(line)
            key = _decoded(match[2]) if match else b""
            if not match or len(key) != KEY:
                raise BadKeyring(f"{self._path}: a line is not ID and key")
            found.append(MasterKey(id=match[1], key=key))
        if not found:
            raise BadKeyring(f"{self._path} has no key")
        return tuple(found)

    def newest(self) -> MasterKey:
        """The key that wraps; raises BadKeyring."""
        return self.known()[-1]

    def find(self, key_id: str) -> MasterKey | None:
        """The key of this id, None if it is not (or no more) there; raises BadKeyring."""
        return next((key for key in self.known() if key.id == key_id), None)

    def add(self) -> MasterKey:
        """Make a new key, which wraps from now on."""
        made = self._new()
        write_private(self._path, _text((*self.known(), made)))
        return made

    def forget(self, key_id: str) -> Path:
        """Take a key out of use. Its line goes to another file, which is given: something that was
        under way may still turn out to need it."""
        gone = tuple(key for key in self.known() if key.id == key_id)
        aside = self._path.with_name(f"{self._path.name}.forgotten")
        before = aside.read_bytes() if aside.exists() else b""
        write_private(aside, before + _text(gone))
        write_private(self._path, _text(tuple(k for k in self.known() if k.id != key_id)))
        return aside

    def _new(self) -> MasterKey:
        return MasterKey(id=self.random(8).hex(), key=self.random(KEY))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _text(keys: tuple[MasterKey, ...]) -> bytes:
    lines = (f"{key.id} {base64.b64encode(key.key).decode()}\n" for key in keys)
    return "".join(lines).encode()
