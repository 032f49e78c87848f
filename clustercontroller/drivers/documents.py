# SPDX-License-Identifier: BSD-2-Clause
"""The network-info document as the controller remembers it: one private file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Documents(Protocol):
    """Keeps one document over restarts."""

    def save(self, document: bytes) -> None:
        """Keep ``document`` durably."""
        ...

    def load(self) -> bytes:
        """The document kept last, b"" when there is none."""
        ...


class DocumentFile:
    """A file of mode 0600, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, document: bytes) -> None:
        """Write beside, flush to disk, then take the place of the old one."""
        fresh = self._path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(document)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._path)

    def load(self) -> bytes:
        """The bytes of the file, b"" when there is none."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""


class FakeDocuments:
    """A document in memory."""

    def __init__(self, document: bytes = b"") -> None:
        self.document = document

    def save(self, document: bytes) -> None:
        """Keep it."""
        self.document = document

    def load(self) -> bytes:
        """What was kept."""
        return self.document
