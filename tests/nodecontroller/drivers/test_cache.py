# SPDX-License-Identifier: BSD-2-Clause
"""The cache keeps the recently used within its limit, and never what was half made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nodecontroller.drivers.images.cache import Cache, link

KIB = 1024


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache of 64 KiB."""
    made = Cache(tmp_path / "cache", 64 * KIB)
    made.open()
    return made


def fill(cache: Cache, key: str, size: int = 16 * KIB, used: float = 0.0) -> None:
    """Keep a file of random bytes, last used at ``used``."""
    cache.begin(key).write_bytes(os.urandom(size))
    cache.commit(key, "digest of " + key)
    os.utime(cache.folder / key, (used, used))


def test_what_is_committed_is_found(cache: Cache) -> None:
    """Read-only, with its digest and size."""
    fill(cache, "a")
    entry = cache.find("a")
    assert entry is not None and entry.digest == "digest of a" and entry.size == 16 * KIB
    assert entry.path.stat().st_mode & 0o222 == 0
    assert cache.find("b") is None


def test_the_least_recently_used_makes_room(cache: Cache) -> None:
    """Being found is being used."""
    for number, key in enumerate("abcd"):
        fill(cache, key, used=1000.0 + number)
    cache.find("a")
    fill(cache, "e", used=2000.0)
    assert {k for k in "abcde" if cache.find(k)} == {"a", "c", "d", "e"}


def test_a_file_larger_than_the_cache_stays_while_it_is_new(cache: Cache) -> None:
    """Somebody waits for it; the next one takes its place."""
    fill(cache, "a")
    fill(cache, "big", 100 * KIB, used=1.0)
    assert cache.find("big") and not cache.find("a")
    os.utime(cache.folder / "big", (1.0, 1.0))
    fill(cache, "b")
    assert cache.find("b") and not cache.find("big")


def test_who_has_a_link_keeps_the_file(cache: Cache, tmp_path: Path) -> None:
    """Eviction and replacement take nothing from a running instance."""
    fill(cache, "a", used=1.0)
    entry = cache.find("a")
    assert entry is not None
    link(entry.path, tmp_path / "base")
    content = (tmp_path / "base").read_bytes()
    fill(cache, "a")
    assert (tmp_path / "base").read_bytes() == content
    newer = cache.find("a")
    assert newer is not None and not newer.path.samefile(tmp_path / "base")


def test_a_link_replaces_what_an_earlier_attempt_left(cache: Cache, tmp_path: Path) -> None:
    """Staging may begin again."""
    fill(cache, "a")
    entry = cache.find("a")
    assert entry is not None
    (tmp_path / "base").write_bytes(b"old")
    link(entry.path, tmp_path / "base")
    assert (tmp_path / "base").samefile(entry.path)


def test_half_made_files_are_removed_at_the_next_start(cache: Cache) -> None:
    """A crash leaves nothing."""
    fill(cache, "a")
    cache.begin("b").write_bytes(b"half")
    (cache.folder / "c").mkdir()
    (cache.folder / "c" / "image").write_bytes(b"without facts")
    cache.open()
    assert [p.name for p in cache.folder.iterdir()] == ["a"]


def test_abandoning_leaves_nothing(cache: Cache) -> None:
    """And the former file stays."""
    fill(cache, "a")
    cache.begin("a").write_bytes(b"half")
    cache.abandon("a")
    assert cache.find("a") and len(list(cache.folder.iterdir())) == 1


def test_a_truncated_file_is_not_used(cache: Cache) -> None:
    """Nor one whose facts are damaged."""
    fill(cache, "a")
    image = cache.folder / "a" / "image"
    image.chmod(0o644)
    os.truncate(image, 10)
    assert cache.find("a") is None and not (cache.folder / "a").exists()
    fill(cache, "b")
    (cache.folder / "b" / "facts.json").write_text("{")
    assert cache.find("b") is None
