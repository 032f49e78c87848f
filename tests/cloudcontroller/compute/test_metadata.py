# SPDX-License-Identifier: BSD-2-Clause
"""The metadata service: who asks is known by the source address."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.web.test.requesthelper import DummyRequest

from cloudcontroller.compute.web.metadata import Metadata
from eucalyptus.contracts.ec2.launching import UserData
from tests.cloudcontroller.compute.street import Street
from tests.fixtures.reactor import turn


class Ask:
    """One request as a guest at ``source`` sends it."""

    def __init__(self, street: Street) -> None:
        self.resource = Metadata(street.world)

    method = b"GET"

    def __call__(self, path: str, source: str = "172.31.0.10", **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        request: Any = DummyRequest(path.encode().strip(b"/").split(b"/"))
        request.path, request.method = path.encode(), self.method
        request.getClientAddress = lambda: IPv4Address("TCP", source, 40000)
        for name, value in headers.items():
            request.requestHeaders.addRawHeader(name.replace("_", "-"), value)
        self.resource.render(request)
        turn(lambda: bool(request.finished), 5)
        return request.responseCode, b"".join(request.written)


def test_a_guest_reads_its_own_facts(street: Street) -> None:
    """Under every dated path; strangers, and guests that have ended, read nothing."""
    (one,) = street.launch(street.image()).instances
    ask = Ask(street)
    for version in ("latest", "1.0", "2007-01-19", "2009-04-04", "2021-03-23"):
        expected = (200, one.instance_id.encode())
        assert ask(f"/{version}/meta-data/instance-id") == expected
        assert ask(f"/{version}/meta-data/instance-id/")[0] == 200
    assert ask("/latest/meta-data/instance-id", "172.31.0.11")[0] == 404
    assert ask("/latest/user-data")[0] == 404
    assert ask("/services/unknown")[0] == 404
    street.terminate(one.instance_id)
    street.turn()
    street.later(5)
    assert ask("/latest/meta-data/instance-id")[0] == 404


def test_the_versions_are_listed_at_the_address_only(street: Street) -> None:
    """``/`` on 169.254.169.254; elsewhere there is nothing."""
    ask = Ask(street)
    status, body = ask("/", Host="169.254.169.254")
    assert status == 200 and body.startswith(b"1.0\n2007-01-19") and body.endswith(b"latest")
    assert ask("/", Host="cloud.example.com:8773")[0] == 404


SPOOFED = {
    "M-02 the original's header": {"Euca_Instance_Id": "{other}"},
    "M-02 forwarded for": {"X_Forwarded_For": "172.31.0.11"},
    "M-02 real address and id": {"X_Real_IP": "172.31.0.11", "X_Instance_ID": "{other}"},
    "M-02 forwarded": {"Forwarded": "for=172.31.0.11"},
}


@pytest.mark.parametrize("headers", SPOOFED.values(), ids=SPOOFED)
def test_no_header_says_who_asks(street: Street, headers: dict[str, str]) -> None:
    """A guest cannot name another, nor can anybody on the host itself."""
    (one, other) = street.launch(street.image(), max_count=2).instances
    ask = Ask(street)
    path = "/latest/meta-data/instance-id"
    said = {name: text.format(other=other.instance_id) for name, text in headers.items()}
    assert ask(path, **said) == ask(path) == (200, one.instance_id.encode())
    assert ask(path, "127.0.0.1", **said)[0] == 404


@pytest.mark.parametrize(
    "source", ["127.0.0.1", "10.0.0.7", "172.31.0.1", "172.31.0.99", "203.0.113.5"],
    ids=lambda source: f"M-03 {source}",
)  # fmt: skip
def test_only_the_address_of_a_guest_reads(street: Street, source: str) -> None:
    """The host, its gateway, other networks and the world read nothing, whatever they ask for."""
    street.launch(street.image(), user_data=UserData(data=base64.b64encode(b"secret").decode()))
    ask = Ask(street)
    for path in ("/latest/meta-data/", "/latest/user-data", "/2009-04-04/meta-data/instance-id"):
        assert ask(path, source)[0] == 404
        assert ask(path)[0] == 200


def test_m04_an_address_that_passed_on_tells_its_new_owner_only(street: Street) -> None:
    """What the former guest was told is told to nobody, from the first request on."""
    first = UserData(data=base64.b64encode(b"of the first").decode())
    second = UserData(data=base64.b64encode(b"of the second").decode())
    image = street.image()
    (old,) = street.launch(image, user_data=first).instances
    ask = Ask(street)
    street.terminate(old.instance_id)
    assert ask("/latest/user-data") == (200, b"of the first")
    for _ in range(20):
        street.turn()
        (new,) = street.launch(image, user_data=second).instances
        if new.private_ip_address == old.private_ip_address:
            break
        assert ask("/latest/user-data")[1] != b"of the second"
        street.terminate(new.instance_id)
        street.later(1)
    assert new.private_ip_address == old.private_ip_address
    assert ask("/latest/user-data") == (200, b"of the second")
    assert ask("/latest/meta-data/instance-id") == (200, new.instance_id.encode())


@pytest.mark.parametrize("method", [b"PUT", b"POST", b"DELETE", b"TRACE", b"OPTIONS"],
                         ids=lambda method: f"M-06 {method.decode()}")  # fmt: skip
def test_metadata_are_read_only(street: Street, method: bytes) -> None:
    """Any other method is refused; cloud-init then goes on without a token."""
    street.launch(street.image())
    ask = Ask(street)
    assert ask("/latest/api/token")[0] == 404
    ask.method = method
    assert ask("/latest/api/token")[0] == ask("/latest/meta-data/instance-id")[0] == 405


def test_answers_are_remembered_for_a_second(street: Street) -> None:
    """A guest that walks the tree does not walk the database."""
    (one,) = street.launch(street.image()).instances
    ask = Ask(street)
    assert ask("/latest/meta-data/ami-id")[0] == 200
    street.run(lambda tx: tx.exec_driver_sql("UPDATE compute.instances SET private_ip = NULL"))
    assert ask("/latest/meta-data/instance-id") == (200, one.instance_id.encode())
    street.later(2)
    assert ask("/latest/meta-data/instance-id")[0] == 404


def test_m08_user_data_are_the_bytes_that_were_given(street: Street) -> None:
    """Whatever they are; only to their owner."""
    data = bytes(range(256)) + b"]]>\x00<x/>\r\n\xff\xfe"
    packed = UserData(data=base64.encodebytes(data).decode())
    (one, other) = street.launch(street.image(), max_count=2, user_data=packed).instances
    (third,) = street.launch(street.image("images/root.manifest.xml")).instances
    ask = Ask(street)
    for path in ("/latest/user-data", "/latest/user-data/", "/2009-04-04//user-data"):
        assert ask(path) == (200, data)
        assert ask(path, "172.31.0.11") == (200, data)
        assert ask(path, "172.31.0.12")[0] == 404
    assert {one.instance_id, other.instance_id, third.instance_id} == {
        ask("/latest/meta-data/instance-id", f"172.31.0.{last}")[1].decode()
        for last in (10, 11, 12)
    }


@pytest.mark.parametrize(
    "path",
    [
        "/latest/../1.0/meta-data", "/latest/./user-data", "/latest/meta-data/../user-data",
        "/%6catest/user-data", "/latest/%75ser-data", "/latest%2fuser-data", "/0000/user-data",
        "/2009-4-4/user-data", "/20090404/user-data", "/latest/meta-data/iam",
        "/latest/meta-data/public-keys/1/openssh-key", "/latest/meta-data/instance-id/x",
        "/LATEST/user-data", "/latest/" + "x/" * 4000, "/latest/meta-data/\ufffd",
        "/latest/user-data;x", "/services", "/.env",
    ],
    ids=lambda path: f"M-05 {path[:40]}",
)  # fmt: skip
def test_paths_that_hold_nothing(street: Street, path: str) -> None:
    """No path leads anywhere but to its own leaf."""
    street.launch(street.image())
    assert Ask(street)(path)[0] == 404
