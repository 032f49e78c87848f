# SPDX-License-Identifier: BSD-2-Clause
"""Habits of real clients in Query requests, by who has them: each is served, end to end.

Those of SOAP clients are in ``tests/wire/security``, those of S3 clients in ``tests/walrus``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest

from eucalyptus.services import COMPUTE
from eucalyptus.web.arrivals import Reply
from eucalyptus.wire.signable import Signable, canonical_pairs
from eucalyptus.wire.sigv4_making import Signing, authorize
from tests.street.callers import boto2_client, boto3_client, deliver
from tests.street.estate import OK, Estate, code, newest
from tests.street.town import Key, Town

PATH = COMPUTE.path
FORM = {"content-type": "application/x-www-form-urlencoded"}
REGIONS = {"Action": "DescribeRegions"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a client signs and sends. ``host`` is what it signs, ``sent_host`` what it sends."""

    version: int = 4
    method: str = "POST"
    host: str = "127.0.0.1:8773"
    sent_host: str = ""
    path: str = PATH
    signed_path: str = ""
    region: str = "eucalyptus"
    service: str = "ec2"
    stamp: str = "%Y-%m-%dT%H:%M:%SZ"
    extra: Mapping[str, str] | None = None

    def send(self, estate: Estate, said: Mapping[str, str]) -> Reply:
        """Ask as the administrator of ``alice``."""
        return self.ask(estate.town, estate.alice, said)

    def ask(self, town: Town, key: Key, said: Mapping[str, str]) -> Reply:
        """Ask as the owner of ``key``."""
        whole = {"Version": newest(PATH), **said}
        signed = self._by_2 if self.version == 2 else self._by_4
        target, headers, body = signed(key, whole)
        headers = {"host": self.sent_host or self.host, **headers, **(self.extra or {})}
        return deliver(town, self.method, target, headers, body)

    def _placed(self, said: Mapping[str, str]) -> tuple[str, bytes]:
        text = urlencode(said)
        return ("", text.encode()) if self.method == "POST" else (text, b"")

    def _by_4(self, key: Key, said: Mapping[str, str]) -> tuple[str, dict[str, str], bytes]:
        query, body = self._placed(said)
        request = Signable(
            method=self.method, path=self.signed_path or self.path, query=query,
            headers={"host": (self.host,)}, body_sha256=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        signing = Signing(
            key_id=key.id, secret=key.secret, region=self.region,
            service=self.service,
        )  # fmt: skip
        headers = dict(authorize(request, signing, time.time()))
        return f"{self.path}?{query}" if query else self.path, FORM | headers, body

    def _by_2(self, key: Key, said: Mapping[str, str]) -> tuple[str, dict[str, str], bytes]:
        whole = {
            **said, "AWSAccessKeyId": key.id, "SignatureVersion": "2",
            "SignatureMethod": "HmacSHA256", "Timestamp": time.strftime(self.stamp, time.gmtime()),
        }  # fmt: skip
        path = self.signed_path or self.path
        text = f"{self.method}\n{self.host}\n{path}\n{canonical_pairs(whole)}".encode()
        mac = hmac.digest(key.secret.encode(), text, "sha256")
        query, body = self._placed({**whole, "Signature": base64.b64encode(mac).decode()})
        return f"{self.path}?{query}" if query else self.path, dict(FORM), body


WAYS = {
    "boto-2.49 euca2ools-3.4: SigV4 for region 0, service 127": Way(region="0", service="127"),
    "s3cmd: SigV4 for region undefined-1": Way(region="undefined-1"),
    "fog: SigV4 for service eucalyptus": Way(service="eucalyptus"),
    "ruby: Host without the port": Way(host="127.0.0.1"),
    "ruby: Host without the port, V2": Way(version=2, host="127.0.0.1"),
    "ruby: V2 signs the port that Host lacks": Way(version=2, sent_host="127.0.0.1"),
    "Net::Amazon::EC2: V2 signs / and no port": Way(
        version=2, signed_path="/", host="127.0.0.1", sent_host="127.0.0.1:8773"
    ),
    "boto-1.9 euca2ools-1.3: V2 by GET, Timestamp without Z": Way(
        version=2, method="GET", stamp="%Y-%m-%dT%H:%M:%S"
    ),
    "libcloud: V2 by GET with an Authorization header": Way(
        version=2, method="GET", extra={"authorization": "AWS AKI:xyz="}
    ),
    "ec2-api-tools: a slash after the path": Way(version=2, path=f"{PATH}/"),
    "ec2-api-tools: the old path": Way(path="/services/Eucalyptus", version=2),
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_signing_and_sending(way: str, town: Town) -> None:
    """Each is let in; with another secret it is not."""
    endpoints, alice = town.worker.endpoints, town.user("alice")
    endpoints.setdefault("/services/Eucalyptus", endpoints[PATH])
    assert code(WAYS[way].ask(town, alice, REGIONS)) == OK
    wrong = replace(alice, secret=alice.secret[::-1])
    assert code(WAYS[way].ask(town, wrong, REGIONS)) == "AuthFailure"


RUN = {"Action": "RunInstances", "ImageId": "{image}", "MinCount": "1", "MaxCount": "1"}
DATA = base64.b64encode(b"#!/bin/sh\n" + b"x" * 100).decode()
OPEN = {"Action": "AuthorizeSecurityGroupIngress", "GroupName": "web"}
PORT = {"IpProtocol": "tcp", "FromPort": "22", "ToPort": "22"}
DOTTED = {f"IpPermissions.1.{name}": value for name, value in PORT.items()}

SAYINGS: dict[str, dict[str, str]] = {
    "ec2-api-tools: group names as ids": {**RUN, "SecurityGroupId.1": "default",
                                          "SecurityGroupId.2": "{group}"},
    "ec2-api-tools: an id as a group's name": {**RUN, "SecurityGroup.1": "{group}"},
    "ec2-api-tools: what is off is said": {
        **RUN, "EbsOptimized": "false", "DisableApiTermination": "false",
        "Monitoring.Enabled": "false"},
    "ec2-api-tools: mapped devices, one removed": {
        **RUN, "BlockDeviceMapping.1.DeviceName": "/dev/sdb",
        "BlockDeviceMapping.1.VirtualName": "ephemeral0",
        "BlockDeviceMapping.2.DeviceName": "/dev/sdc", "BlockDeviceMapping.2.NoDevice": ""},
    "boto: NoDevice=true": {**RUN, "BlockDeviceMapping.1.DeviceName": "/dev/sdc",
                            "BlockDeviceMapping.1.NoDevice": "true"},
    "fog: user data with line breaks": {**RUN, "UserData": "\n".join(re.findall(".{1,60}", DATA))},
    "euca2ools-1.3: UserData.Data": {**RUN, "UserData.Data": DATA},
    "libcloud: lists from 0": {"Action": "DescribeInstances", "InstanceId.0": "{instance}"},
    "libcloud Net::Amazon::EC2: a list of one without index": {
        "Action": "DescribeInstances", "InstanceId": "{instance}"},
    "libcloud: lists with gaps": {"Action": "DescribeInstances", "InstanceId.3": "{instance}",
                                  "InstanceId.17": "{instance}"},
    "boto: InstanceId.1 where one is asked for": {"Action": "GetConsoleOutput",
                                                 "InstanceId.1": "{instance}"},
    "python: True": {**RUN, "Monitoring.Enabled": "True"},
    "libcloud: the newest version for every cloud": {**REGIONS, "Version": "2016-11-15"},
    "a version of tomorrow": {**REGIONS, "Version": "2031-01-01"},
    "the first clients: Operation for Action": {"Operation": "DescribeRegions"},
    "boto-2: rules in parameters of their own": {**OPEN, **PORT, "CidrIp": "10.0.0.0/8"},
    "botocore: rules with descriptions left out": {
        **OPEN, **DOTTED, "IpPermissions.1.IpRanges.1.CidrIp": "10.0.0.0/8"},
    "ec2-api-tools: an empty userId": {**OPEN, "UserId": "", **DOTTED,
                                       "IpPermissions.1.IpRanges.1.CidrIp": "10.0.0.0/8"},
}  # fmt: skip


@pytest.mark.parametrize("who", SAYINGS)
def test_ways_of_saying_it(who: str, estate: Estate) -> None:
    """Each means what its sender means."""
    said = {name: text.format(**estate.ids) for name, text in SAYINGS[who].items()}
    reply = Way().send(estate, said)
    assert code(reply) == OK, reply.body


def test_user_data_arrives_whole(estate: Estate) -> None:
    """Whichever way its base64 was written."""
    for who in ("fog: user data with line breaks", "euca2ools-1.3: UserData.Data"):
        said = {name: text.format(**estate.ids) for name, text in SAYINGS[who].items()}
        found = re.search("<instanceId>(.*?)<", Way().send(estate, said).body.decode())
        assert found is not None
        assert estate.town.street.instances()[found[1]].user_data == base64.b64decode(DATA)


def test_groups_by_either_name_are_the_same(estate: Estate) -> None:
    """Ids where names belong, names where ids belong: the answer knows both."""
    for name in ("SecurityGroupId.1", "SecurityGroup.1"):
        for group in (estate.ids["group"], "web"):
            said = {**RUN, "ImageId": estate.ids["image"], name: group}
            text = Way().send(estate, said).body.decode()
            item = f"<groupId>{estate.ids['group']}</groupId><groupName>web</groupName>"
            assert item in text, (name, group)


Rule = Callable[[Estate], Mapping[str, str]]
SOURCES: dict[str, Rule] = {
    "euca2ools-1.3": lambda e: {
        **PORT, "CidrIp": "0.0.0.0/0", "SourceSecurityGroupName": "default",
        "SourceSecurityGroupOwnerId": e.alice.account,
    },
    "euca2ools-2.1": lambda e: {
        **DOTTED, "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0",
        "IpPermissions.1.Groups.1.UserId": e.alice.account,
        "IpPermissions.1.Groups.1.GroupName": "default",
    },
    "euca2ools-3.4": lambda e: {
        **DOTTED, "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0",
        "IpPermissions.1.Groups.1.GroupName": "default",
    },
}  # fmt: skip


@pytest.mark.parametrize("who", SOURCES)
def test_the_world_beside_a_source_group_is_not_let_in(who: str, estate: Estate) -> None:
    """euca2ools adds 0.0.0.0/0: it means the group alone, in both forms, and closes it again."""
    way, rule = Way(), SOURCES[who](estate)
    assert code(way.send(estate, {**OPEN, **rule})) == OK
    (made,) = estate.town.street.rows("rules")
    assert (made.cidr, made.protocol, made.first) == ("", "tcp", 22) and made.source_group
    said = {**OPEN, **rule, "Action": "RevokeSecurityGroupIngress"}
    assert code(way.send(estate, said)) == OK
    assert estate.town.street.rows("rules") == []


def test_the_world_alone_is_let_in(estate: Estate) -> None:
    """The twin: who says 0.0.0.0/0 and no group means it."""
    assert code(Way().send(estate, {**OPEN, **PORT, "CidrIp": "0.0.0.0/0"})) == OK
    (made,) = estate.town.street.rows("rules")
    assert made.cidr == "0.0.0.0/0"


def test_each_version_has_its_own_elements(estate: Estate) -> None:
    """fog and boto 2 stumble over those of later ones."""
    asked = {"Action": "DescribeInstances", "Version": "2009-04-04"}
    text = Way().send(estate, asked).body.decode()
    assert 'xmlns="http://ec2.amazonaws.com/doc/2009-04-04/"' in text
    assert estate.ids["instance"] in text
    assert not re.search("networkInterfaceSet|tagSet|groupName|virtualizationType", text)
    asked["Version"] = "2013-02-01"
    assert re.search("networkInterfaceSet|tagSet|groupName|virtualizationType",
                     Way().send(estate, asked).body.decode())  # fmt: skip


def test_what_changed_is_said_to_be_done(estate: Estate) -> None:
    """ec2-api-tools exit with an error, in silence, without ``<return>true</return>``."""
    for said in (
        {"Action": "CreateSecurityGroup", "GroupName": "n", "GroupDescription": "d"},
        {**OPEN, **PORT, "CidrIp": "10.0.0.0/8"},
        {"Action": "DeleteKeyPair", "KeyName": "mine"},
        {"Action": "ModifyImageAttribute", "ImageId": estate.ids["image"], "Description": "d"},
        {"Action": "DeregisterImage", "ImageId": estate.ids["image"]},
    ):
        assert b"<return>true</return>" in Way(version=2).send(estate, said).body


def test_a_flag_is_true_or_false(estate: Estate) -> None:
    """The original took what it did not know for false; a DryRun of 1 would have been none."""
    run = {**RUN, "ImageId": estate.ids["image"]}
    for action in (run, REGIONS):
        for doubtful in ("yes", "2", "maybe", ""):
            reply = Way().send(estate, {**action, "DryRun": doubtful})
            assert code(reply) == "InvalidParameterValue", doubtful
        for yes in ("true", "TRUE", "1"):
            assert code(Way().send(estate, {**action, "DryRun": yes})) == "DryRunOperation"
        for no in ("false", "False", "0"):
            assert code(Way().send(estate, {**action, "DryRun": no})) == OK


def test_real_clients_say_these_things(estate: Estate) -> None:
    """boto 2 and boto3: console, flat rules, groups by name, filters."""
    town, alice = estate.town, estate.alice
    for boto in (boto2_client(town, alice), boto2_client(town, alice, sigv4=False)):
        assert boto.get_console_output(estate.ids["instance"]).instance_id
        assert boto.authorize_security_group_deprecated(
            "web", ip_protocol="tcp", from_port=25, to_port=25, cidr_ip="10.0.0.0/8"
        )
        assert boto.revoke_security_group_deprecated(
            "web", ip_protocol="tcp", from_port=25, to_port=25, cidr_ip="10.0.0.0/8"
        )
        (found,) = boto.get_all_security_groups(filters={"group-name": "w*"})
        assert found.id == estate.ids["group"]
        (instance,) = boto.get_only_instances(filters={"image-id": estate.ids["image"]})
        assert instance.id == estate.ids["instance"]
    ec2 = boto3_client(town, alice)
    made = ec2.run_instances(
        ImageId=estate.ids["image"], MinCount=1, MaxCount=1, SecurityGroups=["web"],
        UserData="plain", BlockDeviceMappings=[{"DeviceName": "/dev/sdc", "NoDevice": ""}],
    )["Instances"][0]  # fmt: skip
    assert made["SecurityGroups"] == [{"GroupId": estate.ids["group"], "GroupName": "web"}]
