# SPDX-License-Identifier: BSD-2-Clause
"""Placement groups, and attributes of the account."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import Filter


@message("CreatePlacementGroupType")
class CreatePlacementGroup:
    """Make a placement group."""

    group_name: str
    strategy: str


@message("CreatePlacementGroupResponseType")
class CreatePlacementGroupResponse:
    """Whether it was made."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


@message("DescribePlacementGroupItemType")
class DescribePlacementGroupItem:
    """A placement group to describe."""

    group_name: str


@message("DescribePlacementGroupsType")
class DescribePlacementGroups:
    """Ask for some placement groups, or for all."""

    placement_group: tuple[DescribePlacementGroupItem, ...] = items(
        "DescribePlacementGroupsInfoType", default=(), name="placementGroupSet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("PlacementGroupInfoType")
class PlacementGroupInfo:
    """A placement group as described to its owner."""

    group_name: str
    strategy: str
    state: str


@message("DescribePlacementGroupsResponseType")
class DescribePlacementGroupsResponse:
    """The groups asked for."""

    request_id: str = part(default="", required=True)
    placement_group: tuple[PlacementGroupInfo, ...] = items(
        "PlacementGroupSetType", default=(), name="placementGroupSet", required=True
    )


@message("AccountAttributeNameSetItemType")
class AccountAttributeNameSetItem:
    """An attribute to describe."""

    attribute_name: str


@message("DescribeAccountAttributesType")
class DescribeAccountAttributes:
    """Ask for attributes of the account."""

    account_attribute_name: tuple[AccountAttributeNameSetItem, ...] = items(
        "AccountAttributeNameSetType", default=(), name="accountAttributeNameSet"
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2013-02-01"
    )


@message("AccountAttributeValueSetItemType")
class AccountAttributeValueSetItem:
    """One value of an attribute."""

    attribute_value: str


@message("AccountAttributeSetItemType")
class AccountAttributeSetItem:
    """An attribute of the account and its values."""

    attribute_name: str
    attribute_value: tuple[AccountAttributeValueSetItem, ...] = items(
        "AccountAttributeValueSetType", default=(), name="attributeValueSet", required=True
    )


@message("DescribeAccountAttributesResponseType")
class DescribeAccountAttributesResponse:
    """The attributes asked for."""

    request_id: str = part(default="", required=True)
    account_attribute: tuple[AccountAttributeSetItem, ...] = items(
        "AccountAttributeSetType", default=(), name="accountAttributeSet"
    )


CREATE_PLACEMENT_GROUP = Operation(
    name="CreatePlacementGroup",
    asks=CreatePlacementGroup,
    answers=CreatePlacementGroupResponse,
    allows="ec2:CreatePlacementGroup",
    since="2010-06-15",
    mutates=True,
)


DESCRIBE_PLACEMENT_GROUPS = Operation(
    name="DescribePlacementGroups",
    asks=DescribePlacementGroups,
    answers=DescribePlacementGroupsResponse,
    allows="ec2:DescribePlacementGroups",
    since="2010-06-15",
)


DESCRIBE_ACCOUNT_ATTRIBUTES = Operation(
    name="DescribeAccountAttributes",
    asks=DescribeAccountAttributes,
    answers=DescribeAccountAttributesResponse,
    allows="ec2:DescribeAccountAttributes",
    since="2012-12-01",
)


OPERATIONS = (
    CREATE_PLACEMENT_GROUP,
    DESCRIBE_PLACEMENT_GROUPS,
    DESCRIBE_ACCOUNT_ATTRIBUTES,
)
