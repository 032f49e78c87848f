# SPDX-License-Identifier: BSD-2-Clause
"""Buckets in a file: what one worker spends is gone for all, and the file never overflows."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eucalyptus.access.budget import Allowance, MemoryLedger
from eucalyptus.web.ledger import HORIZON, SLOTS, SharedLedger

TEN = Allowance(rate=1, burst=10)


class Time:
    """A clock that is turned by hand."""

    now = 100_000.0

    def __call__(self) -> float:
        return self.now


def test_workers_share_one_budget(tmp_path: Path) -> None:
    """Two workers together let ten pass, not twenty; a third that starts later knows it."""
    time = Time()
    first, second = (SharedLedger(tmp_path / "budgets", time) for _ in range(2))
    passed = [not worker.spend("1" * 12, 1, TEN) for _ in range(10) for worker in (first, second)]
    assert passed == [True] * 10 + [False] * 10
    third = SharedLedger(tmp_path / "budgets", time)
    assert third.spend("1" * 12, 1, TEN) == 1.0
    assert third.spend("2" * 12, 10, TEN) == 0.0
    time.now += 1.0
    assert third.spend("1" * 12, 1, TEN) == 0.0 < first.spend("1" * 12, 1, TEN)
    for worker in (first, second, third):
        worker.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 2)), max_size=80))
def test_as_a_ledger_in_memory(tmp_path: Path, steps: list[tuple[int, float]]) -> None:
    """Names that fit are never confused: the file says what a dictionary would."""
    time = Time()
    path = tmp_path / "budgets"
    path.unlink(missing_ok=True)
    shared, memory = SharedLedger(path, time), MemoryLedger(time)
    for number, pause in steps:
        time.now += pause
        name = f"account {number}"
        assert shared.spend(name, 4, TEN) == memory.spend(name, 4, TEN)
    shared.close()


def test_a_full_table_lets_strangers_in(tmp_path: Path) -> None:
    """When every slot is taken, the bucket that is nearest to full gives way to a new name."""
    ledger = SharedLedger(tmp_path / "budgets", Time())
    waits = [ledger.spend(f"name {number}", 5, TEN) for number in range(3 * SLOTS)]
    assert not any(waits)
    assert (tmp_path / "budgets").stat().st_size == SLOTS * 16
    ledger.close()


def test_what_was_written_before_a_reboot_is_void(tmp_path: Path) -> None:
    """The monotonic clock begins anew: a moment far ahead is no debt."""
    time = Time()
    before = SharedLedger(tmp_path / "budgets", time)
    assert not before.spend("a", 10, TEN)
    before.close()
    time.now -= 2 * HORIZON
    after = SharedLedger(tmp_path / "budgets", time)
    assert not after.spend("a", 10, TEN)
    after.close()
