# SPDX-License-Identifier: BSD-2-Clause
"""The authorisation matrix of the ports between components: every operation, every certificate.

The operations are those that the contracts dispatch; a new one is in the matrix by itself.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cloudcontroller.identity.pairs import make_pair
from eucalyptus.access.policy import authorize
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract, Long, Operation, Reach, parts
from eucalyptus.contracts.news import NEWS
from eucalyptus.contracts.node import NODE
from eucalyptus.contracts.refusals import Refused
from eucalyptus.services import CLUSTER as CLUSTER_SERVICE
from eucalyptus.services import NEWS as NEWS_SERVICE
from eucalyptus.services import NODE as NODE_SERVICE
from eucalyptus.settings import House
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.components import Circumstances, Keyring, component_door
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.wire import certificates
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security import Addressing, Identity, sign
from tests.fixtures.reactor import spin
from tests.oracle import attack

PORTS: dict[str, tuple[Contract, str, int, str, str]] = {
    # contract, path, port, whose it is, and the one who may ask
    "cluster": (CLUSTER, CLUSTER_SERVICE.path, 8774, "cluster", "cloud"),
    "node": (NODE, NODE_SERVICE.path, 8775, "node", "cluster"),
    "news": (NEWS, NEWS_SERVICE.path, 8773, "cloud", "cluster"),
}
"""Whom the street's plan lets ask whom: commands come from above, news from below."""
CALLERS = ("cloud", "cluster", "node", "another zone's cluster", "user", "nobody")
EVERY = [(port, operation) for port, row in PORTS.items() for operation in row[0].operations]
"""Every operation that there is between components."""


class Doors:
    """The endpoints of all ports, and what reached their bodies."""

    def __init__(self, keyring: Keyring) -> None:
        self.reached: list[str] = []
        self.keyring = keyring
        pairs = {name: make_pair(name, time.time()) for name in ("cluster", "user")}
        self.identities: dict[str, Identity] = {
            **{name: keyring.identity(name) for name in ("cloud", "cluster", "node")},
            "another zone's cluster": _identity(pairs["cluster"]),
            "user": _identity(pairs["user"]),
        }
        self.endpoints = {name: self._endpoint(name) for name in PORTS}

    def _endpoint(self, name: str) -> Endpoint:
        contract, _, _, us, caller = PORTS[name]
        around = Circumstances(
            reactor=None, clock=time.time, new_id=lambda: str(uuid.uuid4()),
            replay=MemoryReplayStore(),
        )  # fmt: skip
        door = component_door(self.keyring, us, (caller,), around)
        bodies = {operation.name: self._body(operation) for operation in contract.operations}
        return Endpoint(contract, bodies, door)

    def _body(self, operation: Operation) -> Any:
        async def body(call: Any, ask: Any) -> Any:
            self.reached.append(f"{operation.name} by {call.component}")
            return simplest(operation.answers)

        return body

    def ask(self, name: str, operation: Operation, caller: str) -> Reply:
        """A whole message of ``operation``, signed by ``caller``."""
        contract, path, port, _, _ = PORTS[name]
        body = Codec(contract, "").write(simplest(operation.asks), operation.name)
        addressing = Addressing(
            to=f"http://127.0.0.1:{port}{path}", action=contract.soap_action(operation),
            message_id=f"urn:uuid:{uuid.uuid4()}",
        )  # fmt: skip
        if caller == "nobody":
            envelope = b"http://schemas.xmlsoap.org/soap/envelope/"
            document = b'<E:Envelope xmlns:E="%b"><E:Body>%b</E:Body></E:Envelope>' % (
                envelope, body)  # fmt: skip
        else:
            document = sign(body, self.identities[caller], addressing, time.time())
        reply: Reply = spin(self.endpoints[name].respond(Arrived(
            method="POST", path=path, query="", body=document, request_id=str(uuid.uuid4()),
            headers={"content-type": ("text/xml",), "host": ("x",)}, source="10.9.8.7",
            local="127.0.0.1", port=port,
        )))  # fmt: skip
        return reply


def _identity(pair: Any) -> Identity:
    made: Identity = certificates.identity(pair.certificate, pair.key)
    return made


LEAVES: Mapping[Any, Any] = {
    str: "x", int: 1, Long: 1, bool: True, float: 1.0, datetime: datetime(2026, 1, 1, tzinfo=UTC),
}  # fmt: skip


def simplest(message: Any) -> Any:
    """A value of a message with no more than it must have."""
    made: dict[str, Any] = {}
    for part in parts(message):
        single = simplest(part.of) if part.is_message and part.of is not message else None
        single = LEAVES.get(part.of, single)
        if part.repeated:
            made[part.attribute] = (single,) * part.least
        elif part.required:
            made[part.attribute] = single
    return message(**made)


@pytest.fixture(scope="module", name="doors")
def _doors(house: House) -> Iterator[Doors]:
    yield Doors(Keyring(directory=house.keys))


@pytest.mark.parametrize(
    ("port", "operation"),
    [pytest.param(port, operation, id=f"N-01 W-62 {port} {operation.name}")
     for port, operation in EVERY],
)  # fmt: skip
def test_only_the_one_above_or_below_is_heard(
    doors: Doors, port: str, operation: Operation
) -> None:
    """Each certificate that there is, and none: one of them reaches the body."""
    for caller in CALLERS:
        doors.reached.clear()
        if caller == PORTS[port][4]:
            assert doors.ask(port, operation, caller).status == 200
            assert doors.reached == [f"{operation.name} by {caller}"]
            continue
        with attack(lambda: list(doors.reached)) as watched:
            reply = doors.ask(port, operation, caller)
            watched.answers.append(reply.body)
        assert reply.status == 500 and b"Client." in reply.body, caller


@pytest.mark.parametrize(
    ("port", "operation"),
    [pytest.param(port, operation, id=f"I-11 {port} {operation.name}")
     for port, operation in EVERY],
)  # fmt: skip
def test_no_principal_may_what_components_may(port: str, operation: Operation) -> None:
    """Should a door ever let a user in to such an operation, the policy would not."""
    assert operation.reach is Reach.COMPONENT
    with pytest.raises(Refused):
        authorize(None, "", operation)
