# SPDX-License-Identifier: BSD-2-Clause
"""Blobs in a bucket of another S3 store; nothing but bytes goes there.

A blob is spooled into a file of ``incoming/`` first, sealed like a kept file, and uploaded by
``keep``. The file stays, empty and locked, until the blob is recorded or given up: so every
process of this host knows what is being written here. What other hosts write is told by its age.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from walrus.drivers.stores.backend import (
    Access,
    PartSums,
    Remote,
    asking,
    connect,
    discard,
    upload,
)
from walrus.drivers.stores.files import (
    INCOMING,
    append,
    create_locked,
    directory_in,
    is_idle,
    path_of,
    remove_if_idle,
)
from walrus.drivers.stores.sealed import Seal, Sealed, SealedReading
from walrus.drivers.stores.store import Listed, NoBlob, failing

PREFIX = "blobs/"
AGE = 24 * 3600.0
"""Seconds after which nobody can still be about to record a blob, on whatever host."""


def _key(blob: str) -> str:
    return PREFIX + path_of(blob)


def _blob(key: str) -> str:
    """The blob that lies at a key, "" if that is none of ours."""
    name = key.rpartition("/")[2]
    with suppress(ValueError):
        return name if _key(name) == key else ""
    return ""


class SpooledWriting:
    """One blob being written."""

    def __init__(self, store: S3Store, blob: str) -> None:
        self.blob = blob
        self._store, self._seal, self._sums = store, Seal(blob), PartSums()
        self._fd = create_locked(blob, store.incoming)

    def write(self, data: bytes) -> None:
        """Append to the spool."""
        self._seal.update(data)
        self._append(data)

    def _append(self, data: bytes) -> None:
        self._sums.update(data)
        append(self._fd, data)

    def keep(self) -> None:
        """Seal the blob and upload it; returns when the backend has acknowledged it."""
        self._append(self._seal.closing())
        upload(self._store.remote(), _key(self.blob), self._fd, self._sums.parts())
        with failing():
            os.ftruncate(self._fd, 0)

    def release(self) -> None:
        """Remove the spool and unlock it."""
        with suppress(FileNotFoundError):
            os.unlink(self.blob, dir_fd=self._store.incoming)
        os.close(self._fd)


class _Readers:
    """Who reads what in this process, and which blobs are to go when nobody does any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._doomed: set[str] = set()

    def enter(self, blob: str) -> None:
        """Somebody reads; raises NoBlob if the blob is to go."""
        with self._lock:
            if blob in self._doomed:
                raise NoBlob(blob)
            self._counts[blob] += 1

    def leave(self, blob: str) -> None:
        """Somebody has read."""
        with self._lock:
            self._counts[blob] -= 1
            if not self._counts[blob]:
                del self._counts[blob]

    def doom(self, *blobs: str) -> list[str]:
        """These are to go; gives those that may go now, which are forgotten then."""
        with self._lock:
            self._doomed.update(blobs)
            free = [blob for blob in self._doomed if blob not in self._counts]
            self._doomed.difference_update(free)
            return free


class S3Store:
    """A store in the bucket that ``access()`` tells; ``root`` has the spool.

    ``age`` is that of leftovers in seconds.
    """

    def __init__(self, access: Callable[[], Access], root: Path, age: float = AGE) -> None:
        self._access, self._root, self._age = access, root, age
        self._lock = threading.Lock()
        self._remote: Remote | None = None
        self._readers = _Readers()
        self.incoming = -1

    def remote(self) -> Remote:
        """The backend as the properties tell now."""
        access = self._access()
        with self._lock:
            if self._remote is None or self._remote.access != access:
                self._remote = connect(access)
            return self._remote

    def prepare(self) -> None:
        """Make the spool, and the bucket if there is none."""
        with failing():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self.incoming = directory_in(INCOMING, root)
            os.close(root)
        remote = self.remote()
        bucket = remote.access.bucket
        try:
            with asking(remote.access):
                remote.client.head_bucket(Bucket=bucket)
        except NoBlob:
            made_meanwhile = remote.client.exceptions.BucketAlreadyOwnedByYou
            with asking(remote.access), suppress(made_meanwhile):
                remote.client.create_bucket(Bucket=bucket)

    def attach(self) -> bool:
        """There is nothing to open; without a spool here no upload of ours is alive."""
        with suppress(FileNotFoundError):
            self.incoming = os.open(self._root / INCOMING, os.O_RDONLY | os.O_DIRECTORY)
        return True

    def begin(self, blob: str) -> SpooledWriting:
        """A new spool."""
        path_of(blob)
        with failing():
            return SpooledWriting(self, blob)

    def open(self, blob: str) -> SealedReading:
        """Ask for the last bytes, which are all of a small blob."""
        key = _key(blob)
        self._readers.enter(blob)
        try:
            opened = self.remote().sealed(key)
        except BaseException:
            self._readers.leave(blob)
            raise
        return SealedReading(self._counted(opened, blob), blob)

    def _counted(self, opened: Sealed, blob: str) -> Sealed:
        def close() -> None:
            opened.close()
            self._readers.leave(blob)

        return replace(opened, close=close)

    def remove(self, blob: str) -> None:
        """Delete the object, once nobody reads it here."""
        path_of(blob)
        for free in self._readers.doom(blob):
            self._delete(free)

    def _delete(self, blob: str) -> None:
        remote = self.remote()
        with suppress(NoBlob), asking(remote.access):
            remote.client.delete_object(Bucket=remote.access.bucket, Key=_key(blob))

    def remove_idle(self, blob: str) -> None:
        """Delete what nobody on this host writes and what is old."""
        if not self._alive(blob):
            self.remove(blob)

    def _alive(self, blob: str) -> bool:
        if self.incoming < 0 or blob not in os.listdir(self.incoming):
            return False
        return not is_idle(blob, self.incoming)

    # --- what lies there -----------------------------------------------------------------------

    def listed(self) -> tuple[Listed, ...]:
        """Every object that is a blob."""
        return tuple(one for page, _ in self._pages() for one in page)

    def _pages(self) -> Iterator[tuple[list[Listed], float]]:
        """What lies there, with the time by the backend's clock."""
        # The first version of the listing is the one that every S3 store knows.
        for page in self._asked("list_objects"):
            found = [self._listed(one) for one in page.get("Contents", ())]
            yield [one for one in found if one.blob], _date_of(page)

    def _asked(self, operation: str) -> Iterator[dict[str, Any]]:
        remote = self.remote()
        with asking(remote.access):
            paginator = remote.client.get_paginator(operation)
            yield from paginator.paginate(Bucket=remote.access.bucket, Prefix=PREFIX)

    def _listed(self, one: dict[str, Any]) -> Listed:
        return Listed(
            blob=_blob(one["Key"]), size=one["Size"], since=one["LastModified"].timestamp(),
            where=f"s3://{self._access().bucket}/{one['Key']}",
        )  # fmt: skip

    def sweep(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Remove spools without a writer, and of old uploads and objects those of nobody."""
        with failing():
            removed = sum(remove_if_idle(one, self.incoming) for one in os.listdir(self.incoming))
        for free in self._readers.doom():
            self._delete(free)
        return removed + self._sweep_uploads() + self._sweep_objects(named)

    def _old(self, since: float, now: float) -> bool:
        return int(since) + self._age <= now  # the date of an answer is in whole seconds

    def _sweep_objects(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        removed = 0
        for page, now in self._pages():
            old = frozenset(one.blob for one in page if self._old(one.since, now))
            unknown = old - frozenset(named(old)) if old else old
            idle = frozenset(blob for blob in unknown if not self._alive(blob))
            orphans = idle - frozenset(named(idle)) if idle else idle
            for blob in orphans:
                self.remove(blob)
            removed += len(orphans)
        return removed

    def _sweep_uploads(self) -> int:
        remote, removed = self.remote(), 0
        for page in self._asked("list_multipart_uploads"):
            now = _date_of(page)
            for one in page.get("Uploads", ()):
                blob, since = _blob(one["Key"]), one["Initiated"].timestamp()
                if blob and self._old(since, now) and not self._alive(blob):
                    discard(remote, one["Key"], one["UploadId"])
                    removed += 1
        return removed


def _date_of(answer: dict[str, Any]) -> float:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
