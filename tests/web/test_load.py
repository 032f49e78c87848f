# SPDX-License-Identifier: BSD-2-Clause
"""Beyond what a daemon can carry callers hear so at once, and memory stays bounded."""

from __future__ import annotations

import contextlib
import socket
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred

from eucalyptus.access.call import Call
from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.ec2 import zones
from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.web.arrivals import Arrived, Reply, retry_after
from eucalyptus.web.endpoint import Asked, Endpoint
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.load import Load
from eucalyptus.web.site import Mount, site
from tests.fixtures.reactor import spin, turn
from tests.web.test_public_door import ADMIN

CONTRACT = Contract(
    name="two", service="S", port="P", namespace="urn:{version}", versions=("2013-02-01",),
    operations=(zones.DESCRIBE_REGIONS,),
)  # fmt: skip
LIMITS = HttpLimits(body=1000, requests=3, bodies=2500)


class _OpenDoor:
    """Lets everybody in and says statuses and codes only."""

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        return Asked(
            call=Call(request_id=arrived.request_id, principal=ADMIN),
            operation=zones.DESCRIBE_REGIONS, ask=zones.DescribeRegions(),
            codec=endpoint.codec("2013-02-01"),
        )  # fmt: skip

    def seat(self, asked: Asked) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        return Reply(status=200, body=b"fine")

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        return Reply(status=503, body=refused.refusal.code.encode(), headers=retry_after(refused))


class _Slow:
    """A site whose one operation takes until it is let go."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[None]] = []
        endpoint = Endpoint(CONTRACT, {"DescribeRegions": self._body}, _OpenDoor())
        self.site = site([Mount(path="/s", resource=endpoint)], LIMITS, lambda: str(uuid.uuid4()))
        self.port: Any = reactor.listenTCP(0, self.site, interface="127.0.0.1")  # type: ignore[attr-defined]

    async def _body(self, call: Call, ask: Any) -> Any:
        waiting: Deferred[None] = Deferred()
        self.waiting.append(waiting)
        await waiting
        return zones.DescribeRegionsResponse(region_info=())

    def send(self, body: bytes, promised: int = -1) -> socket.socket:
        """Send (the beginning of) a request and keep the connection."""
        line = socket.create_connection(("127.0.0.1", self.port.getHost().port), timeout=5)
        length = len(body) if promised < 0 else promised
        line.sendall(
            f"POST /s HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode() + body
        )
        line.setblocking(False)
        return line

    def answer(self, line: socket.socket) -> bytes:
        """What the site answers."""
        said = b""

        def there() -> bool:
            nonlocal said
            with contextlib.suppress(BlockingIOError):
                said += line.recv(65536)
            return b"\r\n\r\n" in said and not said.endswith(b"\r\n\r\n")

        turn(there, 5)
        return said

    def let_go(self) -> None:
        """What was under way ends."""
        for waiting in self.waiting:
            waiting.callback(None)
        self.waiting.clear()


@pytest.fixture(name="slow")
def _slow() -> Iterator[_Slow]:
    made = _Slow()
    yield made
    made.let_go()
    spin(maybeDeferred(made.port.stopListening))


def test_requests_under_way_are_bounded(slow: _Slow) -> None:
    """The fourth is refused at once, in the contract's own words; then there is room again."""
    lines = [slow.send(b"ask") for _ in range(3)]
    turn(lambda: len(slow.waiting) == 3, 5)
    refused = slow.answer(slow.send(b"ask"))
    assert b" 503 " in refused and refused.endswith(b"ServiceUnavailable")
    assert b"Retry-After: 1" in refused
    slow.let_go()
    assert all(slow.answer(line).endswith(b"fine") for line in lines)
    again = slow.send(b"ask")
    turn(lambda: len(slow.waiting) == 1, 5)
    slow.let_go()
    assert slow.answer(again).endswith(b"fine")
    assert slow.site.load.requests == slow.site.load.octets == 0


def test_bodies_are_bounded_over_all_connections(slow: _Slow) -> None:
    """Each is within its bound, together they are not: the last one is refused, none is lost."""
    lines = [slow.send(b"x" * 900, promised=1000) for _ in range(2)]
    turn(lambda: slow.site.load.octets == 1800, 5)
    refused = slow.answer(slow.send(b"x" * 900, promised=1000))
    assert b" 503 " in refused and b"Retry-After: 1" in refused
    for line in lines:
        line.close()
    turn(lambda: slow.site.load.octets == 0, 5)
    whole = slow.send(b"x" * 1000)
    turn(lambda: len(slow.waiting) == 1, 5)
    slow.let_go()
    assert slow.answer(whole).endswith(b"fine")


def test_a_body_counts_until_the_work_is_done(slow: _Slow) -> None:
    """A peer that sends and goes away has not freed what is still being worked on."""
    slow.send(b"x" * 1000).close()
    slow.send(b"x" * 1000).close()
    turn(lambda: len(slow.waiting) == 2, 5)
    assert b" 503 " in slow.answer(slow.send(b"x" * 1000))
    slow.let_go()
    turn(lambda: slow.site.load.octets == 0, 5)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_never_more_than_the_bound_is_held(pieces: list[int]) -> None:
    """Whatever comes in whatever order."""
    load, held = Load(1, 100), []
    for piece in pieces:
        if load.hold(piece):
            held.append(piece)
        elif held:
            load.release(held.pop(0))
        assert load.octets == sum(held) <= 100


def test_a_crowd_is_refused_with_its_number() -> None:
    """And the room of one that has ended is free again."""
    load = Load(1, 0)
    load.begin()
    with pytest.raises(Refused, match="1 requests") as refused:
        load.begin()
    assert refused.value.refusal is UNAVAILABLE
    load.end()
    load.begin()
