# SPDX-License-Identifier: BSD-2-Clause
"""One request on its way through the door, and what the door needs for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from eucalyptus.access.principals import Principals
from eucalyptus.wire.signable import Signable
from walrus.core.asking import Arrival, Asked
from walrus.operations.bodies import Body
from walrus.operations.receiving import Receiving
from walrus.operations.world import World
from walrus.web.incoming import Document, Incoming
from walrus.web.letting_in import signable

SLOWEST = 1024
"""Bytes per second below which a sender is cut off."""
WATCH = 30.0
"""Seconds over which that is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the resource needs beside the operations' world."""

    world: World
    principals: Principals
    bodies: Mapping[str, Body]
    new_request_id: Callable[[], str]
    defer_to_thread: Callable[..., Deferred[Any]]
    now: Callable[[], datetime]
    watch: float = WATCH


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request on its way through."""

    request_id: str
    asked_for: Signable
    headers: Mapping[str, str]
    length: int | None
    incoming: Incoming
    arrival: Arrival = Arrival()
    decided: Deferred[None] = field(default_factory=Deferred)
    admitted: tuple[Asked, Document | Receiving] | Failure | None = None
    answered: bool = False
    bucket: str = ""
    watching: IDelayedCall | None = None

    def decide(self, outcome: tuple[Asked, Document | Receiving] | Failure) -> None:
        """The head was found good or refused. Not an errback: perhaps nobody waits any more."""
        self.admitted = outcome
        if isinstance(outcome, Failure):
            self.incoming.refuse(outcome)
        self.decided.callback(None)


def arrival(request: Any, now: datetime) -> Arrival:
    """How a request came."""
    peer = request.channel.transport.getPeer()
    secure = bool(request.channel.isSecure())
    return Arrival(at=now, source=str(getattr(peer, "host", "")), secure=secure)


def _header_lines(request: Any) -> dict[str, tuple[str, ...]]:
    return {
        name.decode("latin-1").lower(): tuple(value.decode("latin-1") for value in values)
        for name, values in request.requestHeaders.getAllRawHeaders()
    }


def joined(request: Any) -> dict[str, str]:
    """Each header once, several values joined by commas."""
    return {name: ",".join(values) for name, values in _header_lines(request).items()}


def asked_for(request: Any) -> Signable:
    """The request's head, before Twisted has put it on the request itself."""
    channel = request.channel
    method, address = channel._command.decode("latin-1"), channel._path.decode("latin-1")
    return signable(method, address, _header_lines(request))
