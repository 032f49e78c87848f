# SPDX-License-Identifier: BSD-2-Clause
"""What one account may ask: refused beyond, by name and with a time, and nobody else is."""

from __future__ import annotations

import contextlib

import pytest

from eucalyptus.access.budget import MemoryLedger
from eucalyptus.contracts.refusals import Refused
from eucalyptus.properties import PROPERTIES, REQUEST_RATE, Property
from eucalyptus.web.budgets import Budgets
from tests.cloudcontroller.compute.street import ALICE, BOB


class Said:
    """Properties as somebody set them."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def get(self, wanted: Property[int]) -> int:
        """The value now."""
        return wanted.read(self.texts.get(wanted.name.rpartition(".")[2], wanted.default))


def limits() -> Said:
    """A rate of 2, at most 10 at once, a change counts 5; two requests at a time."""
    return Said(
        account_requests_per_sec="2", account_request_burst="10", change_weight="5",
        account_requests_at_once="2",
    )  # fmt: skip


def test_a_change_costs_more_and_others_are_not_affected() -> None:
    """Ten tokens: two changes, or ten questions. The refusal says how much, of what, how long."""
    now = [0.0]
    budgets = Budgets(MemoryLedger(lambda: now[0]), limits())
    for _ in range(2):
        budgets.charge(ALICE)
        budgets.charge_change(ALICE)
    with pytest.raises(Refused) as refused:
        budgets.charge(ALICE)
    assert refused.value.refusal.code == "RequestLimitExceeded"
    assert refused.value.refusal.status == 503
    assert refused.value.retry_after == 1
    for fact in ("alice", "2 requests a second", "counts as 5", "in 1 s"):
        assert fact in refused.value.message
    budgets.charge(BOB)
    budgets.refund(ALICE)
    budgets.charge(ALICE)
    now[0] = 0.5
    budgets.charge(ALICE)


def test_the_property_switches_it_off() -> None:
    """A rate of 0 sets no limit, at once."""
    said = limits()
    budgets = Budgets(MemoryLedger(lambda: 0.0), said)
    with pytest.raises(Refused):
        for _ in range(11):
            budgets.charge(ALICE)
    said.texts["account_requests_per_sec"] = "0"
    for _ in range(1000):
        budgets.charge(ALICE)
    assert PROPERTIES[REQUEST_RATE.name] is REQUEST_RATE


def test_requests_under_way_are_counted_per_account() -> None:
    """The third at the same time is refused; whatever became of one, its room is free again."""
    budgets = Budgets(MemoryLedger(lambda: 0.0), limits())
    with contextlib.suppress(ValueError), budgets.seat(ALICE):
        raise ValueError
    with budgets.seat(ALICE), budgets.seat(ALICE):
        with pytest.raises(Refused) as refused, budgets.seat(ALICE):
            pass
        assert "2 requests under way" in refused.value.message
        with budgets.seat(BOB):
            pass
    with budgets.seat(ALICE):
        pass
