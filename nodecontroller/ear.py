# SPDX-License-Identifier: BSD-2-Clause
"""Waiting for something that a hypervisor reports by itself."""

from __future__ import annotations

from collections.abc import Awaitable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from nodecontroller.drivers.hypervisors import Happened, Happening


class Ear:
    """Hears what happens, for whoever waits for it."""

    def __init__(self, reactor: IReactorTime) -> None:
        self._reactor = reactor
        self._waiting: list[tuple[Happened, Deferred[bool]]] = []

    def heard(self, happened: Happened) -> None:
        """Something happened."""
        for wanted, waiter in list(self._waiting):
            if wanted == happened and not waiter.called:
                waiter.callback(True)

    async def provoke(self, wanted: Happened, patience: float, act: Awaitable[object]) -> bool:
        """Await ``act``, then wait for what it should cause; False when ``wanted`` does not happen
        within ``patience`` seconds. Listens from before ``act``, so nothing quick is missed."""
        waiter: Deferred[bool] = Deferred()
        row = (wanted, waiter)
        self._waiting.append(row)
        limit = self._reactor.callLater(
            patience, lambda: None if waiter.called else waiter.callback(False)
        )
        try:
            await act
            return await waiter
        finally:
            self._waiting.remove(row)
            if limit.active():
                limit.cancel()


def stopped(name: str) -> Happened:
    """The domain ``name`` is gone."""
    return Happened(what=Happening.STOPPED, name=name)


def rebooted(name: str) -> Happened:
    """The guest ``name`` rebooted."""
    return Happened(what=Happening.REBOOTED, name=name)
