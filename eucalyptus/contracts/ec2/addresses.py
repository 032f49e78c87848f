# SPDX-License-Identifier: BSD-2-Clause
"""Public addresses: describe."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter
from eucalyptus.contracts.refusals import NO_SUCH_ADDRESS, NO_SUCH_ALLOCATION


@message("DescribeAddressesItemType")
class DescribeAddressesItem:
    """A public address to describe."""

    public_ip: str


@message("AllocationIdSetItemType")
class AllocationIdSetItem:
    """The allocation of an address to describe."""

    allocation_id: str


@message("DescribeAddressesType")
class DescribeAddresses:
    """Ask for some of the account's public addresses, or for all."""

    public_ips: tuple[DescribeAddressesItem, ...] = items(
        "DescribeAddressesInfoType", default=(), name="publicIpsSet", required=True
    )
    allocation_ids: tuple[AllocationIdSetItem, ...] = items(
        "AllocationIdSetType",
        default=(),
        name="allocationIdsSet",
        since="2011-01-01",
        required=True,
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("DescribeAddressesResponseItemType")
class DescribeAddressesResponseItem:
    """A public address and what has it."""

    public_ip: str
    allocation_id: str | None = part(default=None, since="2011-01-01")
    domain: str = part(since="2011-01-01")
    instance_id: str | None = None
    association_id: str | None = part(default=None, since="2011-01-01")
    network_interface_id: str | None = part(default=None, since="2011-12-01")
    network_interface_owner_id: str | None = part(default=None, since="2011-12-01")
    private_ip_address: str | None = part(default=None, since="2012-06-15")


@message("DescribeAddressesResponseType")
class DescribeAddressesResponse:
    """The addresses asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    addresses: tuple[DescribeAddressesResponseItem, ...] = items(
        "DescribeAddressesResponseInfoType", default=(), name="addressesSet", required=True
    )


DESCRIBE_ADDRESSES = Operation(
    name="DescribeAddresses",
    asks=DescribeAddresses,
    answers=DescribeAddressesResponse,
    refuses=(NO_SUCH_ADDRESS, NO_SUCH_ALLOCATION),
    allows="ec2:DescribeAddresses",
    since="2008-02-01",
)


OPERATIONS = (DESCRIBE_ADDRESSES,)
