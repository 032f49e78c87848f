# SPDX-License-Identifier: BSD-2-Clause
"""One request on its way through the door, and what the door needs for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from eucalyptus.access.principals import Principal, Principals
from eucalyptus.wire.signable import Signable
from walrus.core import log_lines
from walrus.core.asking import Arrival, Asked
from walrus.core.hosts import bucket_of
from walrus.core.keys import Target, below_mount
from walrus.core.log_lines import LogRecord
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
    names: Callable[[], Sequence[str]] = tuple
    """The host names below which buckets are names of hosts."""
    watch: float = WATCH
    note: Callable[[LogRecord], None]
    """Has a record of a logged bucket written down soon."""


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
    target: Target = Target()
    action: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    who: Principal | None = None
    heard: datetime | None = None
    """When the whole request had come."""
    error: str = ""
    """The code of its refusal."""
    watching: IDelayedCall | None = None

    @property
    def log_operation(self) -> str:
        """What was asked, as logs call it."""
        return log_lines.operation(self.asked_for.method, self.action, self.target, self.query)

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


def asked_for(request: Any, own: Sequence[str]) -> Signable:
    """The request's head, before Twisted has put it on the request itself; ``own`` are the object
    store's host names."""
    channel = request.channel
    method, address = channel._command.decode("latin-1"), channel._path.decode("latin-1")
    headers = _header_lines(request)
    return signable(method, address, headers, _host_bucket(headers, own))


def address(request: Signable, own: Sequence[str]) -> str:
    """The raw path below the mount, with the bucket in it, wherever the request names it."""
    bucket, below = _host_bucket(request.headers, own), below_mount(request.path)
    return f"/{bucket}{below}" if bucket else below


def _host_bucket(headers: Mapping[str, tuple[str, ...]], own: Sequence[str]) -> str:
    return bucket_of("".join(headers.get("host", ())), own) or ""
