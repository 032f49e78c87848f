# SPDX-License-Identifier: BSD-2-Clause
"""The replay store in a file: W-73 survives a restart, torn writes, full disks, kill -9."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.internet.defer import Deferred

from eucalyptus.web import replay_file
from eucalyptus.web.replay_file import DamagedStore, FileReplayStore

NOW = 1_800_000_000.0


async def here(work: Callable[[], None]) -> None:
    work()


def settled(coroutine: Any) -> Any:
    """The result of a coroutine that must have one by now; raises what it raises."""
    results: list[Any] = []
    failures: list[Any] = []
    Deferred.fromCoroutine(coroutine).addCallbacks(results.append, failures.append)
    if failures:
        failures[0].raiseException()
    return results[0]


class Later:
    """A thread that runs when told."""

    def __init__(self) -> None:
        self.works: list[tuple[Callable[[], None], Deferred[None]]] = []

    def __call__(self, work: Callable[[], None]) -> Awaitable[None]:
        done: Deferred[None] = Deferred()
        self.works.append((work, done))
        return done

    def run(self) -> int:
        works, self.works = self.works, []
        for work, done in works:
            work()
            done.callback(None)
        return len(works)


def test_w73_a_replay_after_a_restart_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "replay" / "nc"
    assert settled(FileReplayStore(path, here).enter(b"one", NOW + 300, NOW))
    again = FileReplayStore(path, here)
    assert len(again) == 1
    assert not settled(again.enter(b"one", NOW + 300, NOW + 1))
    assert settled(again.enter(b"two", NOW + 300, NOW + 1))
    assert path.stat().st_mode & 0o777 == 0o600


def test_nobody_is_admitted_before_the_entry_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "store"
    thread = Later()
    store = FileReplayStore(path, thread)
    admitted: list[bool] = []
    for key in (b"one", b"two", b"three", b"one"):
        Deferred.fromCoroutine(store.enter(key, NOW + 300, NOW)).addCallback(admitted.append)
    assert admitted == [False], "the twin is refused at once, the others wait for the disk"
    assert len(FileReplayStore(tmp_path / "store", here)) == 0
    assert thread.run() == 1
    assert admitted == [False, True]
    assert thread.run() == 1, "two and three share one fsync"
    assert admitted == [False, True, True, True]
    assert len(FileReplayStore(path, here)) == 3


def test_a_full_disk_admits_nobody(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = FileReplayStore(path, here)
    size = path.stat().st_size
    path.unlink()
    path.symlink_to("/dev/full")
    with pytest.raises(OSError):
        settled(store.enter(b"one", NOW + 300, NOW))
    path.unlink()
    assert settled(store.enter(b"two", NOW + 300, NOW)), "it goes on when there is room again"
    assert size == 24


def test_half_a_record_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = FileReplayStore(path, here)
    assert settled(store.enter(b"one", NOW + 300, NOW))
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
    try:
        with pytest.raises(OSError, match="full"):
            settled(store.enter(b"two", NOW + 300, NOW))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.stat().st_size == size
    assert settled(store.enter(b"three", NOW + 300, NOW))
    again = FileReplayStore(path, here)
    assert len(again) == 2


def test_expired_entries_leave_the_file(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = FileReplayStore(path, here)
    count = replay_file.LEAST_COMPACTED
    path.write_bytes(path.read_bytes())
    for number in range(count // 2 + 5):
        assert settled(store.enter(number.to_bytes(8, "big"), NOW + 10, NOW))
    assert path.stat().st_size > 44 * (count // 2)
    for number in range(count // 2):
        assert settled(store.enter(number.to_bytes(9, "big"), NOW + 400, NOW + 100))
    assert path.stat().st_size < 44 * (count // 2 + 5)
    again = FileReplayStore(path, here)
    assert len(again) == count // 2
    assert not settled(again.enter((1).to_bytes(8, "big"), NOW + 10, NOW)), "below the floor"


def test_a_rewrite_that_fails_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = FileReplayStore(path, here)
    path.with_name("store.new").mkdir()
    for number in range(replay_file.LEAST_COMPACTED + 1):
        assert settled(store.enter(number.to_bytes(8, "big"), NOW + number, NOW + number))
    path.with_name("store.new").rmdir()
    assert len(FileReplayStore(path, here)) == replay_file.LEAST_COMPACTED + 1


@pytest.mark.parametrize("octets", [b"", b"x", b"x" * 100, b"EUCAREPLAY1\n" + b"\0" * 12])
def test_a_foreign_file_is_not_overwritten(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "store"
    path.write_bytes(octets)
    with pytest.raises(DamagedStore):
        FileReplayStore(path, here)
    assert path.read_bytes() == octets


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 44 * 3 + 3), flip=st.none() | st.integers(24, 24 + 44 * 5 - 1))
def test_a_torn_or_damaged_end_costs_only_itself(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int | None
) -> None:
    path = tmp_path_factory.mktemp("torn") / "store"
    store = FileReplayStore(path, here)
    for number in range(5):
        settled(store.enter(bytes([number]), NOW + 300, NOW))
    octets = bytearray(path.read_bytes())
    whole = 5
    if flip is not None:
        octets[flip] ^= 1
        whole = (flip - 24) // 44
    if cut:
        del octets[-cut:]
        whole = min(whole, 5 - -(-cut // 44))
    path.write_bytes(octets)
    again = FileReplayStore(path, here)
    assert len(again) == whole
    for number in range(5):
        assert settled(again.enter(bytes([number]), NOW + 300, NOW)) == (number >= whole)


class Model(RuleBasedStateMachine):
    """The store against a plain set, with restarts at any moment."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "store"
        self.store = FileReplayStore(self.path, here)
        self.now = NOW
        self.expiries: dict[int, float] = {}

    @rule(key=st.integers(0, 8), life=st.integers(1, 320))
    def enter(self, key: int, life: int) -> None:
        expires = self.expiries.get(key, self.now + life)
        seen = key in self.expiries
        if expires > self.now:
            entered = settled(self.store.enter(bytes([key]), expires, self.now))
            assert entered is not seen
            self.expiries[key] = expires

    @rule()
    def restart(self) -> None:
        self.store = FileReplayStore(self.path, here)

    @rule(seconds=st.integers(0, 100))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def is_bounded(self) -> None:
        assert len(getattr(self, "store", ())) <= 9

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


Model.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
test_model = Model.TestCase

CHILD = """
import sys
from pathlib import Path
from twisted.internet.defer import Deferred
from eucalyptus.web.replay_file import FileReplayStore
async def here(work): work()
store = FileReplayStore(Path(sys.argv[1]), here)
number = 0
while True:
    done = Deferred.fromCoroutine(store.enter(number.to_bytes(8, "big"), 1.9e9, 1.8e9))
    done.addCallback(lambda good, n=number: good and print(n, flush=True))
    number += 1
"""


def test_what_was_admitted_survives_kill_nine(tmp_path: Path) -> None:
    path = tmp_path / "store"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert child.stdout is not None
    admitted = [int(child.stdout.readline()) for _ in range(50)]
    child.send_signal(signal.SIGKILL)
    admitted += [int(line) for line in child.stdout.read().split()]
    child.wait()
    again = FileReplayStore(path, here)
    assert len(again) >= len(admitted)
    for number in admitted:
        assert not settled(again.enter(number.to_bytes(8, "big"), 1.9e9, 1.8e9))
