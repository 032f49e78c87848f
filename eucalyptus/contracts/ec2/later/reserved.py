# SPDX-License-Identifier: BSD-2-Clause
"""Reserved instances and the market for them."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Integer, Long, Operation, items, message, part
from eucalyptus.contracts.ec2.filters import Filter, ResourceTagSetItem


@message("DescribeReservedInstancesSetItemType")
class DescribeReservedInstancesSetItem:
    """A reservation to describe."""

    reserved_instances_id: str


@message("DescribeReservedInstancesType")
class DescribeReservedInstances:
    """Ask for some reservations of the account, or for all."""

    reserved_instances: tuple[DescribeReservedInstancesSetItem, ...] = items(
        "DescribeReservedInstancesSetType", default=(), name="reservedInstancesSet"
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )
    offering_type: str | None = part(default=None, since="2011-11-01")


@message("RecurringChargesSetItemType")
class RecurringChargesSetItem:
    """What is to be paid, and how often."""

    frequency: str
    amount: float


@message("DescribeReservedInstancesResponseSetItemType")
class DescribeReservedInstancesResponseSetItem:
    """A reservation as described to its owner."""

    reserved_instances_id: str
    instance_type: str
    availability_zone: str
    start: datetime
    duration: Long
    fixed_price: float
    usage_price: float
    instance_count: Integer
    product_description: str
    state: str
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )
    instance_tenancy: str = part(since="2011-02-28")
    currency_code: str = part(since="2011-02-28")
    offering_type: str = part(since="2011-11-01")
    recurring_charges: tuple[RecurringChargesSetItem, ...] = items(
        "RecurringChargesSetType", default=(), since="2011-11-01"
    )


@message("DescribeReservedInstancesResponseType")
class DescribeReservedInstancesResponse:
    """The reservations asked for."""

    request_id: str = part(default="", required=True)
    reserved_instances: tuple[DescribeReservedInstancesResponseSetItem, ...] = items(
        "DescribeReservedInstancesResponseSetType",
        default=(),
        name="reservedInstancesSet",
        required=True,
    )


@message("ReservedInstanceLimitPriceType")
class ReservedInstanceLimitPrice:
    """The most that a purchase may cost."""

    amount: float
    currency_code: str | None = None


@message("PurchaseReservedInstancesOfferingType")
class PurchaseReservedInstancesOffering:
    """Buy a reservation that is offered."""

    reserved_instances_offering_id: str
    instance_count: int
    limit_price: ReservedInstanceLimitPrice | None = part(default=None, since="2012-08-15")


@message("PurchaseReservedInstancesOfferingResponseType")
class PurchaseReservedInstancesOfferingResponse:
    """The reservation that was bought."""

    request_id: str = part(default="", required=True)
    reserved_instances_id: str


@message("DescribeReservedInstancesListingSetItemType")
class DescribeReservedInstancesListingSetItem:
    """A listing to describe."""

    reserved_instances_listing_id: str


@message("DescribeReservedInstancesListingsType")
class DescribeReservedInstancesListings:
    """Ask for what the account offers on the market."""

    reserved_instances_listing: tuple[DescribeReservedInstancesListingSetItem, ...] = items(
        "DescribeReservedInstancesListingSetType",
        default=(),
        name="reservedInstancesListingSet",
        least=1,
    )
    reserved_instances: tuple[DescribeReservedInstancesSetItem, ...] = items(
        "DescribeReservedInstancesSetType", default=(), name="reservedInstancesSet"
    )
    filter: tuple[Filter, ...] = items("FilterSetType", default=(), name="filterSet")


@message("InstanceCountsSetItemType")
class InstanceCountsSetItem:
    """How many of a listing's instances are in a state."""

    state: str
    instance_count: int


@message("PriceScheduleSetItemType")
class PriceScheduleSetItem:
    """A price and from when on it holds."""

    term: Long
    price: float
    currency_code: str | None = None
    active: bool


@message("DescribeReservedInstancesListingsResponseSetItemType")
class DescribeReservedInstancesListingsResponseSetItem:
    """A listing as described to its seller."""

    reserved_instances_listing_id: str
    reserved_instances_id: str
    create_date: datetime
    update_date: datetime
    status: str
    status_message: str
    instance_counts: tuple[InstanceCountsSetItem, ...] = items(
        "InstanceCountsSetType", default=(), required=True, least=1
    )
    price_schedules: tuple[PriceScheduleSetItem, ...] = items(
        "PriceScheduleSetType", default=(), required=True
    )
    tag: tuple[ResourceTagSetItem, ...] = items("ResourceTagSetType", default=(), name="tagSet")
    client_token: str | None = None


@message("DescribeReservedInstancesListingsResponseType")
class DescribeReservedInstancesListingsResponse:
    """The listings asked for."""

    request_id: str = part(default="", required=True)
    reserved_instances_listings: tuple[DescribeReservedInstancesListingsResponseSetItem, ...] = (
        items(
            "DescribeReservedInstancesListingsResponseSetType",
            default=(),
            name="reservedInstancesListingsSet",
            required=True,
        )
    )


DESCRIBE_RESERVED_INSTANCES = Operation(
    name="DescribeReservedInstances",
    asks=DescribeReservedInstances,
    answers=DescribeReservedInstancesResponse,
    allows="ec2:DescribeReservedInstances",
    since="2009-03-01",
)


PURCHASE_RESERVED_INSTANCES_OFFERING = Operation(
    name="PurchaseReservedInstancesOffering",
    asks=PurchaseReservedInstancesOffering,
    answers=PurchaseReservedInstancesOfferingResponse,
    allows="ec2:PurchaseReservedInstancesOffering",
    since="2009-03-01",
    mutates=True,
)


DESCRIBE_RESERVED_INSTANCES_LISTINGS = Operation(
    name="DescribeReservedInstancesListings",
    asks=DescribeReservedInstancesListings,
    answers=DescribeReservedInstancesListingsResponse,
    allows="ec2:DescribeReservedInstancesListings",
    since="2012-08-15",
)


OPERATIONS = (
    DESCRIBE_RESERVED_INSTANCES,
    PURCHASE_RESERVED_INSTANCES_OFFERING,
    DESCRIBE_RESERVED_INSTANCES_LISTINGS,
)
