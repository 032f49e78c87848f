# SPDX-License-Identifier: BSD-2-Clause
"""Blobs as files on a local file system.

``incoming/`` holds what is being written, ``objects/ab/`` what is kept. A writer holds a lock on
its file until the blob is recorded (or given up), so any number of processes can share a store
and a sweep tells the leftovers of the dead from the work of the living. The root may be a
symbolic link that an administrator made; inside it, none is followed. Each file ends with the
seal of ``sealed.py``.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from eucalyptus.crashpoints import crashpoint
from walrus.drivers.stores.sealed import Seal, SealedReading, sealed_file
from walrus.drivers.stores.store import Listed, NoBlob, StoreFailed, failing

INCOMING, _OBJECTS = "incoming", "objects"
_NAME = re.compile(r"[0-9a-f]{32}")
_SHARDS = tuple(f"{number:02x}" for number in range(256))
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_MEBI = 1 << 20


def path_of(blob: str) -> str:
    """Where a store keeps a blob; raises ValueError for what is no name of one."""
    if not _NAME.fullmatch(blob):
        raise ValueError(f"{blob!r} is no name of a blob")
    return f"{blob[:2]}/{blob}"


class FileWriting:
    """One file being written."""

    def __init__(self, store: FileStore, blob: str) -> None:
        self.blob = blob
        self._store, self._kept, self._written = store, False, 0
        self._seal = Seal(blob)
        self._fd = create_locked(blob, store.incoming)
        crashpoint("walrus.put.created")

    def write(self, data: bytes) -> None:
        """Append to the file."""
        self._seal.update(data)
        append(self._fd, data)
        before, self._written = self._written, self._written + len(data)
        if before // _MEBI != self._written // _MEBI:
            crashpoint("walrus.put.written")

    def keep(self) -> None:
        """Seal the file, fsync it, rename it, fsync its directory."""
        append(self._fd, self._seal.closing())
        with failing():
            crashpoint("walrus.put.before_sync")
            os.fsync(self._fd)
            crashpoint("walrus.put.synced")
            path = path_of(self.blob)
            os.rename(
                self.blob, path, src_dir_fd=self._store.incoming, dst_dir_fd=self._store.objects
            )
            self._kept = True
            crashpoint("walrus.put.renamed")
            self._store.sync_shard(self.blob[:2])
            crashpoint("walrus.put.directory_synced")

    def release(self) -> None:
        """Remove the file unless it was kept; unlock it."""
        if not self._kept:
            with suppress(FileNotFoundError):
                os.unlink(self.blob, dir_fd=self._store.incoming)
        os.close(self._fd)


class FileStore:
    """A store below the directory ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.incoming = self.objects = -1

    def prepare(self) -> None:
        """Make the directories, private to the cloud's user; the root may already be a link."""
        with failing():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            os.fchmod(root, 0o700)
            self.incoming = directory_in(INCOMING, root)
            self.objects = directory_in(_OBJECTS, root)
            for directory in (self.incoming, self.objects):
                weakref.finalize(self, os.close, directory)
            for shard in _SHARDS:
                os.close(directory_in(shard, self.objects))
            for directory in (self.objects, root):
                os.fsync(directory)
            os.close(root)

    def attach(self) -> bool:
        """Open a store that was prepared before, changing nothing; False if there is none."""
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self.objects = os.open(_OBJECTS, _DIRECTORY, dir_fd=root)
            weakref.finalize(self, os.close, self.objects)
            os.close(root)
        except FileNotFoundError:
            return False
        except OSError as failure:
            raise StoreFailed(str(failure)) from failure
        return True

    def listed(self) -> tuple[Listed, ...]:
        """Every kept file."""
        return tuple(one for shard in _SHARDS for one in self._listed_in(shard))

    def _listed_in(self, shard: str) -> Iterator[Listed]:
        try:
            directory = os.open(shard, _DIRECTORY, dir_fd=self.objects)
        except FileNotFoundError:
            return
        try:
            for name in os.listdir(directory):
                with suppress(FileNotFoundError):  # removed just now
                    yield self._listed(name, shard, directory)
        finally:
            os.close(directory)

    def _listed(self, name: str, shard: str, directory: int) -> Listed:
        facts = os.stat(name, dir_fd=directory, follow_symlinks=False)
        where = str(self._root / _OBJECTS / shard / name)
        return Listed(blob=name, size=facts.st_size, since=facts.st_mtime, where=where)

    def remove_idle(self, blob: str) -> None:
        """Remove a file that nobody writes."""
        with failing(), suppress(FileNotFoundError):
            remove_if_idle(path_of(blob), self.objects)

    def sync_shard(self, shard: str) -> None:
        """Make the names in a directory durable."""
        directory = os.open(shard, _DIRECTORY, dir_fd=self.objects)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def begin(self, blob: str) -> FileWriting:
        """A new file in ``incoming``."""
        path_of(blob)
        with failing():
            return FileWriting(self, blob)

    def open(self, blob: str) -> SealedReading:
        """Open the file for reading."""
        with failing():
            try:
                fd = os.open(path_of(blob), _OLD, dir_fd=self.objects)
            except FileNotFoundError as missing:
                raise NoBlob(blob) from missing
            return SealedReading(sealed_file(fd), blob)

    def remove(self, blob: str) -> None:
        """Unlink the file."""
        with failing(), suppress(FileNotFoundError):
            os.unlink(path_of(blob), dir_fd=self.objects)

    def sweep(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Unlink unfinished files without a writer, and kept ones that nobody recorded."""
        removed = 0
        with failing():
            for name in os.listdir(self.incoming):
                removed += remove_if_idle(name, self.incoming)
            for shard in _SHARDS:
                removed += self._sweep_shard(shard, named)
        return removed

    def _sweep_shard(self, shard: str, named: Callable[[Collection[str]], Collection[str]]) -> int:
        directory = os.open(shard, _DIRECTORY, dir_fd=self.objects)
        try:
            names = frozenset(os.listdir(directory))
            unknown = names - frozenset(named(names)) if names else names
            idle = frozenset(name for name in unknown if is_idle(name, directory))
            orphans = idle - frozenset(named(idle)) if idle else idle
            return sum(remove_if_idle(name, directory) for name in orphans)
        finally:
            os.close(directory)


def append(fd: int, data: bytes) -> None:
    """Write all of ``data``; raises StoreFailed."""
    with failing():
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]


def create_locked(name: str, directory: int) -> int:
    """Open a new file for writing and lock it; a sweep that came between is outlived."""
    while True:
        fd = os.open(name, _NEW, 0o600, dir_fd=directory)
        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd
        os.close(fd)


def remove_if_idle(name: str, directory: int) -> int:
    """Remove what nobody writes, holding its lock meanwhile; gives how many went, 0 or 1.

    What is no plain file has no writer.
    """
    fd = -1
    try:
        fd = os.open(name, _OLD | os.O_NONBLOCK, dir_fd=directory)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        if fd >= 0:
            os.close(fd)
        return 0
    except OSError as failure:
        if failure.errno not in (errno.ELOOP, errno.ENXIO, errno.EBADF):
            raise
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=directory)
    if fd >= 0:
        os.close(fd)
    return 1


def directory_in(name: str, parent: int) -> int:
    """Open a directory inside ``parent``, made if need be, never through a link."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
    return os.open(name, _DIRECTORY, dir_fd=parent)


def is_idle(name: str, directory: int) -> bool:
    """Whether nobody writes the file; what is no plain file has no writer."""
    try:
        fd = os.open(name, _OLD | os.O_NONBLOCK, dir_fd=directory)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True
