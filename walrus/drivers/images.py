# SPDX-License-Identifier: BSD-2-Clause
"""Prepared images as files: bounded, the least recently used goes first.

A file's name tells the digest of its manifest and the SHA-256 of its bytes, so whoever sends it
can check it. Files are written under a name of their own, locked, and renamed when durable. Such a
name tells how large the image will be, so every process sees how far it is and keeps room for it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from eucalyptus.crashpoints import crashpoint
from walrus.drivers.stores.files import create_locked, directory_in, remove_if_idle
from walrus.drivers.stores.store import Damaged, failing

_IMAGES = "images"
_KEPT = re.compile(r"([0-9a-f]{64})-([0-9a-f]{64})")
_UNFINISHED = re.compile(r"([0-9a-f]{64})[.]([0-9]{1,19})[.][0-9A-Za-z]+[.]part")
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 64 * 1024
_PIECE = 256 * 1024
_ZEROS = bytes(_BLOCK)


class NoRoom(Exception):
    """The image does not fit into the cache, now (``later``) or ever."""

    def __init__(self, size: int, most: int, later: bool) -> None:
        super().__init__(f"{size} bytes do not fit into a cache of {most}")
        self.most, self.later = most, later


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A prepared image, open for reading: its size and the SHA-256 of its bytes in hex."""

    file: BinaryIO
    size: int
    sha256: str


class ImageReading:
    """Bytes ``first`` up to ``end`` of a prepared image, which it closes.

    When that is the whole image, the last bytes are only given if its SHA-256 is right.
    """

    def __init__(self, prepared: Prepared, first: int, end: int) -> None:
        self._prepared, self._left = prepared, end - first
        self._sha256 = hashlib.sha256() if self._left == prepared.size else None
        prepared.file.seek(first)

    def read(self) -> bytes:
        """The next bytes, b"" behind the last one; raises Damaged or StoreFailed."""
        if self._left == 0:
            return b""
        with failing():
            piece = self._prepared.file.read(min(_PIECE, self._left))
        self._left -= len(piece)
        if self._sha256 is not None:
            self._sha256.update(piece)
            if self._left == 0 and self._sha256.hexdigest() != self._prepared.sha256:
                raise Damaged("its SHA-256 is another one")
        if self._left == 0:
            self.close()
        return piece

    def close(self) -> None:
        """Close the file."""
        self._prepared.file.close()


class ImageWriting:
    """One image being prepared. Ends with ``keep`` or ``discard``."""

    def __init__(self, directory: int, name: str) -> None:
        self._directory, self._name, self._size = directory, name, 0
        self._fd = create_locked(name, directory)

    def write(self, data: bytes) -> None:
        """Append; blocks of zeros become holes."""
        with failing():
            for at in range(0, len(data), _BLOCK):
                block = data[at : at + _BLOCK]
                if block != _ZEROS[: len(block)]:
                    self._write_at(memoryview(block), self._size + at)
            self._size += len(data)
            # So that the file's size tells how far it is, holes and all.
            os.ftruncate(self._fd, self._size)

    def _write_at(self, block: memoryview, at: int) -> None:
        while block:
            written = os.pwrite(self._fd, block, at)
            block, at = block[written:], at + written

    def keep(self, manifest: str, sha256: str) -> Prepared:
        """Make the image durable under its name and open it."""
        with failing():
            os.fsync(self._fd)
            crashpoint("walrus.image.synced")
            os.rename(
                self._name, f"{manifest}-{sha256}",
                src_dir_fd=self._directory, dst_dir_fd=self._directory,
            )  # fmt: skip
            os.fsync(self._directory)
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        file = os.fdopen(self._fd, "rb")
        file.seek(0)
        return Prepared(file=file, size=self._size, sha256=sha256)

    def discard(self) -> None:
        """Leave nothing behind."""
        with suppress(FileNotFoundError):
            os.unlink(self._name, dir_fd=self._directory)
        os.close(self._fd)


class ImageFiles:
    """The cache below ``root``, of at most ``most`` bytes. Every call blocks."""

    def __init__(self, root: Path, most: int) -> None:
        self._root, self.most = root, most
        self._directory = -1

    def prepare(self) -> None:
        """Make the directory and remove what a crash left unfinished."""
        with failing():
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._directory = directory_in(_IMAGES, root)
            weakref.finalize(self, os.close, self._directory)
            os.close(root)
            for name in os.listdir(self._directory):
                if not _KEPT.fullmatch(name):
                    remove_if_idle(name, self._directory)

    def open(self, manifest: str) -> Prepared | None:
        """The image of the manifest with this SHA-256, None when it is not prepared."""
        with failing():
            for name in os.listdir(self._directory):
                match = _KEPT.fullmatch(name)
                if match and match.group(1) == manifest:
                    return self._open(name, match.group(2))
        return None

    def _open(self, name: str, sha256: str) -> Prepared | None:
        try:
            file = os.fdopen(os.open(name, _OLD, dir_fd=self._directory), "rb")
        except FileNotFoundError:
            return None
        os.utime(file.fileno())
        return Prepared(file=file, size=os.fstat(file.fileno()).st_size, sha256=sha256)

    def begin(self, manifest: str, size: int, name: str) -> ImageWriting:
        """Start to prepare the image of a manifest, of ``size`` bytes, after making room; ``name``
        is unique. Raises NoRoom."""
        with failing():
            self._make_room(size)
            return ImageWriting(self._directory, f"{manifest}.{size}.{name}.part")

    def progress(self, manifest: str) -> int | None:
        """How many of a hundred parts of an image are prepared, by whichever process; None when
        nobody is at it."""
        with failing():
            if any(name.startswith(f"{manifest}-") for name in os.listdir(self._directory)):
                return 100
            known = [
                found * 100 // size
                for of, size, found, _ in self._unfinished()
                if of == manifest and size
            ]
        # Hundred it is when it can be had.
        return min(max(known), 99) if known else None

    def drop(self, manifest: str) -> None:
        """Forget an image, perhaps because its bytes are damaged."""
        with failing():
            for name in os.listdir(self._directory):
                if name.startswith(f"{manifest}-"):
                    self._remove(name)

    def _make_room(self, size: int) -> None:
        kept, coming = sorted(self._kept()), 0
        for _, promised, _, name in list(self._unfinished()):
            # What a process left that has died takes no room any more.
            coming += 0 if remove_if_idle(name, self._directory) else promised
        if coming + size > self.most:
            raise NoRoom(size, self.most, later=size <= self.most)
        used = coming + sum(one for _, one, _ in kept)
        for _, one, name in kept:
            if used + size <= self.most:
                return
            self._remove(name)
            used -= one

    def _kept(self) -> Iterator[tuple[float, int, str]]:
        for name in os.listdir(self._directory):
            if _KEPT.fullmatch(name):
                with suppress(FileNotFoundError):
                    found = os.stat(name, dir_fd=self._directory, follow_symlinks=False)
                    yield found.st_mtime, found.st_blocks * 512, name

    def _unfinished(self) -> Iterator[tuple[str, int, int, str]]:
        """Manifest, size to be, size so far, and name of every image being prepared."""
        for name in os.listdir(self._directory):
            match = _UNFINISHED.fullmatch(name)
            if match:
                with suppress(FileNotFoundError):
                    found = os.stat(name, dir_fd=self._directory, follow_symlinks=False)
                    yield match[1], int(match[2]), found.st_size, name

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._directory)
