# SPDX-License-Identifier: BSD-2-Clause
"""One suite for every store, and what only files can get wrong."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from tests.walrus.drivers.conftest import access_of, store_at
from walrus.drivers.stores.fake import MemoryStore
from walrus.drivers.stores.files import FileStore
from walrus.drivers.stores.sealed import STRETCH, sealed_size
from walrus.drivers.stores.store import Damaged, NoBlob, Store, StoreFailed

ONE, TWO = "0" * 31 + "1", "f" * 31 + "2"


@pytest.fixture(params=["files", "memory", "walrus", "ceph"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Every kind of store, empty; the last two are in buckets of other S3 stores."""
    made: Store
    match request.param:
        case "files":
            made = FileStore(tmp_path / "bukkits")
        case "memory":
            made = MemoryStore()
        case "walrus":
            made = store_at(access_of(request.getfixturevalue("served")), tmp_path / "spool")
        case _:
            gateway = request.getfixturevalue("_gateway")
            made = store_at(replace(gateway, bucket=f"blobs-{uuid.uuid4()}"), tmp_path / "spool")
    made.prepare()
    made.prepare()
    return made


def keep(store: Store, blob: str, data: bytes) -> None:
    """Write a whole blob."""
    writing = store.begin(blob)
    writing.write(data[:3])
    writing.write(data[3:])
    writing.keep()
    writing.release()


def read(store: Store, blob: str) -> bytes:
    """A whole blob, read back."""
    reading, read = store.open(blob), b""
    try:
        while len(read) < reading.size:
            read += reading.piece(len(read), reading.size)
    finally:
        reading.close()
    return read


def nobody(blobs: Collection[str]) -> Collection[str]:
    """Nothing is recorded."""
    return ()


def everybody(blobs: Collection[str]) -> Collection[str]:
    """All is recorded."""
    return blobs


def test_what_is_kept_can_be_read(store: Store) -> None:
    """Until it is removed; an open reader goes on."""
    keep(store, ONE, b"hello")
    reading = store.open(ONE)
    store.remove(ONE)
    store.remove(ONE)
    assert (reading.size, reading.sealed) == (5, True)
    assert reading.piece(0, 5) == b"hello"
    assert reading.piece(1, 3) == b"el"
    reading.close()
    with pytest.raises(NoBlob):
        store.open(ONE)


def test_what_is_not_kept_is_nowhere(store: Store) -> None:
    """Released without keep."""
    writing = store.begin(ONE)
    writing.write(b"half")
    with pytest.raises(NoBlob):
        store.open(ONE)
    writing.release()
    with pytest.raises(NoBlob):
        store.open(ONE)
    assert store.sweep(nobody) == 0


def test_a_name_is_used_once(store: Store) -> None:
    """Two writers of one name would mix."""
    writing = store.begin(ONE)
    with pytest.raises(StoreFailed):
        store.begin(ONE)
    writing.release()


def test_sweep_removes_what_nobody_recorded(store: Store) -> None:
    """And nothing else; the work of the living stays."""
    keep(store, ONE, b"recorded")
    keep(store, TWO, b"orphan")
    writing = store.begin("a" * 32)
    writing.write(b"alive")
    assert store.sweep(lambda blobs: [b for b in blobs if b == ONE]) == 1
    writing.keep()
    assert store.sweep(lambda blobs: [b for b in blobs if b == ONE]) == 0
    writing.release()
    assert read(store, ONE) == b"recorded"
    assert read(store, "a" * 32) == b"alive"


def test_no_room_is_said(tmp_path: Path) -> None:
    """A full store refuses and forgets the half-written."""
    small = MemoryStore(room=4)
    writing = small.begin(ONE)
    with pytest.raises(StoreFailed) as caught:
        writing.write(b"hello")
    assert caught.value.full
    writing.release()
    assert small.used == 0
    if os.path.exists("/dev/full"):
        files = FileStore(tmp_path / "b")
        files.prepare()
        written = files.begin(ONE)
        os.dup2(os.open("/dev/full", os.O_WRONLY), written._fd)
        with pytest.raises(StoreFailed) as caught:
            written.write(b"hello")
        assert caught.value.full
        written.release()


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    """A store of files."""
    made = FileStore(tmp_path / "bukkits")
    made.prepare()
    return made


def test_files_are_private(files: FileStore, tmp_path: Path) -> None:
    """Directories 0700, files 0600 (S-81)."""
    keep(files, ONE, b"x")
    for path in (tmp_path / "bukkits").rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_the_root_may_be_a_link_but_nothing_inside(files: FileStore, tmp_path: Path) -> None:
    """An administrator's link is followed, anybody else's never."""
    (tmp_path / "link").symlink_to(tmp_path / "bukkits")
    linked = FileStore(tmp_path / "link")
    linked.prepare()
    keep(linked, ONE, b"x")
    assert read(files, ONE) == b"x"
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "bukkits" / "objects" / TWO[:2] / TWO).symlink_to(secret)
    with pytest.raises(StoreFailed):
        files.open(TWO)
    assert files.sweep(lambda blobs: [b for b in blobs if b == ONE]) == 1
    assert secret.read_bytes() == b"secret"
    (tmp_path / "bukkits" / "incoming").rmdir()
    (tmp_path / "bukkits" / "incoming").symlink_to(tmp_path)
    with pytest.raises(StoreFailed):
        FileStore(tmp_path / "bukkits").prepare()


def test_names_cannot_lead_elsewhere(files: FileStore) -> None:
    """Only 32 hex digits name a blob."""
    for name in ("../" + "0" * 29, "0" * 31, "/etc/passwd", "", "0" * 31 + "\n"):
        with pytest.raises(ValueError, match="no name"):
            files.begin(name)
        with pytest.raises(ValueError, match="no name"):
            files.open(name)
        with pytest.raises(ValueError, match="no name"):
            files.remove(name)


def test_leftovers_of_the_dead_are_swept(files: FileStore, tmp_path: Path) -> None:
    """A file in incoming without a lock has no writer."""
    (tmp_path / "bukkits" / "incoming" / ONE).write_bytes(b"half")
    assert files.sweep(everybody) == 1
    assert not list((tmp_path / "bukkits" / "incoming").iterdir())


def test_a_sweep_between_making_and_locking_is_outlived(files: FileStore) -> None:
    """Another worker's sweep may take a file that has no lock yet; its writer makes it anew."""
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        keep(files, f"{number:032x}", b"bytes")

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, number) for number in range(60)]
        while not all(one.done() for one in writing):
            files.sweep(everybody)
        for one in writing:
            one.result()
    assert all(read(files, f"{number:032x}") == b"bytes" for number in range(60))


# --- seals ---------------------------------------------------------------------------------------

SIZES = [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH + 7]


@pytest.mark.parametrize("size", SIZES)
def test_a_seal_is_as_long_as_foretold(files: FileStore, size: int) -> None:
    """And every range of its blob can be read."""
    data = bytes(range(256)) * (size // 256 + 1)
    keep(files, ONE, data[:size])
    (listed,) = files.listed()
    assert listed.size == sealed_size(size)
    assert read(files, ONE) == data[:size]
    reading = files.open(ONE)
    for first in {0, size // 2, max(size - 3, 0)}:
        piece = reading.piece(first, size)
        assert piece == data[first : first + len(piece)] and (piece or first == size)
    reading.close()


@pytest.mark.parametrize("place", ["start", "end", "sums", "mark", "size", "check"])
def test_a_flipped_bit_is_noticed(files: FileStore, tmp_path: Path, place: str) -> None:
    """Wherever it is (F-3): what is not noticed as a broken seal is no seal, and then the size
    is wrong."""
    size = 2 * STRETCH
    keep(files, ONE, b"x" * size)
    at = {"start": 0, "end": size - 1, "sums": size + 5, "mark": -20, "size": -12, "check": -1}
    path = tmp_path / "bukkits" / "objects" / ONE[:2] / ONE
    held = bytearray(path.read_bytes())
    held[at[place]] ^= 1
    path.write_bytes(held)
    if place == "mark":
        reading = files.open(ONE)
        assert (reading.sealed, reading.size) == (False, sealed_size(size))
        reading.close()
        return
    with pytest.raises(Damaged):
        read(files, ONE)


def test_another_blob_in_its_place_is_noticed(files: FileStore, tmp_path: Path) -> None:
    """Both are sealed, with their own names."""
    keep(files, ONE, b"one")
    keep(files, TWO, b"two")
    where = tmp_path / "bukkits" / "objects"
    (where / ONE[:2] / ONE).rename(where / TWO[:2] / TWO)
    with pytest.raises(Damaged):
        files.open(TWO)


def test_long_seals_are_read(files: FileStore) -> None:
    """Longer than what is read at first."""
    size = 1100 * STRETCH
    writing = files.begin(ONE)
    for _ in range(275):
        writing.write(b"x" * (4 * STRETCH))
    writing.keep()
    writing.release()
    reading = files.open(ONE)
    assert reading.size == size and reading.sealed
    assert reading.piece(size - 5, size) == b"xxxxx"
    reading.close()
