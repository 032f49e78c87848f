# SPDX-License-Identifier: BSD-2-Clause
"""Public addresses: allocate, associate, describe; more private ones for an interface."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS


@message("AllocateAddressType")
class AllocateAddress:
    """Ask for a public address, for classic instances or for a VPC."""

    domain: str | None = part(default=None, since="2011-01-01")


@message("AllocateAddressResponseType")
class AllocateAddressResponse:
    """The address that is now the account's."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    public_ip: str
    domain: str = part(since="2011-01-01")
    allocation_id: str | None = part(default=None, since="2011-01-01")


@message("AssociateAddressType")
class AssociateAddress:
    """Give a public address to an instance or an interface."""

    public_ip: str | None = part(default=None, choice="address")
    allocation_id: str | None = part(default=None, since="2011-01-01", choice="address")
    network_interface_id: str | None = part(default=None, since="2011-12-01", choice="target")
    instance_id: str | None = part(default=None, choice="target")
    private_ip_address: str | None = part(default=None, since="2012-06-15")
    allow_reassociation: bool | None = part(default=None, since="2012-06-15")


@message("AssociateAddressResponseType")
class AssociateAddressResponse:
    """Whether it was given; in a VPC the association's id."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")
    association_id: str | None = part(default=None, since="2011-01-01")


@message("AssignPrivateIpAddressesSetItemRequestType")
class AssignPrivateIpAddressesSetItemRequest:
    """A private address to give."""

    private_ip_address: str


@message("AssignPrivateIpAddressesType")
class AssignPrivateIpAddresses:
    """Give more private addresses to an interface, these or so many."""

    network_interface_id: str
    private_ip_addresses: tuple[AssignPrivateIpAddressesSetItemRequest, ...] = items(
        "AssignPrivateIpAddressesSetRequestType", default=(), name="privateIpAddressesSet", least=1
    )
    secondary_private_ip_address_count: int | None = None
    allow_reassignment: bool | None = None


@message("AssignPrivateIpAddressesResponseType")
class AssignPrivateIpAddressesResponse:
    """Whether they were given."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


ALLOCATE_ADDRESS = Operation(
    name="AllocateAddress",
    asks=AllocateAddress,
    answers=AllocateAddressResponse,
    allows="ec2:AllocateAddress",
    since="2008-02-01",
    mutates=True,
)


ASSOCIATE_ADDRESS = Operation(
    name="AssociateAddress",
    asks=AssociateAddress,
    answers=AssociateAddressResponse,
    allows="ec2:AssociateAddress",
    since="2008-02-01",
    mutates=True,
)


ASSIGN_PRIVATE_IP_ADDRESSES = Operation(
    name="AssignPrivateIpAddresses",
    asks=AssignPrivateIpAddresses,
    answers=AssignPrivateIpAddressesResponse,
    allows="ec2:AssignPrivateIpAddresses",
    since="2012-06-15",
    mutates=True,
)


OPERATIONS = (
    ALLOCATE_ADDRESS,
    ASSOCIATE_ADDRESS,
    ASSIGN_PRIVATE_IP_ADDRESSES,
)
