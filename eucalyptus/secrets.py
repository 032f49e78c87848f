# SPDX-License-Identifier: BSD-2-Clause
"""Secrets at rest: sealed with a key file that only the cloud's daemons can read.

A stolen copy of the database gives nobody an access key; the key file is not in it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

FILE = "secrets.key"
"""Name of the key file under ``keys/``."""


class WrongKey(ValueError):
    """Something was sealed with another key file than the one at hand."""


class Sealer:
    """Seals and opens short secrets (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, secret: bytes) -> bytes:
        """Encrypt ``secret``; every call gives other bytes."""
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt what ``seal`` made; raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as wrong:
            raise WrongKey("sealed with another key than keys/secrets.key") from wrong


def _draft(directory: Path, content: bytes) -> Path:
    """A file under a hidden name in ``directory``, on disk, readable by its owner only."""
    handle, name = tempfile.mkstemp(dir=directory, prefix=".draft-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all, replacing an older one."""
    _draft(path.parent, content).rename(path)


def open_sealer(keys: Path) -> Sealer:
    """The sealer of the key file in directory ``keys``; makes the file when there is none."""
    path = keys / FILE
    if not path.exists():
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = _draft(keys, Fernet.generate_key())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # the first of several that start together wins
        draft.unlink()
    return Sealer(path.read_bytes())
