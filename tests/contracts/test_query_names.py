# SPDX-License-Identifier: BSD-2-Clause
"""The names of Query parameters: one rule, 25 operations that break it, and a map of all leaves.

The map gives for each leaf of Amazon's WSDL the name that the rule predicts, and the names that
clients of today send.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from eucalyptus.contracts.declare import Operation, Part, parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.query_names import query_name, single_leaf
from tests.contracts.reference import reference

VERSION = "2013-02-01"
CODEC = Codec(EC2, VERSION)
DECLARED = {
    operation.name: operation for operation in (*EC2.operations, *EC2.drafts) if operation.soap
}

BY_NAME = "Attribute="
"""One of a choice of empty elements: chosen by its own name."""

PERMISSIONS = {"ipPermissions/item/ipRanges/item/cidrIp": "IpPermissions.N.IpRanges.N.CidrIp"}
INGRESS = {"userId": "UserId", **PERMISSIONS}
ICMP = {"icmpTypeCode/code": "Icmp.Code", "icmpTypeCode/type": "Icmp.Type"}
INTERFACE = {"groupSet/item/groupId": "SecurityGroupId.N"}
FILTERS = {
    "filterSet/item/name": "Filter.N.Name",
    "filterSet/item/valueSet/item/value": "Filter.N.Value.N",
}

IRREGULAR: Mapping[str, Mapping[str, str] | tuple[str, ...]] = {
    "AuthorizeSecurityGroupEgress": PERMISSIONS,
    "AuthorizeSecurityGroupIngress": INGRESS,
    "BundleInstance": {"storage/S3/awsAccessKeyId": "Storage.S3.AWSAccessKeyId"},
    "CreateNetworkAclEntry": ICMP,
    "CreateNetworkInterface": INTERFACE,
    "DescribeAccountAttributes": FILTERS,
    "DescribeImageAttribute": (
        "launchPermission", "productCodes", "kernel", "ramdisk", "blockDeviceMapping",
        "description", "instanceTypeCategory",
    ),
    "DescribeImages": {"executableBySet/item/user": "ExecutableBy.N"},
    "DescribeInstanceAttribute": (
        "instanceType", "kernel", "ramdisk", "userData", "disableApiTermination",
        "instanceInitiatedShutdownBehavior", "rootDeviceName", "blockDeviceMapping",
        "sourceDestCheck", "groupSet", "productCodes", "ebsOptimized",
    ),
    "DescribeNetworkInterfaceAttribute": (
        "description", "sourceDestCheck", "groupSet", "attachment",
    ),
    "DescribeReservedInstancesListings": {
        "reservedInstancesListingSet/item/reservedInstancesListingId":
            "ReservedInstancesListingId.N",
        "reservedInstancesSet/item/reservedInstancesId": "ReservedInstancesId.N",
    },
    "DescribeSnapshotAttribute": ("createVolumePermission", "productCodes"),
    "DescribeSnapshots": {"restorableBySet/item/user": "RestorableBy.N"},
    "DescribeVolumeAttribute": ("autoEnableIO", "productCodes"),
    "DescribeVpcAttribute": ("enableDnsSupport", "enableDnsHostnames"),
    "ImportInstance": {
        "launchSpecification/groupSet/item/groupId": "LaunchSpecification.GroupId.N",
        "launchSpecification/groupSet/item/groupName": "LaunchSpecification.GroupName.N",
        "launchSpecification/monitoring/enabled": "LaunchSpecification.Monitoring",
        "keepPartialImports": "KeepPartialImports",
    },
    "ModifyNetworkInterfaceAttribute": INTERFACE,
    "ReplaceNetworkAclEntry": ICMP,
    "RequestSpotInstances": {
        "launchSpecification/groupSet/item/groupId": "LaunchSpecification.SecurityGroupId.N",
        "launchSpecification/groupSet/item/groupName": "LaunchSpecification.SecurityGroup.N",
        "launchSpecification/networkInterfaceSet/item/groupSet/item/groupId":
            "LaunchSpecification.NetworkInterface.N.SecurityGroupId.N",
    },
    "ResetImageAttribute": ("launchPermission",),
    "ResetInstanceAttribute": ("kernel", "ramdisk", "sourceDestCheck"),
    "ResetSnapshotAttribute": ("createVolumePermission",),
    "RevokeSecurityGroupEgress": PERMISSIONS,
    "RevokeSecurityGroupIngress": INGRESS,
    "RunInstances": {
        "groupSet/item/groupId": "SecurityGroupId.N",
        "groupSet/item/groupName": "SecurityGroup.N",
        "addressingType": "AddressingType",
        "license/pool": "License.Pool",
        "networkInterfaceSet/item/groupSet/item/groupId": "NetworkInterface.N.SecurityGroupId.N",
    },
}  # fmt: skip
"""Operation -> leaf -> its name; of the choices by ``Attribute``, the attributes only."""

AS_RULED = {"LaunchSpecification.Monitoring": "LaunchSpecification.Monitoring.Enabled"}
"""What the rule calls a leaf whose structure may be said without the leaf's name."""


@functools.cache
def known_leaves() -> dict[str, Any]:
    """Amazon's operations with their leaves."""
    path = reference("EUCA_REFERENCE_API", "ec2-soap-query-map-2013-02-01.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def irregular(action: str) -> dict[str, str]:
    """The leaves of an operation that the rule gets wrong -> their names."""
    rows = IRREGULAR.get(action, {})
    if isinstance(rows, Mapping):
        return dict(rows)
    return {f"{name} (empty element)": f"{BY_NAME}{name}" for name in rows}


def leaves(message: type, path: str = "", name: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of a message: the path of its element, and what our rule calls it."""
    for part in parts(message):
        if part.known_in(VERSION) and not part.query_only:
            yield from _below(part, path + part.name, name)


def _below(part: Part, path: str, name: str) -> Iterator[tuple[str, str]]:
    item = f"{path}/{part.item}" if part.set_type else path
    if isinstance(part.query, Mapping):
        inner = {leaf.attribute: leaf.name for leaf in parts(part.of)}
        yield from ((f"{item}/{inner[a]}", f"{name}{q}.N") for a, q in part.query.items())
        return
    name += query_name(part) + (".N" if part.repeated else "")
    single = single_leaf(part) if part.set_type else None
    if single is not None:
        yield f"{item}/{single.name}", name
    elif part.is_message and parts(part.of):
        yield from leaves(part.of, f"{item}/", f"{name}.")
    elif part.is_message:
        chosen = part.choice == "attribute"
        yield f"{path} (empty element)", f"{BY_NAME}{part.name}" if chosen else name
    else:
        yield path, name


def is_read(operation: Operation, name: str) -> bool:
    """Whether a parameter is understood; what else is missing does not matter."""
    said, _, value = name.partition("=")
    value = value or ("2013-02-01T00:00:00Z" if said.startswith("Valid") else "1")
    flat = {re.sub(r"\.N\b", ".1", said): value, "Surely.Unknown": "x"}
    with pytest.raises(Refused) as refused:
        query.read(CODEC, operation, flat)
    return "know: Surely.Unknown." in refused.value.message


def test_the_irregular_operations_are_25() -> None:
    """And their leaves are the map's."""
    found = known_leaves()["irregular"]
    assert len(IRREGULAR) == 25
    assert {action: {leaf for leaf, _ in rows["bad"]} for action, rows in found.items()} == {
        action: set(irregular(action)) for action in IRREGULAR
    }
    assert IRREGULAR.keys() <= DECLARED.keys()


@pytest.mark.parametrize("action", DECLARED)
def test_every_leaf_has_the_name_that_clients_send(action: str) -> None:
    """By the rule, or by its row above; every one of them is read."""
    known, ours = known_leaves()["full"][action], dict(leaves(DECLARED[action].asks))
    rows = irregular(action)
    for leaf, regular in known["soap_regular"]:
        expected = rows.get(leaf, regular)
        leaf = leaf.removesuffix(" (empty element)") if leaf not in ours else leaf
        assert ours[leaf] == AS_RULED.get(expected, expected), leaf
        assert is_read(DECLARED[action], expected), leaf


@pytest.mark.parametrize("action", DECLARED)
def test_every_name_that_clients_of_today_share_with_2013_is_read(action: str) -> None:
    """By what botocore sends."""
    known = known_leaves()["full"][action]
    ours = {name for _, name in leaves(DECLARED[action].asks)}
    for name in set(known["query_botocore"]) & ours:
        assert is_read(DECLARED[action], name), name
