# SPDX-License-Identifier: BSD-2-Clause
"""Clients of twenty years: zeep with Amazon's own WSDLs, WS-Security and all, asks a town."""

from __future__ import annotations

import re
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from requests import Response
from zeep import Client
from zeep.transports import Transport

from cloudcontroller.identity.pairs import make_pair
from cloudinabox.soap import Signed
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.database.run import Tx
from eucalyptus.services import COMPUTE
from eucalyptus.web.arrivals import Arrived
from tests.contracts.reference import reference
from tests.fixtures.reactor import spin
from tests.street.estate import Estate, newest
from tests.street.town import Town

SPOKEN = ("2006-06-26", "2008-02-01", "2009-04-04", "2010-08-31", "2013-10-15")
PORT = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {},
        "ipRanges": {"item": [{"cidrIp": "10.0.0.0/8"}]}}  # fmt: skip


class ToTown(Transport):
    """Reads one WSDL, and posts to a worker of the town."""

    def __init__(self, town: Town, document: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._town, self._document = town, document
        self.heard = b""

    def load(self, url: str) -> bytes:
        """The WSDL."""
        return self._document

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Response:
        """Ask the first worker."""
        arrived = Arrived(
            method="POST", path=COMPUTE.path, query="", body=message,
            headers={name.lower(): (value,) for name, value in headers.items()},
            request_id=str(uuid.uuid4()), source="127.0.0.1", local="127.0.0.1", port=8773,
        )  # fmt: skip
        reply = spin(self._town.worker.answer(arrived))
        answer = Response()
        answer.status_code, answer._content, self.heard = reply.status, reply.body, reply.body
        answer.headers["Content-Type"] = reply.content_type
        return answer


class Caller:
    """The administrator of ``alice``, with a dialect of Amazon's."""

    def __init__(self, town: Town, version: str, folder: Path) -> None:
        self.version = version
        pair = make_pair("alice", time.time())

        def work(tx: Tx) -> None:
            account, _ = town.enrolment.account(tx, "alice")
            town.enrolment.keep_pair(tx, town.enrolment.user(tx, account, "admin"), pair)

        town.street.run(work)
        key, certificate = folder / "pk.pem", folder / "cert.pem"
        key.write_bytes(pair.key)
        certificate.write_bytes(pair.certificate)
        document = reference("EUCA_REFERENCE_WSDL", f"ec2/{version}.ec2.wsdl").read_bytes()
        self.transport = ToTown(town, document)
        zeep: Any = Client("memory:", wsse=Signed(key, certificate), transport=self.transport)
        self._service = zeep.create_service(f"{{{EC2.at(version)}}}AmazonEC2Binding", "town:")

    def say(self, operation: str, **arguments: Any) -> Any:
        """Ask; the answer is in this dialect's namespace and in no other."""
        answer = self._service[operation](**arguments)
        dates = set(re.findall(rb"http://ec2.amazonaws.com/doc/([0-9-]+)/", self.transport.heard))
        assert dates == {self.version.encode()}
        return answer

    def launch(self, image: str, group: str) -> Any:
        """Start one instance, said as this dialect says it."""
        called = "groupName" if self.version >= "2011-01-01" else "groupId"
        groups = {"item": [{called: group}]}
        wish = {"imageId": image, "minCount": 1, "maxCount": 1}
        if self.version < "2007-08-29":
            return self.say("RunInstances", instancesSet={"item": [wish]}, groupSet=groups)
        return self.say("RunInstances", **wish, groupSet=groups, instanceType="m1.small")


def listed(answer: Any, name: str) -> list[Any]:
    """The items of an answer's list; zeep takes the wrappers off an answer that is one list."""
    inner = getattr(answer, name, answer)
    return list(getattr(inner, "item", inner))


@pytest.fixture(name="caller", params=SPOKEN)
def _caller(request: pytest.FixtureRequest, town: Town, tmp_path: Path) -> Caller:
    return Caller(town, request.param, tmp_path)


def test_an_instance_lives_and_ends_in_every_dialect(
    caller: Caller, estate: Estate, town: Town
) -> None:
    """Launched, described, ended: by its owner's words of that year."""
    launched = caller.launch(estate.ids["image"], "default")
    (one,) = listed(launched, "instancesSet")
    (group,) = launched.groupSet.item
    assert (group.groupName if caller.version >= "2011-01-01" else group.groupId) == "default"
    asked = {"item": [{"instanceId": one.instanceId}]}
    found = caller.say("DescribeInstances", instancesSet=asked)
    (reservation,) = listed(found, "reservationSet")
    (same,) = reservation.instancesSet.item
    assert (same.instanceId, same.imageId) == (one.instanceId, estate.ids["image"])
    ended = caller.say("TerminateInstances", instancesSet=asked)
    (change,) = listed(ended, "instancesSet")
    now = change.currentState if caller.version >= "2009-10-31" else change.shutdownState
    assert now.name in ("shutting-down", "terminated")


def test_a_group_opens_and_closes_in_every_dialect(caller: Caller) -> None:
    """Rules are written with what that year's WSDL requires."""
    told: dict[str, Any] = {"groupName": "old", "ipPermissions": {"item": [PORT]}}
    if caller.version < "2011-01-01":
        told["userId"] = ""
    caller.say("CreateSecurityGroup", groupName="old", groupDescription="d")
    caller.say("AuthorizeSecurityGroupIngress", **told)
    asked = {"item": [{"groupName": "old"}]}
    found = caller.say("DescribeSecurityGroups", securityGroupSet=asked)
    (group,) = listed(found, "securityGroupInfo")
    (rule,) = group.ipPermissions.item
    assert (rule.ipProtocol, rule.fromPort, rule.toPort) == ("tcp", 22, 22)
    caller.say("RevokeSecurityGroupIngress", **told)
    caller.say("DeleteSecurityGroup", groupName="old")


def test_regions_are_told_in_every_dialect_that_has_them(town: Town, tmp_path: Path) -> None:
    """From December 2008 on."""
    for version in EC2.versions[EC2.versions.index("2008-12-01") :: 6]:
        found = Caller(town, version, tmp_path).say("DescribeRegions", regionSet={})
        (region,) = listed(found, "regionInfo")
        assert region.regionName == "eucalyptus"


def test_query_answers_in_the_version_asked_for(estate: Estate, town: Town) -> None:
    """Each in its own namespace, old ones with the old fields, later ones with the newest."""
    since = {"requestId": "2008-08-08", "architecture": "2008-02-01", "hypervisor": "2010-11-15"}
    for version in EC2.query_versions:
        said = {"Action": "DescribeImages", "Version": version}
        body = town.ask(COMPUTE.path, estate.alice, said).body.decode()
        assert re.findall('xmlns="([^"]+)"', body) == [EC2.at(version)]
        told = {name for name in since if f"<{name}>" in body}
        assert told == {name for name, first in since.items() if first <= version}
    assert newest(COMPUTE.path) == version == "2016-11-15"


def test_every_dated_wsdl_is_served(town: Town) -> None:
    """By its date; without one, the newest; another date is not there."""
    for asked in (*EC2.versions, ""):
        reply = spin(town.worker.answer(get(f"wsdl={asked}" if asked else "wsdl")))
        assert f'targetNamespace="{EC2.at(asked or "2013-10-15")}"' in reply.body.decode()
    assert spin(town.worker.answer(get("wsdl=2013-10-16"))).status == 404


def get(query: str) -> Arrived:
    """A GET without credentials."""
    return Arrived(
        method="GET", path=COMPUTE.path, query=query, headers={"host": ("cloud:8773",)}, body=b"",
        request_id=str(uuid.uuid4()), source="127.0.0.1", local="127.0.0.1", port=8773,
    )  # fmt: skip
