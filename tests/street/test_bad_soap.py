# SPDX-License-Identifier: BSD-2-Clause
"""SOAP at doors it was not made for: other dialects, other services, other components' ports."""

from __future__ import annotations

import dataclasses
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor

from cloudcontroller.identity.pairs import make_pair
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract, Operation
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.contracts.news import NEWS
from eucalyptus.contracts.node import NODE
from eucalyptus.database.run import Tx
from eucalyptus.services import CLUSTER as CLUSTER_SERVICE
from eucalyptus.services import COMPUTE, EUARE
from eucalyptus.services import NEWS as NEWS_SERVICE
from eucalyptus.services import NODE as NODE_SERVICE
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.components import Circumstances, Keyring, component_door
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.query_door import FORM
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security import Addressing, Identity, sign
from tests.fixtures.reactor import spin
from tests.street.town import Town

VERSION = "2013-02-01"
EC2_NS, IAM_NS = EC2.at(VERSION), IDENTITY.at("2010-05-08")
REGIONS = f'<DescribeRegions xmlns="{EC2_NS}"></DescribeRegions>'
SOAP12 = b"http://www.w3.org/2003/05/soap-envelope"
SOAP11 = b"http://schemas.xmlsoap.org/soap/envelope/"


def message(path: str, body: bytes, kind: str = "text/xml", port: int = 8773) -> Arrived:
    """A POSTed document."""
    return Arrived(
        method="POST", path=path, query="", headers={"content-type": (kind,), "host": ("x",)},
        body=body, request_id=str(uuid.uuid4()), local="127.0.0.1", port=port,
    )  # fmt: skip


def fault(reply: Reply) -> str:
    """The fault's code, "" for an answer; the caller's fault, with a request id, and no more."""
    text = reply.body.decode()
    found = re.search("<faultcode>([^<]+)</faultcode>", text)
    if found is None:
        assert reply.status == 200, text
        return ""
    assert reply.status == 500 and re.search("RequestId[^>]*>[0-9a-f-]{36}<", text), text
    assert found[1].startswith("Client."), text
    for inside in ("Traceback", ".py", "psycopg", "/lib/python"):
        assert inside not in text
    return found[1].removeprefix("Client.")


def undeclared(document: bytes) -> bytes:
    """A document without an XML declaration."""
    return re.sub(rb"^<\?xml[^>]*\?>\s*", b"", document)


class User:
    """The administrator of ``alice`` with a signing certificate."""

    def __init__(self, town: Town) -> None:
        self.town = town
        pair = make_pair("alice", time.time())

        def work(tx: Tx) -> None:
            account, _ = town.enrolment.account(tx, "alice")
            town.enrolment.keep_pair(tx, town.enrolment.user(tx, account, "admin"), pair)

        town.street.run(work)
        self.identity = certificates.identity(pair.certificate, pair.key)
        self.key = town.user("alice")

    def sign(self, body: str) -> bytes:
        """A signed envelope around ``body``."""
        return sign(body.encode(), self.identity, None, time.time())

    def send(self, document: bytes, path: str = COMPUTE.path, kind: str = "text/xml") -> Reply:
        """Send a document to a service of the front."""
        reply: Reply = spin(self.town.worker.answer(message(path, document, kind)))
        return reply

    def says(self, body: str, path: str = COMPUTE.path) -> str:
        """The fault that a signed body gets, "" for none."""
        return fault(self.send(self.sign(body), path))


@pytest.fixture(name="user")
def _user(town: Town) -> User:
    return User(town)


@pytest.mark.parametrize(
    "kind", ["text/xml", "TEXT/XML; charset=utf-8", "application/xml", "text/xml; charset=utf-16"]
)
def test_a_document_is_utf8_whatever_its_media_type_says(user: User, kind: str) -> None:
    """The positive twin; with and without a byte order mark and a declaration."""
    for prefix in (b"", b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="utf-8"?>'):
        assert fault(user.send(prefix + undeclared(user.sign(REGIONS)), kind=kind)) == ""


def test_other_dialects_are_refused(user: User) -> None:
    """SOAP 1.2, parts, other encodings, doctypes: by name, and nothing is done."""
    good = user.sign(REGIONS)
    text, bare = good.decode(), undeclared(good)
    cases: list[tuple[bytes, str, str]] = [
        (good, "application/soap+xml", "UnsupportedMediaType"),
        (good, "multipart/related; type=application/xop+xml", "UnsupportedMediaType"),
        (good.replace(SOAP11, SOAP12), "text/xml", ""),
        (text.encode("utf-16"), "text/xml; charset=utf-16", ""),
        (text.encode("utf-32"), "text/xml", ""),
        (b'<?xml version="1.0" encoding="utf-7"?>' + bare, "text/xml", ""),
        (b'<?xml version="1.0" encoding="ibm037"?>' + bare, "text/xml", ""),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + bare, "text/xml", ""),
        (good[: len(good) // 2], "text/xml", ""),
        (good + good, "text/xml", ""),
        (b"\x00" + good, "text/xml", ""),
        (b"", "text/xml", ""),
        (b"Action=DescribeRegions", "text/xml", ""),
    ]
    for document, kind, expected in cases:
        said = fault(user.send(document, kind=kind))
        assert said in ((expected,) if expected else ("MalformedRequest", "AuthFailure")), document


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        # Of one service at another, and of none.
        (REGIONS, EUARE.path, "MalformedRequest"),
        (f'<ListUsers xmlns="{IAM_NS}"></ListUsers>', COMPUTE.path, "MalformedRequest"),
        (f'<ListUsers xmlns="{IAM_NS}"></ListUsers>', EUARE.path, "InvalidAction"),
        ("<DescribeRegions></DescribeRegions>", COMPUTE.path, "MalformedRequest"),
        (REGIONS.replace(VERSION, "1999-01-01"), COMPUTE.path, "NoSuchVersion"),
        (REGIONS.replace(VERSION, "../etc"), COMPUTE.path, "MalformedRequest"),
        (REGIONS.replace("DescribeRegions", "CreateVolume"), COMPUTE.path, "UnsupportedOperation"),
        (REGIONS.replace("DescribeRegions", "__init__"), COMPUTE.path, "InvalidAction"),
        (
            REGIONS.replace("DescribeRegions", "DescribeInstanceTypes"),
            COMPUTE.path,
            "InvalidAction",
        ),
        # N-05: what components say to each other is nothing that a user can say.
        (
            f'<ncTerminateInstance xmlns="{NODE.namespace}"></ncTerminateInstance>',
            COMPUTE.path,
            "MalformedRequest",
        ),
        (REGIONS.replace("DescribeRegions", "ncRunInstance"), COMPUTE.path, "InvalidAction"),
    ],
)
def test_an_operation_belongs_to_its_service(
    user: User, body: str, path: str, expected: str
) -> None:
    """Rightly signed, and asked of the wrong one."""
    before = user.town.rows()
    assert user.says(body, path) == expected
    assert user.town.rows() == before


@pytest.mark.parametrize(
    "text",
    ["", "x" * 100_000, "&#xD;&#x9;", "' OR 1=1--", "]]&gt;&lt;/x&gt;", "i-\u202e\U0001f4a9"],
)
def test_hostile_text_in_signed_bodies(user: User, text: str) -> None:
    """Our own user, with nonsense for ids, names, numbers and flags."""
    for operation, inner in (
        ("TerminateInstances", "<instancesSet><item><instanceId>{}</instanceId></item>"
                               "</instancesSet>"),
        ("DescribeImages", "<imagesSet><item><imageId>{}</imageId></item></imagesSet>"),
        ("CreateKeyPair", "<keyName>{}</keyName>"),
        ("DeleteSecurityGroup", "<groupName>{}</groupName>"),
        ("RunInstances", "<imageId>emi-12345678</imageId><minCount>{}</minCount>"),
        ("DescribeInstances", "<filterSet><item><name>{}</name></item></filterSet>"),
    ):  # fmt: skip
        said = inner.format(text)
        user.says(f'<{operation} xmlns="{EC2_NS}">{said}</{operation}>')


# --- the ports of components ---------------------------------------------------------------------

DOORS: Mapping[str, tuple[Contract, str, int, str, tuple[str, ...]]] = {
    "cluster": (CLUSTER, CLUSTER_SERVICE.path, 8774, "cluster", ("cloud",)),
    "node": (NODE, NODE_SERVICE.path, 8775, "node", ("cluster",)),
    "news": (NEWS, NEWS_SERVICE.path, 8773, "cloud", ("cluster",)),
}


class Port:
    """An internal endpoint whose bodies must never be reached."""

    def __init__(self, state: Path, name: str) -> None:
        self.contract, self.path, self.number, us, callers = DOORS[name]
        self.keyring = Keyring(directory=state / "keys")
        self.callers, self.reached = callers, list[str]()
        around = Circumstances(
            reactor=reactor, clock=time.time, new_id=lambda: str(uuid.uuid4()),
            replay=MemoryReplayStore(),
        )  # fmt: skip
        door = component_door(self.keyring, us, callers, around)
        bodies = {operation.name: self._body for operation in self.contract.operations}
        self.endpoint = Endpoint(self.contract, bodies, door)

    async def _body(self, call: Any, ask: Any) -> Any:
        self.reached.append(type(ask).__name__)
        raise AssertionError("nobody may get here")

    def ask(self, arrived: Arrived) -> Reply:
        """What the endpoint answers."""
        reply: Reply = spin(self.endpoint.respond(arrived))
        return reply

    def sealed(self, operation: Operation, who: Identity, **addressing: str) -> Arrived:
        """An empty message of ``operation``, signed by ``who``."""
        said = {
            "to": f"http://127.0.0.1:{self.number}{self.path}",
            "action": self.contract.soap_action(operation),
            "message_id": f"urn:uuid:{uuid.uuid4()}",
            **addressing,
        }
        namespace = self.contract.namespace
        body = f'<{operation.name} xmlns="{namespace}"></{operation.name}>'.encode()
        document = sign(body, who, Addressing(**said), time.time())
        return message(self.path, document, port=self.number)


@pytest.fixture(name="port", params=DOORS)
def _port(state: Path, request: pytest.FixtureRequest) -> Iterator[Port]:
    port = Port(state, str(request.param))
    yield port
    assert port.reached == []


def stranger(name: str) -> Identity:
    """A certificate that calls itself like a component's."""
    key = certificates.make_key()
    pem = certificates.self_issue(key, certificates.subject(name, "Cloud"), time.time())
    return certificates.identity(pem, certificates.key_pem(key))


def test_n01_n03_nobody_but_the_caller_on_record_is_heard(port: Port) -> None:
    """N-01, N-03: every operation, unsigned, by a look-alike and by each other component."""
    others = [stranger(port.callers[0])]
    others += [
        port.keyring.identity(name)
        for name in ("cloud", "cluster", "node")
        if name not in port.callers
    ]
    for operation in port.contract.operations:
        body = f'<{operation.name} xmlns="{port.contract.namespace}"/>'
        bare = f"<s:Envelope xmlns:s='{SOAP11.decode()}'><s:Body>{body}</s:Body></s:Envelope>"
        unsigned = port.ask(message(port.path, bare.encode(), port=port.number))
        assert fault(unsigned) in ("MissingAuthenticationToken", "AuthFailure")
        for other in others:
            assert fault(port.ask(port.sealed(operation, other))) == "AuthFailure", operation.name


@pytest.mark.parametrize(
    "addressing",
    [
        {"to": "http://127.0.0.1:1/axis2/services/EucalyptusNC"},
        {"to": "http://127.0.0.2:8775/axis2/services/EucalyptusNC"},
        {"to": "http://["},
        {"to": "http://127.0.0.1:99999999/"},
        {"to": "nowhere"},
        {"action": "EucalyptusNC#ncSomethingElse"},
    ],
)
def test_w29_a_message_for_somebody_else_is_not_ours(
    port: Port, addressing: dict[str, str]
) -> None:
    """W-29: also when the address is none."""
    caller = port.keyring.identity(port.callers[0])
    for operation in port.contract.operations[:3]:
        assert fault(port.ask(port.sealed(operation, caller, **addressing))) == "AuthFailure"


def test_what_is_no_soap_gets_a_fault(port: Port) -> None:
    """Query parameters, GET, other methods, nothing."""
    plain = message(port.path, b"Action=RunInstances", port=port.number)
    for arrived in (
        dataclasses.replace(plain, headers={"content-type": (FORM,)}),
        dataclasses.replace(plain, method="GET", query="Action=RunInstances", body=b""),
        dataclasses.replace(plain, method="PUT"),
        dataclasses.replace(plain, method="HEAD"),
        dataclasses.replace(plain, headers={}),
        dataclasses.replace(plain, body=b""),
        dataclasses.replace(plain, method="GET", query="wsdlx", body=b""),
    ):
        assert fault(port.ask(arrived)) == "MalformedRequest"


def test_the_wsdl_is_no_secret(port: Port) -> None:
    """It is the same for everybody; of another version there is none."""
    asked = dataclasses.replace(message(port.path, b"", port=port.number), method="GET")
    told = port.ask(dataclasses.replace(asked, query="wsdl"))
    assert told.status == 200 and b"<wsdl:definitions" in told.body
    assert port.ask(dataclasses.replace(asked, query="wsdl=2013-02-01")).status == 404
