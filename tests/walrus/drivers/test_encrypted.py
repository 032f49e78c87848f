# SPDX-License-Identifier: BSD-2-Clause
"""Encrypted blobs in every store: plain outside, noise inside, whole or refused."""

from __future__ import annotations

import itertools
import os
import secrets
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walrus.drivers.keyring import BadKeyring, Keyring
from walrus.drivers.stores.encrypted import CHUNK, EncryptedStore, encrypted_size
from walrus.drivers.stores.fake import MemoryStore
from walrus.drivers.stores.files import FileStore
from walrus.drivers.stores.sealed import sealed_size
from walrus.drivers.stores.store import Damaged, Store

SECRET = b"s" * 32
BLOB, OTHER = "0" * 32, "1" * 32


@pytest.fixture(params=["files", "memory"])
def inner(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of store."""
    store: Store = FileStore(tmp_path) if request.param == "files" else MemoryStore()
    store.prepare()
    return store


def write(store: Store, content: bytes, blob: str = BLOB, step: int = 100_000) -> None:
    """Keep a blob that comes in pieces."""
    writing = store.begin(blob)
    for at in range(0, len(content), step):
        writing.write(content[at : at + step])
    writing.keep()
    writing.release()


def read(store: Store, first: int, end: int, blob: str = BLOB) -> bytes:
    """Bytes of a blob."""
    reading = store.open(blob)
    try:
        found = bytearray()
        while first + len(found) < end:
            found += reading.piece(first + len(found), end)
        return bytes(found)
    finally:
        reading.close()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_there_and_back(inner: Store, size: int) -> None:
    """Of any size; nothing of it can be read without the key."""
    content = (secrets.token_bytes(1000) * (size // 1000 + 1))[:size]
    store = EncryptedStore(inner, SECRET)
    write(store, content)
    assert store.open(BLOB).size == size
    assert inner.open(BLOB).size == encrypted_size(size)
    assert read(store, 0, size) == content
    assert size < 100 or content[:100] not in read(inner, 0, encrypted_size(size))


CYCLE = bytes(itertools.islice(itertools.cycle(range(251)), 2 * CHUNK + 5))
LONG = EncryptedStore(MemoryStore(), SECRET)
write(LONG, CYCLE)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2 * CHUNK + 5), st.integers(0, 2 * CHUNK + 5))
def test_ranges(one: int, other: int) -> None:
    """Begin and end anywhere."""
    first, end = sorted((one, other))
    assert read(LONG, first, end) == CYCLE[first:end]


def test_what_is_not_what_was_written(inner: Store) -> None:
    """Another key, another blob's place, a chunk changed or moved: never wrong bytes."""
    content = b"a" * CHUNK + b"b" * CHUNK
    write(EncryptedStore(inner, SECRET), content)
    with pytest.raises(Damaged):
        read(EncryptedStore(inner, b"o" * 32), 0, 10)
    sealed = read(inner, 0, encrypted_size(len(content)))
    half = len(sealed) // 2
    for number, forged in enumerate((
        b"\0" + sealed[1:], sealed[half:] + sealed[:half], sealed[:-1], sealed,
    )):  # fmt: skip
        blob = f"{number + 2:032x}"
        write(inner, forged, blob)
        with pytest.raises(Damaged):
            read(EncryptedStore(inner, SECRET), 0, len(content), blob)


def test_files_have_the_size_that_is_expected(tmp_path: Path) -> None:
    """By which inspections know them."""
    store = FileStore(tmp_path)
    store.prepare()
    write(EncryptedStore(store, SECRET), b"x" * (CHUNK + 5))
    assert [one.size for one in store.listed()] == [sealed_size(encrypted_size(CHUNK + 5))]


# --- master keys ---------------------------------------------------------------------------------


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """A new one."""
    made = Keyring(tmp_path / "keys" / "objects.keys", secrets.token_bytes)
    made.prepare()
    return made


def test_keyrings(keyring: Keyring, tmp_path: Path) -> None:
    """One file for all daemons, whoever made it, private; new keys are seen at once."""
    path = tmp_path / "keys" / "objects.keys"
    other = Keyring(path, secrets.token_bytes)
    other.prepare()
    first = keyring.newest()
    assert other.newest() == first
    assert path.stat().st_mode & 0o777 == 0o600
    second = keyring.add()
    assert other.newest() == second
    assert other.find(first.id) == first
    keyring.forget(first.id)
    assert other.find(first.id) is None
    names = sorted(name.name for name in path.parent.iterdir())
    assert names == ["objects.keys", "objects.keys.forgotten"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "no key", id="empty"),
        pytest.param(b"nonsense\n", "ID and key", id="nonsense"),
        pytest.param(b"0" * 16 + b" " + b"A" * 43 + b"=\n" + b"0" * 16 + b" AAAA\n", "ID and key",
                     id="short key"),
        pytest.param(b"0" * 16 + b" " + b"A" * 44 + b"\n", "ID and key", id="long key"),
    ],
)  # fmt: skip
def test_files_that_are_no_keyring(
    keyring: Keyring, tmp_path: Path, content: bytes, says: str
) -> None:
    """Are refused, not guessed at."""
    (tmp_path / "keys" / "objects.keys").write_bytes(content)
    with pytest.raises(BadKeyring, match=says):
        keyring.known()


def test_files_that_others_can_read(keyring: Keyring, tmp_path: Path) -> None:
    """Are not used, nor are links or nothing at all."""
    path = tmp_path / "keys" / "objects.keys"
    os.utime(path, (1, 1))
    path.chmod(0o640)
    with pytest.raises(BadKeyring, match="0600"):
        keyring.known()
    path.rename(tmp_path / "moved")
    with pytest.raises(BadKeyring, match="No such file"):
        keyring.known()
    path.symlink_to(tmp_path / "moved")
    with pytest.raises(BadKeyring, match="symbolic links"):
        keyring.known()
