# SPDX-License-Identifier: BSD-2-Clause
"""Token buckets: never more than burst and rate allow, never less, and nobody pays for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.access.budget import Allowance, MemoryLedger, spend

ALLOWANCES = st.builds(
    lambda rate, burst: Allowance(rate=rate, burst=burst),
    st.integers(1, 1000),
    st.integers(1, 5000),
)
STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 20)), max_size=60)


@given(ALLOWANCES, STEPS)
def test_never_more_than_the_burst_and_what_flowed_in(
    allowance: Allowance, steps: list[tuple[float, int]]
) -> None:
    """In every window from the start: tokens taken <= burst + rate * time."""
    now, full_at, taken = 0.0, 0.0, 0.0
    for pause, cost in steps:
        now += pause
        after, wait = spend(full_at, cost, allowance, now)
        if not wait:
            full_at = after
            taken += min(cost, allowance.burst)
        assert taken <= allowance.burst + allowance.rate * now + 1e-6


@given(ALLOWANCES, STEPS)
def test_who_waits_as_told_is_let_in(allowance: Allowance, steps: list[tuple[float, int]]) -> None:
    """The wait that a refusal names is enough, and never longer than a whole bucket takes."""
    now, full_at = 0.0, 0.0
    for pause, cost in steps:
        now += pause
        full_at, wait = spend(full_at, cost, allowance, now)
        if wait:
            assert wait <= allowance.horizon + 1e-6
            now += wait
            full_at, again = spend(full_at, cost, allowance, now)
            assert not again


@given(ALLOWANCES, st.lists(st.sampled_from("abc"), max_size=100))
def test_a_bucket_is_nobody_elses(allowance: Allowance, names: list[str]) -> None:
    """What one name may do does not depend on what the others did."""
    together = MemoryLedger(lambda: 7.0)
    alone = {name: MemoryLedger(lambda: 7.0) for name in "abc"}
    for name in names:
        expected = alone[name].spend(name, 1, allowance)
        assert together.spend(name, 1, allowance) == expected


def test_no_limit_and_a_lowered_limit() -> None:
    """A rate of 0 lets everything pass; less allowance than before leaves no old debt."""
    free = Allowance(rate=0, burst=0)
    assert spend(0.0, 10**9, free, 5.0) == (5.0, 0.0)
    _, wait = spend(5.0 + 3000, 1, Allowance(rate=1, burst=10), 5.0)
    assert wait == pytest.approx(1.0)


def test_memory_is_bounded_and_looking_costs_nothing() -> None:
    """Beyond its bound the ledger forgets who rested longest; full buckets take no room."""
    now = [0.0]
    ledger = MemoryLedger(lambda: now[0], most=10)
    allowance = Allowance(rate=1, burst=2)
    for number in range(1000):
        ledger.spend(f"address {number}", 2, allowance)
    assert len(ledger) == 10
    assert ledger.wait("address 999", allowance) == 1.0 == ledger.wait("address 999", allowance)
    assert ledger.wait("address 1", allowance) == 0.0
    now[0] = 10.0
    assert ledger.wait("address 999", allowance) == 0.0
    assert ledger.spend("address 999", 1, Allowance(rate=0, burst=0)) == 0.0
    assert len(ledger) == 9
