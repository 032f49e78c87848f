# SPDX-License-Identifier: BSD-2-Clause
"""VPC: networks, DHCP options, access rules of subnets."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import EmptyElement, Filter, ResourceTagSetItem
from eucalyptus.contracts.ec2.later.volume_attributes import AttributeBooleanValue


@message("VpcIdSetItemType")
class VpcIdSetItem:
    """A network to describe."""

    vpc_id: str


@message("DescribeVpcsType")
class DescribeVpcs:
    """Ask for some networks, or for all."""

    vpc: tuple[VpcIdSetItem, ...] = items("VpcIdSetType", default=(), name="vpcSet")
    filter: tuple[Filter, ...] = items("FilterSetType", default=(), name="filterSet")


@message("VpcType")
class Vpc:
    """A network as described to its owner."""

    vpc_id: str
    state: str | None = None
    cidr_block: str | None = None
    dhcp_options_id: str | None = None
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )
    instance_tenancy: str | None = part(default=None, since="2011-02-28")
    is_default: bool | None = part(default=None, since="2012-12-01")


@message("DescribeVpcsResponseType")
class DescribeVpcsResponse:
    """The networks asked for."""

    request_id: str = part(default="", required=True)
    vpc: tuple[Vpc, ...] = items("VpcSetType", default=(), name="vpcSet", required=True)


@message("DescribeVpcAttributeType")
class DescribeVpcAttribute:
    """Ask for one attribute of a network."""

    vpc_id: str
    enable_dns_support: EmptyElement | None = part(default=None, choice="attribute")
    enable_dns_hostnames: EmptyElement | None = part(default=None, choice="attribute")


@message("DescribeVpcAttributeResponseType")
class DescribeVpcAttributeResponse:
    """The attribute asked for."""

    request_id: str = part(default="", required=True)
    vpc_id: str
    enable_dns_support: AttributeBooleanValue | None = part(default=None, choice="attribute")
    enable_dns_hostnames: AttributeBooleanValue | None = part(default=None, choice="attribute")


@message("DhcpValueType")
class DhcpValue:
    """One value of a DHCP option."""

    value: str


@message("DhcpConfigurationItemType")
class DhcpConfigurationItem:
    """A DHCP option and its values."""

    key: str
    value: tuple[DhcpValue, ...] = items(
        "DhcpValueSetType", default=(), name="valueSet", required=True
    )


@message("CreateDhcpOptionsType")
class CreateDhcpOptions:
    """Make a set of DHCP options."""

    dhcp_configuration: tuple[DhcpConfigurationItem, ...] = items(
        "DhcpConfigurationItemSetType", default=(), name="dhcpConfigurationSet", required=True
    )


@message("DhcpOptionsType")
class DhcpOptions:
    """A set of DHCP options."""

    dhcp_options_id: str
    dhcp_configuration: tuple[DhcpConfigurationItem, ...] = items(
        "DhcpConfigurationItemSetType", default=(), name="dhcpConfigurationSet", required=True
    )
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )


@message("CreateDhcpOptionsResponseType")
class CreateDhcpOptionsResponse:
    """The set that was made."""

    request_id: str = part(default="", required=True)
    dhcp_options: DhcpOptions


@message("IcmpTypeCodeType")
class IcmpTypeCode:
    """An ICMP type and code; -1 means any."""

    code: int
    type: int


@message("PortRangeType")
class PortRange:
    """The ports from ``from_`` to ``to``."""

    from_: int
    to: int


@message("CreateNetworkAclEntryType")
class CreateNetworkAclEntry:
    """Add a rule to the access list of subnets."""

    network_acl_id: str
    rule_number: int
    protocol: str
    rule_action: str
    egress: bool
    cidr_block: str
    icmp_type_code: IcmpTypeCode | None = part(default=None, query="Icmp")
    port_range: PortRange | None = None


@message("CreateNetworkAclEntryResponseType")
class CreateNetworkAclEntryResponse:
    """Whether it was added."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


@message("ReplaceNetworkAclEntryType")
class ReplaceNetworkAclEntry:
    """Replace the rule of that number in the access list of subnets."""

    network_acl_id: str
    rule_number: int
    protocol: str
    rule_action: str
    egress: bool
    cidr_block: str
    icmp_type_code: IcmpTypeCode | None = part(default=None, query="Icmp")
    port_range: PortRange | None = None


@message("ReplaceNetworkAclEntryResponseType")
class ReplaceNetworkAclEntryResponse:
    """Whether it was replaced."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


DESCRIBE_VPCS = Operation(
    name="DescribeVpcs",
    asks=DescribeVpcs,
    answers=DescribeVpcsResponse,
    allows="ec2:DescribeVpcs",
    since="2009-07-15",
)


DESCRIBE_VPC_ATTRIBUTE = Operation(
    name="DescribeVpcAttribute",
    asks=DescribeVpcAttribute,
    answers=DescribeVpcAttributeResponse,
    allows="ec2:DescribeVpcAttribute",
    since="2013-02-01",
)


CREATE_DHCP_OPTIONS = Operation(
    name="CreateDhcpOptions",
    asks=CreateDhcpOptions,
    answers=CreateDhcpOptionsResponse,
    allows="ec2:CreateDhcpOptions",
    since="2009-07-15",
    mutates=True,
)


CREATE_NETWORK_ACL_ENTRY = Operation(
    name="CreateNetworkAclEntry",
    asks=CreateNetworkAclEntry,
    answers=CreateNetworkAclEntryResponse,
    allows="ec2:CreateNetworkAclEntry",
    since="2011-01-01",
    mutates=True,
)


REPLACE_NETWORK_ACL_ENTRY = Operation(
    name="ReplaceNetworkAclEntry",
    asks=ReplaceNetworkAclEntry,
    answers=ReplaceNetworkAclEntryResponse,
    allows="ec2:ReplaceNetworkAclEntry",
    since="2011-01-01",
    mutates=True,
)


OPERATIONS = (
    DESCRIBE_VPCS,
    DESCRIBE_VPC_ATTRIBUTE,
    CREATE_DHCP_OPTIONS,
    CREATE_NETWORK_ACL_ENTRY,
    REPLACE_NETWORK_ACL_ENTRY,
)
