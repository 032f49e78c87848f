# SPDX-License-Identifier: BSD-2-Clause
"""Availability zones and regions."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter
from eucalyptus.contracts.refusals import NO_SUCH_REGION, NO_SUCH_ZONE


@message("DescribeAvailabilityZonesSetItemType")
class DescribeAvailabilityZonesSetItem:
    """The name of a zone to describe."""

    zone_name: str


@message("DescribeAvailabilityZonesType")
class DescribeAvailabilityZones:
    """Describe zones; the name “verbose” among them adds each zone's capacity by type."""

    availability_zone: tuple[DescribeAvailabilityZonesSetItem, ...] = items(
        "DescribeAvailabilityZonesSetType", default=(), name="availabilityZoneSet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("AvailabilityZoneMessageType")
class AvailabilityZoneMessage:
    """Something that is said of a zone."""

    message: str


@message("AvailabilityZoneItemType")
class AvailabilityZoneItem:
    """One zone."""

    zone_name: str
    zone_state: str
    region_name: str = part(since="2008-12-01")
    message: tuple[AvailabilityZoneMessage, ...] = items(
        "AvailabilityZoneMessageSetType",
        default=(),
        name="messageSet",
        since="2009-07-15",
        required=True,
    )


@message("DescribeAvailabilityZonesResponseType")
class DescribeAvailabilityZonesResponse:
    """The zones asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    availability_zone_info: tuple[AvailabilityZoneItem, ...] = items(
        "AvailabilityZoneSetType", default=(), required=True
    )


@message("DescribeRegionsSetItemType")
class DescribeRegionsSetItem:
    """The name of a region to describe."""

    region_name: str


@message("DescribeRegionsType")
class DescribeRegions:
    """Describe the regions and their endpoints; a cloud has one."""

    region: tuple[DescribeRegionsSetItem, ...] = items(
        "DescribeRegionsSetType", default=(), name="regionSet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("RegionItemType")
class RegionItem:
    """One region and where it answers."""

    region_name: str
    region_endpoint: str


@message("DescribeRegionsResponseType")
class DescribeRegionsResponse:
    """The regions asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    region_info: tuple[RegionItem, ...] = items("RegionSetType", default=(), required=True)


DESCRIBE_AVAILABILITY_ZONES = Operation(
    name="DescribeAvailabilityZones",
    asks=DescribeAvailabilityZones,
    answers=DescribeAvailabilityZonesResponse,
    refuses=(NO_SUCH_ZONE,),
    allows="ec2:DescribeAvailabilityZones",
    since="2008-02-01",
)


DESCRIBE_REGIONS = Operation(
    name="DescribeRegions",
    asks=DescribeRegions,
    answers=DescribeRegionsResponse,
    refuses=(NO_SUCH_REGION,),
    allows="ec2:DescribeRegions",
    since="2008-12-01",
)


OPERATIONS = (
    DESCRIBE_AVAILABILITY_ZONES,
    DESCRIBE_REGIONS,
)
