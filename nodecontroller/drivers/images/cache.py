# SPDX-License-Identifier: BSD-2-Clause
"""Files worth keeping: a directory per entry, the least recently used make room for new ones.

Whoever uses an entry holds a hard link to its file, so an entry can be evicted at any time: its
blocks are freed when the last instance that boots from it is gone. Nothing has to be counted, and
a crash leaves nothing to repair but partial files, which the next start removes.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

IMAGE = "image"
FACTS = "facts.json"
PARTIAL = ".partial"
LINK_IS_IMPOSSIBLE = (errno.EXDEV, errno.EMLINK, errno.EPERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A kept file: its bytes on the disk, and what its maker noted."""

    key: str
    path: Path
    digest: str
    size: int


class Cache:
    """A folder of entries that together take at most ``limit`` bytes of disk."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit

    def open(self) -> None:
        """Make the folder; remove what a crash left half made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for entry in self.folder.iterdir():
            if entry.name.endswith(PARTIAL) or not (entry / FACTS).exists():
                shutil.rmtree(entry, ignore_errors=True)

    def find(self, key: str) -> Entry | None:
        """The entry ``key``, now the most recently used one."""
        folder = self.folder / key
        try:
            facts = json.loads((folder / FACTS).read_text())
            os.utime(folder)
            size = (folder / IMAGE).stat().st_size
        except (OSError, ValueError):
            return None
        if size != facts.get("size"):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return Entry(key=key, path=folder / IMAGE, digest=facts["digest"], size=size)

    def begin(self, key: str) -> Path:
        """The path of a new file to fill; ``commit`` it or ``abandon`` it."""
        partial = self.folder / (key + PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        return partial / IMAGE

    def commit(self, key: str, digest: str) -> Entry:
        """Keep the file that ``begin`` gave, durably, in place of an older one."""
        partial, folder = self.folder / (key + PARTIAL), self.folder / key
        image = partial / IMAGE
        image.chmod(0o444)
        size = image.stat().st_size
        (partial / FACTS).write_text(json.dumps({"digest": digest, "size": size}))
        for path in (image, partial / FACTS, partial):
            _sync(path)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        _sync(self.folder)
        self.evict(keep=key)
        return Entry(key=key, path=folder / IMAGE, digest=digest, size=size)

    def abandon(self, key: str) -> None:
        """Remove a file that was begun."""
        shutil.rmtree(self.folder / (key + PARTIAL), ignore_errors=True)

    def evict(self, keep: str = "") -> tuple[str, ...]:
        """Remove the least recently used entries until the rest fits; says which went."""
        rows = sorted((e.stat().st_mtime, e.name, _taken(e)) for e in self._entries())
        total, gone = sum(size for _, _, size in rows), []
        for _, name, size in rows:
            if total <= self.limit:
                break
            if name != keep:
                shutil.rmtree(self.folder / name, ignore_errors=True)
                gone.append(name)
                total -= size
        return tuple(gone)

    def _entries(self) -> list[Path]:
        return [e for e in self.folder.iterdir() if not e.name.endswith(PARTIAL)]


def link(entry: Path, target: Path) -> None:
    """Have ``target`` be the file ``entry``: by a hard link, or by a copy where none can be."""
    target.unlink(missing_ok=True)
    try:
        os.link(entry, target)
    except OSError as failure:
        if failure.errno not in LINK_IS_IMPOSSIBLE:
            raise
        shutil.copyfile(entry, target)


def _taken(entry: Path) -> int:
    try:
        return (entry / IMAGE).stat().st_blocks * 512
    except FileNotFoundError:
        return 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
