# SPDX-License-Identifier: BSD-2-Clause
"""Documents coming in and facts going out: files in the run directory."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

SOURCES = ("global_network_info.xml", "cc_global_network_info.xml")
"""Where the wanted world is looked for: what the node was told, else what the cluster was."""

LAST_GOOD = "eucanetd_global_network_info.xml"
VERSION = "global_network_info.version"
APPLIED = "net/applied.json"
MOST = (50 << 20) + 1
"""Bytes that are read of a document: one more than is accepted."""


class Files(Protocol):
    """What the applying loop reads and writes."""

    def stamp(self) -> object:
        """Something that differs when the document was replaced."""
        ...

    def document(self) -> bytes:
        """The document, b"" when there is none."""
        ...

    def last_good(self) -> bytes:
        """The document that was accepted last, b"" when there is none."""
        ...

    def keep(self, document: bytes) -> None:
        """Remember an accepted document."""
        ...

    def applied(self, version: str, instances: Sequence[str], at: float) -> None:
        """Tell everybody that ``version`` is in force for ``instances`` since ``at`` (POSIX)."""
        ...


class RunFiles:
    """Files under the run directory, replaced whole and readable by root alone."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def _source(self) -> Path:
        for name in SOURCES:
            if (self._run / name).exists():
                return self._run / name
        return self._run / SOURCES[0]

    def stamp(self) -> object:
        """Which file, which inode, when, how long."""
        source = self._source()
        try:
            status = source.stat()
        except OSError:
            return None
        return source.name, status.st_ino, status.st_mtime_ns, status.st_size

    def document(self) -> bytes:
        """No more than a document may have, and one byte."""
        return _read(self._source())

    def last_good(self) -> bytes:
        """Our own copy."""
        return _read(self._run / LAST_GOOD)

    def keep(self, document: bytes) -> None:
        """Replace our copy."""
        _replace(self._run / LAST_GOOD, document)

    def applied(self, version: str, instances: Sequence[str], at: float) -> None:
        """Write ``net/applied.json`` for the node and the version file of the original."""
        said = {"version": version, "instances": list(instances), "at": at}
        _replace(self._run / APPLIED, json.dumps(said).encode())
        _replace(self._run / VERSION, version.encode())


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(MOST)
    except OSError:
        return b""


def _replace(file: Path, content: bytes) -> None:
    fresh = file.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


class FakeFiles:
    """Files in memory; ``give`` is how a test delivers a document."""

    def __init__(self) -> None:
        self.incoming, self.good, self.said = b"", b"", list[tuple[str, tuple[str, ...], float]]()
        self._changes = 0

    def give(self, document: bytes) -> None:
        """A new document arrives."""
        self.incoming = document
        self._changes += 1

    def stamp(self) -> object:
        """The number of changes."""
        return self._changes

    def document(self) -> bytes:
        """What arrived last."""
        return self.incoming

    def last_good(self) -> bytes:
        """What was kept."""
        return self.good

    def keep(self, document: bytes) -> None:
        """Keep it."""
        self.good = document

    def applied(self, version: str, instances: Sequence[str], at: float) -> None:
        """Note it."""
        self.said.append((version, tuple(instances), at))
