# SPDX-License-Identifier: BSD-2-Clause
"""Network interfaces (VPC)."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import EmptyElement, ResourceTagSetItem
from eucalyptus.contracts.ec2.groups import GroupItem, SecurityGroupIdSetItem
from eucalyptus.contracts.ec2.image_attributes import NullableAttributeValue
from eucalyptus.contracts.ec2.later.volume_attributes import AttributeBooleanValue
from eucalyptus.contracts.ec2.launching import PrivateIpAddressesSetItemRequest


@message("CreateNetworkInterfaceType")
class CreateNetworkInterface:
    """Make a network interface in a subnet."""

    subnet_id: str
    description: str | None = None
    private_ip_address: str | None = None
    group: tuple[SecurityGroupIdSetItem, ...] = items(
        "SecurityGroupIdSetType", default=(), name="groupSet", query="SecurityGroupId"
    )
    private_ip_addresses: tuple[PrivateIpAddressesSetItemRequest, ...] = items(
        "PrivateIpAddressesSetRequestType",
        default=(),
        name="privateIpAddressesSet",
        since="2012-06-15",
    )
    secondary_private_ip_address_count: int | None = part(default=None, since="2012-06-15")


@message("NetworkInterfaceAttachmentType")
class NetworkInterfaceAttachment:
    """How an interface is attached to an instance."""

    attachment_id: str
    instance_id: str | None = None
    instance_owner_id: str | None = None
    device_index: int
    status: str
    attach_time: datetime
    delete_on_termination: bool


@message("NetworkInterfaceAssociationType")
class NetworkInterfaceAssociation:
    """The public address of an interface."""

    public_ip: str
    public_dns_name: str | None = part(default=None, since="2012-12-01")
    ip_owner_id: str | None = None
    allocation_id: str | None = None
    association_id: str | None = None


@message("NetworkInterfacePrivateIpAddressesSetItemType")
class NetworkInterfacePrivateIpAddressesSetItem:
    """A private address of an interface and the public one it goes by."""

    private_ip_address: str
    private_dns_name: str | None = part(default=None, since="2012-12-01")
    primary: bool
    association: NetworkInterfaceAssociation | None = None


@message("NetworkInterfaceType")
class NetworkInterface:
    """An interface as described to its owner."""

    network_interface_id: str
    subnet_id: str | None = None
    vpc_id: str | None = None
    availability_zone: str | None = None
    description: str | None = None
    owner_id: str
    requester_id: str | None = None
    requester_managed: bool | None = None
    status: str
    mac_address: str
    private_ip_address: str
    private_dns_name: str | None = None
    source_dest_check: bool
    group: tuple[GroupItem, ...] = items("GroupSetType", default=(), name="groupSet", required=True)
    attachment: NetworkInterfaceAttachment | None = None
    association: NetworkInterfaceAssociation | None = None
    tag: tuple[ResourceTagSetItem, ...] = items("ResourceTagSetType", default=(), name="tagSet")
    private_ip_addresses: tuple[NetworkInterfacePrivateIpAddressesSetItem, ...] = items(
        "NetworkInterfacePrivateIpAddressesSetType",
        default=(),
        name="privateIpAddressesSet",
        since="2012-06-15",
    )


@message("CreateNetworkInterfaceResponseType")
class CreateNetworkInterfaceResponse:
    """The interface that was made."""

    request_id: str = part(default="", required=True)
    network_interface: NetworkInterface


@message("DescribeNetworkInterfaceAttributeType")
class DescribeNetworkInterfaceAttribute:
    """Ask for one attribute of an interface."""

    network_interface_id: str
    description: EmptyElement | None = part(default=None, choice="attribute")
    source_dest_check: EmptyElement | None = part(default=None, choice="attribute")
    group_set: EmptyElement | None = part(default=None, choice="attribute")
    attachment: EmptyElement | None = part(default=None, choice="attribute")


@message("DescribeNetworkInterfaceAttributeResponseType")
class DescribeNetworkInterfaceAttributeResponse:
    """The attribute asked for."""

    request_id: str = part(default="", required=True)
    network_interface_id: str
    description: NullableAttributeValue | None = part(default=None, choice="attribute")
    source_dest_check: AttributeBooleanValue | None = part(default=None, choice="attribute")
    group: tuple[GroupItem, ...] | None = items(
        "GroupSetType", default=None, name="groupSet", choice="attribute"
    )
    attachment: NetworkInterfaceAttachment | None = part(default=None, choice="attribute")


@message("ModifyNetworkInterfaceAttachmentType")
class ModifyNetworkInterfaceAttachment:
    """What is to change of an attachment."""

    attachment_id: str
    delete_on_termination: bool


@message("ModifyNetworkInterfaceAttributeType")
class ModifyNetworkInterfaceAttribute:
    """Change one attribute of an interface."""

    network_interface_id: str
    description: NullableAttributeValue | None = part(default=None, choice="attribute")
    source_dest_check: AttributeBooleanValue | None = part(default=None, choice="attribute")
    group: tuple[SecurityGroupIdSetItem, ...] | None = items(
        "SecurityGroupIdSetType",
        default=None,
        name="groupSet",
        query="SecurityGroupId",
        choice="attribute",
    )
    attachment: ModifyNetworkInterfaceAttachment | None = part(default=None, choice="attribute")


@message("ModifyNetworkInterfaceAttributeResponseType")
class ModifyNetworkInterfaceAttributeResponse:
    """Whether it was changed."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


CREATE_NETWORK_INTERFACE = Operation(
    name="CreateNetworkInterface",
    asks=CreateNetworkInterface,
    answers=CreateNetworkInterfaceResponse,
    allows="ec2:CreateNetworkInterface",
    since="2011-12-01",
    mutates=True,
)


DESCRIBE_NETWORK_INTERFACE_ATTRIBUTE = Operation(
    name="DescribeNetworkInterfaceAttribute",
    asks=DescribeNetworkInterfaceAttribute,
    answers=DescribeNetworkInterfaceAttributeResponse,
    allows="ec2:DescribeNetworkInterfaceAttribute",
    since="2011-12-01",
)


MODIFY_NETWORK_INTERFACE_ATTRIBUTE = Operation(
    name="ModifyNetworkInterfaceAttribute",
    asks=ModifyNetworkInterfaceAttribute,
    answers=ModifyNetworkInterfaceAttributeResponse,
    allows="ec2:ModifyNetworkInterfaceAttribute",
    since="2011-12-01",
    mutates=True,
)


OPERATIONS = (
    CREATE_NETWORK_INTERFACE,
    DESCRIBE_NETWORK_INTERFACE_ATTRIBUTE,
    MODIFY_NETWORK_INTERFACE_ATTRIBUTE,
)
