# SPDX-License-Identifier: BSD-2-Clause
"""Lines that outlive the controller: each is on the disk before its writer goes on."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from eucalyptus.together import Together

InThread = Callable[[Callable[[], None]], Awaitable[None]]


class Journal(Protocol):
    """Keeps lines in order."""

    async def note(self, line: str) -> None:
        """Keep one more line; raises OSError when the disk does not take it."""
        ...

    def text(self) -> str:
        """Every line kept."""
        ...

    def rewrite(self, text: str) -> None:
        """Keep ``text`` instead of everything; raises OSError."""
        ...


class FileJournal:
    """A file, appended to in a thread. Lines that come together share one sync."""

    def __init__(self, path: Path, in_thread: InThread) -> None:
        self._path, self._in_thread = path, in_thread
        self._noting = Together(self._note, 1024)

    async def note(self, line: str) -> None:
        """Append and sync."""
        await self._noting.do(line)

    async def _note(self, lines: Sequence[str]) -> Sequence[None]:
        await self._in_thread(lambda: self._append("".join(lines)))
        return [None] * len(lines)

    def _append(self, text: str) -> None:
        with self._path.open("a") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def text(self) -> str:
        """The file; "" when there is none. A torn last line is the reader's to ignore."""
        try:
            return self._path.read_text(errors="replace")
        except OSError:
            return ""

    def rewrite(self, text: str) -> None:
        """Replace the file whole."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


class FakeJournal:
    """Lines in memory; ``fails`` is raised instead of keeping one."""

    def __init__(self, text: str = "") -> None:
        self.lines = text
        self.fails: OSError | None = None

    async def note(self, line: str) -> None:
        """Keep it."""
        if self.fails is not None:
            raise self.fails
        self.lines += line

    def text(self) -> str:
        """What was kept."""
        return self.lines

    def rewrite(self, text: str) -> None:
        """Keep this."""
        self.lines = text
