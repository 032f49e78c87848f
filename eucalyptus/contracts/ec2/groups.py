# SPDX-License-Identifier: BSD-2-Clause
"""Security groups and their ingress rules."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.earlier import Was
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter, ResourceTagSetItem
from eucalyptus.contracts.refusals import (
    DUPLICATE_GROUP,
    DUPLICATE_PERMISSION,
    GROUP_IN_USE,
    INVALID_COMBINATION,
    MALFORMED_PERMISSION,
    NO_SUCH_GROUP,
    NO_SUCH_PERMISSION,
    RESERVED_GROUP,
)

NAMES_ONLY = "2010-11-15"
"""The last API version in which a group had no id: its name was all there was."""


@message("GroupItemType")
class GroupItem:
    """A security group by id, by name, or both.

    What was called ``groupId`` before groups had ids is the name.
    """

    group_id: str | None = part(default=None, since="2011-01-01")
    group_name: str | None = part(
        default=None, was=Was(until=NAMES_ONLY, name="groupId", required=True, otherwise="")
    )


@message("SecurityGroupIdSetItemType")
class SecurityGroupIdSetItem:
    """A security group by id."""

    group_id: str


@message("CreateSecurityGroupType")
class CreateSecurityGroup:
    """Make a security group; nothing may reach its instances until a rule lets it."""

    group_name: str
    group_description: str
    vpc_id: str | None = part(default=None, since="2011-01-01")


@message("CreateSecurityGroupResponseType")
class CreateSecurityGroupResponse:
    """The id of the new group."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")
    group_id: str = part(since="2011-01-01")


@message("DeleteSecurityGroupType")
class DeleteSecurityGroup:
    """Delete a security group, named by id or name, that no instance is in."""

    group_id: str | None = part(default=None, since="2011-01-01", choice="choice1")
    group_name: str | None = part(
        default=None, choice="choice1", was=Was(until=NAMES_ONLY, choice="", required=True)
    )


@message("DeleteSecurityGroupResponseType")
class DeleteSecurityGroupResponse:
    """Whether the group was deleted."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


@message("DescribeSecurityGroupsSetItemType")
class DescribeSecurityGroupsSetItem:
    """The name of a group to describe."""

    group_name: str


@message("DescribeSecurityGroupsIdSetItemType")
class DescribeSecurityGroupsIdSetItem:
    """The id of a group to describe."""

    group_id: str


@message("DescribeSecurityGroupsType")
class DescribeSecurityGroups:
    """Describe security groups by name, id or filter; without any, all of the account."""

    security_group: tuple[DescribeSecurityGroupsSetItem, ...] = items(
        "DescribeSecurityGroupsSetType", default=(), name="securityGroupSet", required=True
    )
    security_group_id: tuple[DescribeSecurityGroupsIdSetItem, ...] = items(
        "DescribeSecurityGroupsIdSetType", default=(), name="securityGroupIdSet", since="2011-01-01"
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("UserIdGroupPairType")
class UserIdGroupPair:
    """A group as the source of a rule, and the account that has it."""

    user_id: str | None = part(default=None, was=Was(until=NAMES_ONLY, required=True, otherwise=""))
    group_id: str | None = part(default=None, since="2011-01-01")
    group_name: str | None = part(
        default=None, was=Was(until=NAMES_ONLY, required=True, otherwise="")
    )


@message("IpRangeItemType")
class IpRangeItem:
    """A range of addresses in CIDR notation."""

    cidr_ip: str


@message("IpPermissionType")
class IpPermission:
    """A rule: protocol, ports, and where traffic may come from."""

    ip_protocol: str
    from_port: int | None = part(
        default=None, was=Was(until=NAMES_ONLY, required=True, otherwise=-1)
    )
    to_port: int | None = part(default=None, was=Was(until=NAMES_ONLY, required=True, otherwise=-1))
    groups: tuple[UserIdGroupPair, ...] = items("UserIdGroupPairSetType", default=(), required=True)
    ip_ranges: tuple[IpRangeItem, ...] = items(
        "IpRangeSetType", default=(), query="IpRanges.CidrIp", required=True
    )


@message("SecurityGroupItemType")
class SecurityGroupItem:
    """One security group with its rules."""

    owner_id: str
    group_id: str = part(since="2011-01-01")
    group_name: str
    group_description: str
    vpc_id: str | None = part(default=None, since="2011-01-01")
    ip_permissions: tuple[IpPermission, ...] = items(
        "IpPermissionSetType", default=(), required=True
    )
    ip_permissions_egress: tuple[IpPermission, ...] = items(
        "IpPermissionSetType", default=(), since="2011-01-01"
    )
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2011-01-01"
    )


@message("DescribeSecurityGroupsResponseType")
class DescribeSecurityGroupsResponse:
    """The groups asked for, with their rules."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    security_group_info: tuple[SecurityGroupItem, ...] = items(
        "SecurityGroupSetType", default=(), required=True
    )


@message("AuthorizeSecurityGroupIngressType")
class AuthorizeSecurityGroupIngress:
    """Let traffic in to a group's instances: from address ranges, or from other groups."""

    user_id: str | None = part(default=None, was=Was(until=NAMES_ONLY, required=True))
    group_id: str | None = part(default=None, since="2011-01-01", choice="choice1")
    group_name: str | None = part(
        default=None, choice="choice1", was=Was(until=NAMES_ONLY, choice="", required=True)
    )
    ip_permissions: tuple[IpPermission, ...] = items(
        "IpPermissionSetType", default=(), required=True
    )
    ip_protocol: str | None = part(default=None, query_only=True)
    from_port: int | None = part(default=None, query_only=True)
    to_port: int | None = part(default=None, query_only=True)
    cidr_ip: str | None = part(default=None, query_only=True)
    source_security_group_name: str | None = part(default=None, query_only=True)
    source_security_group_owner_id: str | None = part(default=None, query_only=True)


@message("AuthorizeSecurityGroupIngressResponseType")
class AuthorizeSecurityGroupIngressResponse:
    """Whether the rules were added."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


@message("RevokeSecurityGroupIngressType")
class RevokeSecurityGroupIngress:
    """Take back rules of a group, each named exactly as it was given."""

    user_id: str | None = part(default=None, was=Was(until=NAMES_ONLY, required=True))
    group_id: str | None = part(default=None, since="2011-01-01", choice="choice1")
    group_name: str | None = part(
        default=None, choice="choice1", was=Was(until=NAMES_ONLY, choice="", required=True)
    )
    ip_permissions: tuple[IpPermission, ...] = items(
        "IpPermissionSetType", default=(), required=True
    )
    ip_protocol: str | None = part(default=None, query_only=True)
    from_port: int | None = part(default=None, query_only=True)
    to_port: int | None = part(default=None, query_only=True)
    cidr_ip: str | None = part(default=None, query_only=True)
    source_security_group_name: str | None = part(default=None, query_only=True)
    source_security_group_owner_id: str | None = part(default=None, query_only=True)


@message("RevokeSecurityGroupIngressResponseType")
class RevokeSecurityGroupIngressResponse:
    """Whether the rules were taken back."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


CREATE_SECURITY_GROUP = Operation(
    name="CreateSecurityGroup",
    asks=CreateSecurityGroup,
    answers=CreateSecurityGroupResponse,
    refuses=(
        DUPLICATE_GROUP,
        RESERVED_GROUP,
        INVALID_COMBINATION,
    ),
    allows="ec2:CreateSecurityGroup",
    mutates=True,
)


DELETE_SECURITY_GROUP = Operation(
    name="DeleteSecurityGroup",
    asks=DeleteSecurityGroup,
    answers=DeleteSecurityGroupResponse,
    refuses=(
        NO_SUCH_GROUP,
        RESERVED_GROUP,
        GROUP_IN_USE,
    ),
    allows="ec2:DeleteSecurityGroup",
    mutates=True,
)


DESCRIBE_SECURITY_GROUPS = Operation(
    name="DescribeSecurityGroups",
    asks=DescribeSecurityGroups,
    answers=DescribeSecurityGroupsResponse,
    refuses=(NO_SUCH_GROUP,),
    allows="ec2:DescribeSecurityGroups",
)


AUTHORIZE_SECURITY_GROUP_INGRESS = Operation(
    name="AuthorizeSecurityGroupIngress",
    asks=AuthorizeSecurityGroupIngress,
    answers=AuthorizeSecurityGroupIngressResponse,
    refuses=(
        NO_SUCH_GROUP,
        DUPLICATE_PERMISSION,
        MALFORMED_PERMISSION,
    ),
    allows="ec2:AuthorizeSecurityGroupIngress",
    mutates=True,
)


REVOKE_SECURITY_GROUP_INGRESS = Operation(
    name="RevokeSecurityGroupIngress",
    asks=RevokeSecurityGroupIngress,
    answers=RevokeSecurityGroupIngressResponse,
    refuses=(
        NO_SUCH_GROUP,
        NO_SUCH_PERMISSION,
        MALFORMED_PERMISSION,
    ),
    allows="ec2:RevokeSecurityGroupIngress",
    mutates=True,
)


OPERATIONS = (
    CREATE_SECURITY_GROUP,
    DELETE_SECURITY_GROUP,
    DESCRIBE_SECURITY_GROUPS,
    AUTHORIZE_SECURITY_GROUP_INGRESS,
    REVOKE_SECURITY_GROUP_INGRESS,
)
