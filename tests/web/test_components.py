# SPDX-License-Identifier: BSD-2-Clause
"""A stub and an endpoint on loopback: signed both ways, pinned, addressed, once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from eucalyptus.access.call import Call
from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.news import CHANGED, NEWS, Changed, ChangedResponse
from eucalyptus.contracts.refusals import INVALID_VALUE, Refused
from eucalyptus.services import NODE
from eucalyptus.settings import WsSecurity
from eucalyptus.web.client import Stub
from eucalyptus.web.components import (
    Circumstances,
    Keyring,
    component_door,
    component_line,
    listen,
)
from eucalyptus.web.connections import HttpAnswer, Unreachable
from eucalyptus.web.endpoint import Endpoint, Unbuilt
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security.choice import verifier

PATH = NODE.path


@pytest.fixture(scope="module", name="keyring")
def _keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    directory = tmp_path_factory.mktemp("keys")
    for name in ("cluster", "node", "cloud"):
        key = certificates.make_key()
        pem = certificates.self_issue(key, certificates.subject(name, "Cloud"), time.time())
        (directory / f"{name}-cert.pem").write_bytes(pem)
        (directory / f"{name}-pk.pem").write_bytes(certificates.key_pem(key))
    return Keyring(directory=directory)


def _around(chosen: WsSecurity = WsSecurity.LEAN) -> Circumstances:
    return Circumstances(
        reactor=reactor,
        clock=time.time,
        new_id=lambda: str(uuid.uuid4()),
        replay=MemoryReplayStore(),
        verifier=verifier(chosen),
    )


class _Street:
    """A node's endpoint on loopback and what its body was asked."""

    def __init__(self, keyring: Keyring, callers: tuple[str, ...], chosen: WsSecurity) -> None:
        self.asked: list[tuple[Call, Changed]] = []
        self.answer: Any = ChangedResponse()
        door = component_door(keyring, "node", callers, _around(chosen))
        endpoint = Endpoint(NEWS, {"Changed": self.changed}, door)
        self.port = listen({PATH: endpoint}, 0, _around(), "127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port.getHost().port}{PATH}"

    async def changed(self, call: Call, ask: Changed) -> Any:
        self.asked.append((call, ask))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture(name="chosen", params=WsSecurity)
def _chosen(request: pytest.FixtureRequest) -> WsSecurity:
    """Every verifier that a setting can choose."""
    return WsSecurity(request.param)


@pytest.fixture(name="street")
def _street(keyring: Keyring, spin: Any, chosen: WsSecurity) -> Iterator[_Street]:
    street = _Street(keyring, ("cluster",), chosen)
    yield street
    spin(maybeDeferred(street.port.stopListening))


def _stub(
    keyring: Keyring,
    url: str,
    us: str = "cluster",
    peer: str = "node",
    chosen: WsSecurity = WsSecurity.LEAN,
) -> Stub:
    return Stub(NEWS, url, keyring.peer(peer), component_line(keyring, us, _around(chosen)))


ASK = Changed(service_tag="http://here/", subject="i-12345678")


def test_a_call_reaches_the_body_and_its_answer_comes_back(
    street: _Street, keyring: Keyring, spin: Any, chosen: WsSecurity
) -> None:
    """The message arrives whole, the caller is known by its certificate."""
    stub = _stub(keyring, street.url, chosen=chosen)
    answers = [spin(stub.call(CHANGED, ASK)) for _ in range(3)]
    assert all(a.succeeded and a.status_message == "0" for a in answers)
    assert [ask for _, ask in street.asked] == [ASK] * 3
    assert {call.component for call, _ in street.asked} == {"cluster"}
    assert street.asked[0][0].to == street.url


@pytest.mark.parametrize("us", ["cloud", "node"])
def test_a_caller_with_another_key_is_refused(
    street: _Street, keyring: Keyring, spin: Any, us: str
) -> None:
    """Only certificates that were pinned for this door get in; nothing reaches the body."""
    with pytest.raises(Refused, match="not registered") as caught:
        spin(_stub(keyring, street.url, us).call(CHANGED, ASK))
    assert caught.value.refusal.code == "AuthFailure"
    assert street.asked == []


def test_a_message_that_was_changed_on_its_way_is_refused(
    street: _Street, keyring: Keyring, spin: Any
) -> None:
    """One letter of the body, whichever verifier was chosen."""
    stub = _stub(keyring, street.url)
    make = stub._http
    stub._http = lambda document, action: make(  # type: ignore[method-assign]
        document.replace(b"i-12345678", b"i-12345679"), action
    )
    with pytest.raises(Refused, match="does not match") as caught:
        spin(stub.call(CHANGED, ASK))
    assert caught.value.refusal.code == "AuthFailure"
    assert street.asked == []


def test_an_answer_that_was_changed_on_its_way_is_not_believed(
    street: _Street, keyring: Keyring, spin: Any, chosen: WsSecurity
) -> None:
    """Nor is anything taken from it."""
    stub = _stub(keyring, street.url, chosen=chosen)
    read = stub._read

    def changed(operation: Operation, answer: HttpAnswer, message_id: str) -> Any:
        other = answer.body.replace(b"<statusMessage>0<", b"<statusMessage>1<")
        assert other != answer.body
        return read(operation, HttpAnswer(answer.status, other), message_id)

    stub._read = changed  # type: ignore[method-assign]
    with pytest.raises(Unreachable, match="does not match"):
        spin(stub.call(CHANGED, ASK))


def test_an_answer_signed_by_another_is_not_believed(
    street: _Street, keyring: Keyring, spin: Any
) -> None:
    """A peer that answers with a certificate that is not its own counts as silent."""
    with pytest.raises(Unreachable, match="another certificate"):
        spin(_stub(keyring, street.url, peer="cloud").call(CHANGED, ASK))


def test_w29_a_message_for_another_host_is_refused(
    street: _Street, keyring: Keyring, spin: Any
) -> None:
    """W-29: what was signed for one node cannot be sent to another."""
    stub = _stub(keyring, street.url.replace("127.0.0.1", "127.0.0.2"))
    stub._address = ("127.0.0.1", stub._address[1])
    with pytest.raises(Refused, match="addressed to"):
        spin(stub.call(CHANGED, ASK))
    assert street.asked == []


def test_a_refusal_comes_back_as_return_false(street: _Street, keyring: Keyring, spin: Any) -> None:
    """Internal operations say no in the message, as the original's did."""
    street.answer = INVALID_VALUE(reason="not today")
    with pytest.raises(Refused, match="not today") as caught:
        spin(_stub(keyring, street.url).call(CHANGED, ASK))
    assert caught.value.refusal.code == "Declined"


def test_a_bug_never_leaks_its_text(street: _Street, keyring: Keyring, spin: Any) -> None:
    """The caller gets a request id and nothing of the exception."""
    street.answer = RuntimeError("secret path /etc/shadow")
    with pytest.raises(Refused) as caught:
        spin(_stub(keyring, street.url).call(CHANGED, ASK))
    assert "secret" not in str(caught.value)
    assert "request id" in str(caught.value)


def test_w72_a_replayed_message_is_refused(street: _Street, keyring: Keyring, spin: Any) -> None:
    """The very same bytes a second time have no second effect."""
    stub = _stub(keyring, street.url)
    sent: list[bytes] = []
    make = stub._http

    def remember(document: bytes, action: str) -> bytes:
        sent.append(make(document, action))
        return sent[-1]

    stub._http = remember  # type: ignore[method-assign]
    spin(stub.call(CHANGED, ASK))
    connections = stub._line.connections
    again = spin(connections.exchange(stub._address, sent[0], 5.0))
    assert again.status == 500 and b"received before" in again.body
    assert len(street.asked) == 1


def test_a_kept_connection_that_went_stale_is_replaced(
    keyring: Keyring, spin: Any, turn: Any
) -> None:
    """A peer that restarted is asked again on a new connection, with a new message id."""
    first = _Street(keyring, ("cluster",), WsSecurity.LEAN)
    stub = _stub(keyring, first.url)
    spin(stub.call(CHANGED, ASK))
    (kept,) = stub._line.connections._idle[stub._address]
    kept.transport.loseConnection()  # type: ignore[union-attr]
    assert spin(stub.call(CHANGED, ASK)).succeeded
    spin(maybeDeferred(first.port.stopListening))


def test_nobody_there_is_unreachable(keyring: Keyring, spin: Any) -> None:
    """A closed port is told at once, by URL."""
    stub = _stub(keyring, f"http://127.0.0.1:1{PATH}")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
        spin(stub.call(CHANGED, ASK))


def test_an_operation_without_a_body_stops_the_start(keyring: Keyring) -> None:
    """A contract is served whole or not at all."""
    door = component_door(keyring, "node", ("cluster",), _around())
    with pytest.raises(Unbuilt, match="Changed"):
        Endpoint(NEWS, {}, door)
    with pytest.raises(Unbuilt, match="Other"):
        Endpoint(NEWS, {"Changed": ASK, "Other": ASK}, door)  # type: ignore[dict-item]
