# SPDX-License-Identifier: BSD-2-Clause
"""Availability zones and regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudcontroller.compute.core import filters
from cloudcontroller.compute.core.filters import Table
from cloudcontroller.compute.core.types import VmType
from cloudcontroller.compute.database import clusters, types
from cloudcontroller.compute.world import REGION, World
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import zones as ec2
from eucalyptus.contracts.refusals import NO_SUCH_REGION, NO_SUCH_ZONE
from eucalyptus.database.run import Tx

VERBOSE = "verbose"
AVAILABLE, UNAVAILABLE = "available", "UNAVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone with its capacity by type, as described."""

    cluster: clusters.Cluster
    capacity: Mapping[str, clusters.Capacity]

    @property
    def state(self) -> str:
        """The zone's state as the original words it."""
        return AVAILABLE if self.cluster.is_up else UNAVAILABLE


_OPEN = "opt-in-not-required"

FILTERS: Table[Zone] = {
    "message": lambda zone: "" if zone.cluster.is_up else zone.cluster.says,
    "opt-in-status": lambda zone: _OPEN,
    "region-name": lambda zone: REGION,
    "state": lambda zone: zone.state,
    "zone-id": lambda zone: zone.cluster.zone,
    "zone-name": lambda zone: zone.cluster.zone,
    "zone-type": lambda zone: "availability-zone",
}

REGION_FILTERS: Table[ec2.RegionItem] = {
    "endpoint": lambda region: region.region_endpoint,
    "opt-in-status": lambda region: _OPEN,
    "region-name": lambda region: region.region_name,
}


async def describe_availability_zones(
    world: World, call: Call, ask: ec2.DescribeAvailabilityZones
) -> ec2.DescribeAvailabilityZonesResponse:
    """Describe zones; ``verbose`` adds, for the cloud's administrators, what fits in them."""
    asked = [zone.zone_name for zone in ask.availability_zone]
    verbose = VERBOSE in asked and call.who.is_cloud_admin
    wanted = [name for name in asked if name != VERBOSE]

    found, known = await world.database.read(_zones)

    if wanted:
        by_name = {zone.cluster.zone: zone for zone in found}
        for name in wanted:
            if name not in by_name:
                raise NO_SUCH_ZONE(zone=name, known=", ".join(by_name) or "none")
        found = tuple(by_name[name] for name in dict.fromkeys(wanted))
    kept = filters.select(found, ask.filter, FILTERS)
    items = tuple(item for zone in kept for item in _items(zone, known if verbose else ()))
    return ec2.DescribeAvailabilityZonesResponse(availability_zone_info=items)


def _zones(tx: Tx) -> tuple[tuple[Zone, ...], tuple[VmType, ...]]:
    capacity = clusters.capacity(tx)
    found = tuple(
        Zone(cluster=cluster, capacity=capacity.get(cluster.zone, {}) if cluster.is_up else {})
        for cluster in clusters.everyone(tx)
    )
    return found, tuple(types.known(tx).values())


def _items(zone: Zone, known: Sequence[VmType]) -> Iterator[ec2.AvailabilityZoneItem]:
    message = (
        () if zone.cluster.is_up else (ec2.AvailabilityZoneMessage(message=zone.cluster.says),)
    )
    yield ec2.AvailabilityZoneItem(
        zone_name=zone.cluster.zone, zone_state=zone.state, region_name=REGION, message=message
    )
    if known:
        yield _row("|- vm types", "free / max   cpu   ram  disk")
    for one in known:
        size = zone.capacity.get(one.name)
        free, most = (size.available, size.maximum) if size else (0, 0)
        text = f"{free:04d} / {most:04d}  {one.cpu:2d}   {one.memory:4d}  {one.disk:4d}"
        yield _row(f"|- {one.name}", text)


def _row(name: str, text: str) -> ec2.AvailabilityZoneItem:
    return ec2.AvailabilityZoneItem(zone_name=name, zone_state=text, region_name="", message=())


async def describe_regions(
    world: World, call: Call, ask: ec2.DescribeRegions
) -> ec2.DescribeRegionsResponse:
    """Describe this cloud as the one region there is; its endpoint is the one that was asked."""
    endpoint = f"http://{world.address}:{world.port}/services/compute"
    if call.to.startswith("http"):
        endpoint = call.to
    region = ec2.RegionItem(region_name=REGION, region_endpoint=endpoint)
    for asked in ask.region:
        if asked.region_name != REGION:
            raise NO_SUCH_REGION(region=asked.region_name, known=REGION)
    return ec2.DescribeRegionsResponse(
        region_info=filters.select((region,), ask.filter, REGION_FILTERS)
    )
