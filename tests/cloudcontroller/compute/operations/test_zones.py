# SPDX-License-Identifier: BSD-2-Clause
"""Zones, regions and instance types, from the operations' side."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.contracts.ec2.types import InstanceTypeName
from eucalyptus.contracts.ec2.zones import DescribeAvailabilityZonesSetItem, DescribeRegionsSetItem
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ADMIN, Street


def zones(street: Street, *names: str, **around: Any) -> list[tuple[str, str]]:
    """DescribeAvailabilityZones: names and states."""
    asked = tuple(DescribeAvailabilityZonesSetItem(zone_name=name) for name in names)
    answer = street.ask("DescribeAvailabilityZones", availability_zone=asked, **around)
    return [(z.zone_name, z.zone_state) for z in answer.availability_zone_info]


def test_a_zone_is_available_or_not(street: Street) -> None:
    """As its cluster is; the message says why not."""
    assert zones(street) == [("one", "available")]
    street.zone.state = "NOTREADY"
    street.reconcile()
    (item,) = street.ask("DescribeAvailabilityZones").availability_zone_info
    assert item.zone_state == "UNAVAILABLE"
    assert item.message[0].message == "the cluster controller is NOTREADY"


def test_verbose_is_for_the_administrator(street: Street) -> None:
    """The table of the original: free, max, cpu, ram, disk of every type."""
    assert zones(street, "verbose") == [("one", "available")]
    table = zones(street, "verbose", who=ADMIN)
    assert table[1] == ("|- vm types", "free / max   cpu   ram  disk")
    assert table[2] == ("|- m1.small", "0016 / 0016   1    256     5")
    assert len(table) == 20
    street.launch(street.image(), max_count=3)
    street.turn()
    assert zones(street, "verbose", who=ADMIN)[2][1].startswith("0013 / 0016")


def test_an_unknown_zone(street: Street) -> None:
    """Named with those that are known."""
    with pytest.raises(Refused, match=r"'two' does not exist. Choose one of: one"):
        zones(street, "two")


def test_a_stopped_cluster_is_enabled(street: Street) -> None:
    """Start, enable, and only then ask what it holds."""
    street.zone.state = "STOPPED"
    street.zone.calls.clear()
    street.reconcile()
    assert street.zone.calls == [
        "DescribeServices", "StartService", "DescribeServices", "EnableService",
        "DescribeServices", "DescribeInstances", "DescribeResources",
    ]  # fmt: skip
    assert zones(street) == [("one", "available")]


def test_regions(street: Street) -> None:
    """One, whose endpoint is where it was asked."""
    answer = street.ask("DescribeRegions")
    (region,) = answer.region_info
    assert region.region_name == "eucalyptus"
    assert region.region_endpoint == "http://172.31.0.1:8773/services/compute"
    with pytest.raises(Refused, match="Region 'moon' does not exist"):
        street.ask("DescribeRegions", region=(DescribeRegionsSetItem(region_name="moon"),))


def test_types_are_described(street: Street) -> None:
    """Eighteen, in the original's and in today's shape, with the zones' room when asked."""
    answer = street.ask("DescribeInstanceTypes")
    assert len(answer.instance_type_details) == len(answer.instance_type_infos) == 18
    wanted = (InstanceTypeName(instance_type="m1.xlarge"),)
    answer = street.ask("DescribeInstanceTypes", instance_types=wanted, availability=True)
    (details,) = answer.instance_type_details
    assert (details.cpu, details.memory, details.disk) == (2, 1024, 10)
    assert [(z.zone_name, z.max) for z in details.availability] == [("one", 8)]
    with pytest.raises(Refused, match=r"'m9.none' does not exist. Choose one of: m1.small"):
        street.ask("DescribeInstanceTypes", instance_types=(InstanceTypeName(instance_type="m9.none"),))  # fmt: skip # noqa: E501


def test_types_are_modified_by_the_administrator(street: Street) -> None:
    """Launches to come have the new size; reset brings the old one back."""
    answer = street.ask("ModifyInstanceTypeAttribute", ADMIN, name="m1.small", memory=512)
    assert answer.previous_instance_type.memory == 256
    assert answer.instance_type.memory == 512
    street.launch(street.image())
    street.work()
    vm = street.zone.runs[0].instance_type
    assert vm is not None and vm.memory == 512
    street.ask("ModifyInstanceTypeAttribute", ADMIN, name="m1.small", reset=True)
    assert street.rows("types") == []


@pytest.mark.parametrize(
    "parts", [{"cpu": 0}, {"disk": 2**31}, {}, {"reset": True, "cpu": 1}, {"name": "m9", "cpu": 1}]
)
def test_bad_modifications(street: Street, parts: dict[str, Any]) -> None:
    """Refused, nothing changed; nobody but the administrator may."""
    wishes = {"name": "m1.small", **parts}
    with pytest.raises(Refused):
        street.ask("ModifyInstanceTypeAttribute", ADMIN, **wishes)
    with pytest.raises(Refused, match="may not perform"):
        street.ask("ModifyInstanceTypeAttribute", name="m1.small", cpu=2)
    assert street.rows("types") == []
