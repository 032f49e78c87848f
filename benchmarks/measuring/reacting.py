# SPDX-License-Identifier: BSD-2-Clause
"""Twisted's reactor, turned only while something is measured."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")
reactor: Any = installed


def spin(work: Coroutine[Any, Any, T]) -> T:
    """Turn the reactor until ``work`` is done; gives or raises what it does."""
    found: list[Any] = []

    def ended(outcome: Any) -> None:
        found.append(outcome)
        reactor.callLater(0, reactor.crash)

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(work).addBoth(ended))
    reactor.run(installSignalHandlers=False)
    if isinstance(found[0], Failure):
        found[0].raiseException()
    outcome: T = found[0]
    return outcome


def end() -> None:
    """End the reactor's threads, which would keep the process from ending."""
    reactor.fireSystemEvent("shutdown")
