# SPDX-License-Identifier: BSD-2-Clause
"""The metadata service: who asks is known by the source address."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.web.test.requesthelper import DummyRequest

from cloudcontroller.compute.web.metadata import Metadata
from tests.cloudcontroller.compute.street import Street
from tests.fixtures.reactor import turn


class Ask:
    """One request as a guest at ``source`` sends it."""

    def __init__(self, street: Street) -> None:
        self.resource = Metadata(street.world)

    def __call__(self, path: str, source: str = "172.31.0.10", **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        request: Any = DummyRequest(path.encode().strip(b"/").split(b"/"))
        request.path, request.method = path.encode(), b"GET"
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


def test_no_header_says_who_asks(street: Street) -> None:
    """A guest cannot name another, nor can anybody on the host itself."""
    (one, other) = street.launch(street.image(), max_count=2).instances
    ask = Ask(street)
    path = "/latest/meta-data/instance-id"
    for said in (
        {"Euca_Instance_Id": other.instance_id},
        {"X_Forwarded_For": "172.31.0.11"},
        {"X_Real_IP": "172.31.0.11", "X_Instance_ID": other.instance_id},
        {"Forwarded": "for=172.31.0.11"},
    ):
        assert ask(path, **said) == (200, one.instance_id.encode())
        assert ask(path, "127.0.0.1", **said)[0] == 404


def test_answers_are_remembered_for_a_second(street: Street) -> None:
    """A guest that walks the tree does not walk the database."""
    (one,) = street.launch(street.image()).instances
    ask = Ask(street)
    assert ask("/latest/meta-data/ami-id")[0] == 200
    street.run(lambda tx: tx.exec_driver_sql("UPDATE compute.instances SET private_ip = NULL"))
    assert ask("/latest/meta-data/instance-id") == (200, one.instance_id.encode())
    street.later(2)
    assert ask("/latest/meta-data/instance-id")[0] == 404
