# SPDX-License-Identifier: BSD-2-Clause
"""Filters of every Describe, by boto3 and by hand, in the API versions that have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eucalyptus.contracts.declare import parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.ec2.filters import Filter
from tests.street.callers import boto3_client
from tests.street.estate import OK, Estate, code

FIRST = "2010-08-31"
DESCRIBES = sorted(
    operation.name
    for operation in EC2.operations
    if operation.soap and any(part.of is Filter for part in parts(operation.asks))
)

NAMES: Mapping[str, tuple[str, ...]] = {
    "DescribeAddresses": (
        "allocation-id", "association-id", "domain", "instance-id", "network-interface-id",
        "network-interface-owner-id", "private-ip-address", "public-ip",
    ),
    "DescribeAvailabilityZones": ("message", "region-name", "state", "zone-name"),
    "DescribeImages": (
        "architecture", "block-device-mapping.delete-on-termination",
        "block-device-mapping.device-name", "block-device-mapping.snapshot-id",
        "block-device-mapping.volume-size", "block-device-mapping.volume-type", "description",
        "hypervisor", "image-id", "image-type", "is-public", "kernel-id", "manifest-location",
        "name", "owner-alias", "owner-id", "platform", "product-code", "product-code.type",
        "ramdisk-id", "root-device-name", "root-device-type", "state", "state-reason-code",
        "state-reason-message", "tag-key", "tag-value", "tag:Name", "virtualization-type",
    ),
    "DescribeInstances": (
        "architecture", "association.allocation-id", "association.association-id",
        "association.ip-owner-id", "association.public-ip", "availability-zone",
        "block-device-mapping.attach-time", "block-device-mapping.delete-on-termination",
        "block-device-mapping.device-name", "block-device-mapping.status",
        "block-device-mapping.volume-id", "client-token", "dns-name", "group-id", "group-name",
        "hypervisor", "iam-instance-profile.arn", "image-id", "instance-id", "instance-lifecycle",
        "instance-state-code", "instance-state-name", "instance-type", "instance.group-id",
        "instance.group-name", "ip-address", "kernel-id", "key-name", "launch-index",
        "launch-time", "monitoring-state", "network-interface.addresses.private-ip-address",
        "network-interface.attachment.status", "network-interface.vpc-id", "owner-id",
        "placement-group-name", "platform", "private-dns-name", "private-ip-address",
        "product-code", "product-code.type", "ramdisk-id", "reason", "requester-id",
        "reservation-id", "root-device-name", "root-device-type", "source-dest-check",
        "spot-instance-request-id", "state-reason-code", "state-reason-message", "subnet-id",
        "tag-key", "tag-value", "tag:Name", "tenancy", "virtualization-type", "vpc-id",
    ),
    "DescribeKeyPairs": ("fingerprint", "key-name"),
    "DescribeRegions": ("endpoint", "region-name"),
    "DescribeSecurityGroups": (
        "description", "egress.ip-permission.cidr", "group-id", "group-name",
        "ip-permission.cidr", "ip-permission.from-port", "ip-permission.group-id",
        "ip-permission.group-name", "ip-permission.protocol", "ip-permission.to-port",
        "ip-permission.user-id", "owner-id", "tag-key", "tag-value", "tag:Name", "vpc-id",
    ),
}  # fmt: skip
"""Operation -> the filters that Amazon documents for it."""


def filtered(name: str, *values: str) -> dict[str, str]:
    """A filter as parameters."""
    listed = {f"Filter.1.Value.{n}": value for n, value in enumerate(values, 1)}
    return {"Filter.1.Name": name, **listed}


def test_every_describe_of_ec2_is_here() -> None:
    """A new one needs its names."""
    assert list(NAMES) == DESCRIBES


@pytest.mark.parametrize("action", NAMES)
def test_every_documented_filter_is_known(action: str, estate: Estate) -> None:
    """And one that nobody documents is refused by name, with those that are known."""
    for name in NAMES[action]:
        assert code(estate.ask(action, estate.alice, filtered(name, "surely-not"))) == OK, name
    reply = estate.ask(action, estate.alice, filtered("colour", "blue"))
    assert code(reply) == "InvalidParameterValue"
    told = reply.body.decode()
    assert "Filter: colour is not one of the filters of this operation" in told
    assert all(re.sub("tag:.*", "tag:KEY", name) in told for name in NAMES[action])


@pytest.mark.parametrize("action", NAMES)
def test_older_versions_have_no_filters(action: str, estate: Estate) -> None:
    """They came with 2010-08-31; a client that says an older one is told so."""
    said = filtered(NAMES[action][0], "x")
    before = EC2.versions[EC2.versions.index(FIRST) - 1]
    assert code(estate.ask(action, estate.alice, {**said, "Version": FIRST})) == OK
    reply = estate.ask(action, estate.alice, {**said, "Version": before})
    assert code(reply) == "UnknownParameter"
    assert f"Filter.1.Name (known since API version {FIRST})".encode() in reply.body


def test_what_is_described_can_be_filtered_by(estate: Estate) -> None:
    """Every value that boto3 shows selects what it was shown of; another one does not."""
    ec2 = boto3_client(estate.town, estate.alice)
    (instance,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    shown = {
        "architecture": instance["Architecture"],
        "availability-zone": instance["Placement"]["AvailabilityZone"],
        "dns-name": instance["PublicDnsName"],
        "group-id": instance["SecurityGroups"][0]["GroupId"],
        "instance.group-name": instance["SecurityGroups"][0]["GroupName"],
        "hypervisor": instance["Hypervisor"],
        "image-id": instance["ImageId"],
        "instance-id": instance["InstanceId"],
        "instance-state-code": str(instance["State"]["Code"]),
        "instance-state-name": instance["State"]["Name"],
        "instance-type": instance["InstanceType"],
        "ip-address": instance["PublicIpAddress"],
        "launch-index": str(instance["AmiLaunchIndex"]),
        "launch-time": instance["LaunchTime"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "monitoring-state": instance["Monitoring"]["State"],
        "private-dns-name": instance["PrivateDnsName"],
        "private-ip-address": instance["PrivateIpAddress"],
        "root-device-name": instance["RootDeviceName"],
        "root-device-type": instance["RootDeviceType"],
        "tenancy": instance["Placement"]["Tenancy"],
        "virtualization-type": instance["VirtualizationType"],
    }

    def found(*filters: Mapping[str, Any]) -> int:
        answer = ec2.describe_instances(Filters=list(filters))
        return sum(len(one["Instances"]) for one in answer["Reservations"])

    for name, value in shown.items():
        assert found({"Name": name, "Values": [value]}) == 1, name
        assert found({"Name": name, "Values": ["x", value[:-1] + "?"]}) == 1, name
        assert found({"Name": name, "Values": [value + "x", value.swapcase() + "x"]}) == 0, name
    every = [{"Name": name, "Values": [value]} for name, value in shown.items()]
    assert found(*every) == 1
    assert found(*every, {"Name": "tag:Name", "Values": ["*"]}) == 0


def test_an_instance_without_address_is_found_by_what_is_shown(estate: Estate) -> None:
    """Its names are 0.0.0.0, as the original wrote none; it has no address to find it by."""
    ec2, street = boto3_client(estate.town, estate.alice), estate.town.street
    ec2.terminate_instances(InstanceIds=[estate.ids["instance"]])
    for _ in range(3):
        street.turn()

    def found(name: str) -> int:
        answer = ec2.describe_instances(Filters=[{"Name": name, "Values": ["0.0.0.0"]}])
        return sum(len(one["Instances"]) for one in answer["Reservations"])

    (reservation,) = ec2.describe_instances()["Reservations"]
    assert reservation["Instances"][0]["PrivateDnsName"] == "0.0.0.0"
    assert (found("dns-name"), found("private-dns-name"), found("ip-address")) == (1, 1, 0)


def test_groups_are_found_by_their_rules(estate: Estate) -> None:
    """By port, range, source; wildcards and several values."""
    ec2 = boto3_client(estate.town, estate.alice)
    group = estate.ids["group"]
    source = {"GroupName": "default", "UserId": estate.alice.account}
    for rule in ({"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, {"UserIdGroupPairs": [source]}):
        wish = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, **rule}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[wish])

    def found(name: str, *values: str) -> list[str]:
        answer = ec2.describe_security_groups(Filters=[{"Name": name, "Values": list(values)}])
        return [one["GroupId"] for one in answer["SecurityGroups"]]

    for name, value in {
        "ip-permission.cidr": "10.*", "ip-permission.from-port": "22",
        "ip-permission.to-port": "23", "ip-permission.protocol": "tcp",
        "ip-permission.group-name": "default", "ip-permission.user-id": estate.alice.account,
        "description": "d", "group-name": "w?b",
    }.items():  # fmt: skip
        assert found(name, "no", value) == [group], name
    assert found("ip-permission.cidr", "10.0.0.0/9") == found("group-name", "W*") == []


@pytest.mark.parametrize(
    "value",
    ["*a" * 49 + "b", "*?" * 60, "?" * 255, "\\" * 255],
    ids=["Q-33-stars", "Q-33-marks", "Q-33-fixed", "Q-33-backslashes"],
)
def test_hostile_patterns_are_patterns(value: str, estate: Estate) -> None:
    """Q-33: they match nothing, and that is all; longer ones and more are refused."""
    said = filtered("manifest-location", value)
    assert code(estate.ask("DescribeImages", estate.alice, said)) == OK
    said = filtered("manifest-location", value + "a" * 256)
    assert code(estate.ask("DescribeImages", estate.alice, said)) == "InvalidParameterValue"
    said = filtered("manifest-location", *[value] * 51)
    assert code(estate.ask("DescribeImages", estate.alice, said)) == "InvalidParameterValue"
    said = filtered("manifest-location", "*/d*k.manifest.xml")
    assert estate.ids["image"].encode() in estate.ask("DescribeImages", estate.alice, said).body


def test_a_client_is_told_what_is_wrong(estate: Estate) -> None:
    """In words that boto3 passes on."""
    ec2 = boto3_client(estate.town, estate.alice)
    for filters, says in (
        ([{"Name": "instance-sate-name", "Values": ["x"]}], "did you mean instance-state-name"),
        ([{"Name": "image-id"}], "add Filter.n.Value.1"),
        ([{"Name": "image-id", "Values": ["x"] * 201}], "200 values or fewer"),
    ):
        with pytest.raises(ClientError, match=says):
            ec2.describe_instances(Filters=filters)
