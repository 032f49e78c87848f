# SPDX-License-Identifier: BSD-2-Clause
"""How much one account may ask of the cloud: so much per second, and so much at the same time."""

from __future__ import annotations

import contextlib
import functools
import math
from contextlib import AbstractContextManager
from typing import Protocol

from eucalyptus.access.budget import Allowance, Ledger
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import LIMIT_EXCEEDED
from eucalyptus.properties import (
    CHANGE_WEIGHT,
    REQUEST_BURST,
    REQUEST_RATE,
    REQUESTS_AT_ONCE,
    Property,
)
from eucalyptus.web.ledger import HORIZON


class Limits(Protocol):
    """The cloud's properties."""

    def get(self, wanted: Property[int]) -> int:
        """The value now."""
        ...


class Charging(Protocol):
    """What doors and endpoints ask about an account's budget."""

    def charge(self, who: Principal) -> None:
        """One request of an authenticated caller; raises LIMIT_EXCEEDED."""
        ...

    def charge_change(self, who: Principal) -> None:
        """What a change costs beyond any other request; raises LIMIT_EXCEEDED."""
        ...

    def refund(self, who: Principal) -> None:
        """Give back what a request cost that somebody else sent again."""
        ...

    def seat(self, who: Principal) -> AbstractContextManager[None]:
        """Room for one request under way; raises LIMIT_EXCEEDED when the account has its share."""
        ...


class Free:
    """No limits: components among themselves."""

    def charge(self, who: Principal) -> None:
        """Nothing."""

    charge_change = refund = charge

    def seat(self, who: Principal) -> AbstractContextManager[None]:
        """Always room."""
        return contextlib.nullcontext()


class Budgets:
    """The accounts' budgets as a front worker keeps them.

    Tokens are in ``ledger``, which the workers of a host share; requests under way are counted
    by each worker for itself.
    """

    def __init__(self, ledger: Ledger, limits: Limits) -> None:
        self._ledger, self._limits = ledger, limits
        self._under_way: dict[str, int] = {}

    def charge(self, who: Principal) -> None:
        """One request of an authenticated caller; raises LIMIT_EXCEEDED."""
        self._take(who, 1)

    def charge_change(self, who: Principal) -> None:
        """What a change costs beyond any other request; raises LIMIT_EXCEEDED."""
        self._take(who, self._limits.get(CHANGE_WEIGHT) - 1)

    def refund(self, who: Principal) -> None:
        """Give back what a request cost that somebody else sent again."""
        self._take(who, -1)

    def _take(self, who: Principal, cost: float) -> None:
        rate = self._limits.get(REQUEST_RATE)
        if not rate or not cost:
            return
        burst = min(self._limits.get(REQUEST_BURST), rate * HORIZON)
        wait = self._ledger.spend(who.account_id, cost, _allowance(rate, burst))
        if wait:
            what = (
                f"used up its budget of {rate} requests a second"
                f" (a change counts as {self._limits.get(CHANGE_WEIGHT)})"
            )
            raise LIMIT_EXCEEDED(
                account=who.account_name, what=what, wait=max(1, math.ceil(wait))
            ).after(wait)

    def seat(self, who: Principal) -> AbstractContextManager[None]:
        """Room for one request under way; raises LIMIT_EXCEEDED when the account has its share."""
        return _Seat(self._under_way, who, self._limits.get(REQUESTS_AT_ONCE))


@functools.lru_cache(maxsize=8)
def _allowance(rate: float, burst: float) -> Allowance:
    """All accounts have the same."""
    return Allowance(rate=rate, burst=burst)


class _Seat(AbstractContextManager[None]):
    """One of the ``most`` places of an account, while it is taken."""

    __slots__ = ("_most", "_taken", "_who")

    def __init__(self, taken: dict[str, int], who: Principal, most: int) -> None:
        self._taken, self._who, self._most = taken, who, most

    def __enter__(self) -> None:
        taken = self._taken.get(self._who.account_id, 0)
        if taken >= self._most:
            what = f"{self._most} requests under way at the same time, as many as it may"
            raise LIMIT_EXCEEDED(account=self._who.account_name, what=what, wait=1)
        self._taken[self._who.account_id] = taken + 1

    def __exit__(self, *_: object) -> None:
        taken = self._taken.pop(self._who.account_id) - 1
        if taken:
            self._taken[self._who.account_id] = taken
