# SPDX-License-Identifier: BSD-2-Clause
"""What a launch may carry beside image and count: user data, placement, interfaces."""

from __future__ import annotations

from eucalyptus.contracts.declare import items, message, part
from eucalyptus.contracts.earlier import Was
from eucalyptus.contracts.ec2.filters import ResourceTagSetItem
from eucalyptus.contracts.ec2.groups import SecurityGroupIdSetItem


@message("UserDataType", attributes={"version": "1.0", "encoding": "base64"}, mixed=True)
class UserData:
    """Data handed to the guest: base64 in ``data``."""

    data: str | None = part(default=None, was=Was(until="2009-08-15", required=True))


@message("PlacementRequestType")
class PlacementRequest:
    """Where a launch should go; an absent zone lets the cloud choose."""

    availability_zone: str | None = None
    group_name: str | None = part(default=None, since="2010-06-15")
    tenancy: str | None = part(default=None, since="2011-02-28")


@message("MonitoringInstanceType")
class MonitoringInstance:
    """Whether detailed monitoring is asked for."""

    enabled: bool | None = None


@message("InstanceLicenseRequestType")
class InstanceLicenseRequest:
    """A licence pool (kept for old clients; the cloud has none)."""

    pool: str


@message("PrivateIpAddressesSetItemRequestType")
class PrivateIpAddressesSetItemRequest:
    """A wished private address of an interface."""

    private_ip_address: str
    primary: bool | None = None


@message("InstanceNetworkInterfaceSetItemRequestType")
class InstanceNetworkInterfaceSetItemRequest:
    """A network interface wished at launch (VPC)."""

    network_interface_id: str | None = None
    device_index: int
    subnet_id: str | None = None
    description: str | None = None
    private_ip_address: str | None = None
    group: tuple[SecurityGroupIdSetItem, ...] = items(
        "SecurityGroupIdSetType", default=(), name="groupSet", query="SecurityGroupId"
    )
    delete_on_termination: bool | None = None
    private_ip_addresses: tuple[PrivateIpAddressesSetItemRequest, ...] = items(
        "PrivateIpAddressesSetRequestType",
        default=(),
        name="privateIpAddressesSet",
        since="2012-06-15",
    )
    secondary_private_ip_address_count: int | None = part(default=None, since="2012-06-15")
    associate_public_ip_address: bool | None = part(default=None, since="2013-07-15")


@message("IamInstanceProfileRequestType")
class IamInstanceProfileRequest:
    """The instance profile, by ARN or by name."""

    arn: str | None = None
    name: str | None = None


@message("TagSpecificationType")
class TagSpecification:
    """Tags for what a launch makes of one kind: ``instance``."""

    resource_type: str
    tag: tuple[ResourceTagSetItem, ...] = items("ResourceTagSetType", default=(), name="tagSet")
