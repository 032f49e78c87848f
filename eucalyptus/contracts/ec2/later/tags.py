# SPDX-License-Identifier: BSD-2-Clause
"""Tags of any resource."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import Filter, ResourceTagSetItem


@message("ResourceIdSetItemType")
class ResourceIdSetItem:
    """A resource to tag."""

    resource_id: str


@message("CreateTagsType")
class CreateTags:
    """Add or replace tags of several resources."""

    resources: tuple[ResourceIdSetItem, ...] = items(
        "ResourceIdSetType", default=(), name="resourcesSet", required=True
    )
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", required=True
    )


@message("CreateTagsResponseType")
class CreateTagsResponse:
    """Whether they were tagged."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


@message("DescribeTagsType")
class DescribeTags:
    """Ask for the account's tags."""

    filter: tuple[Filter, ...] = items("FilterSetType", default=(), name="filterSet")


@message("TagSetItemType")
class TagSetItem:
    """A tag and the resource it is on."""

    resource_id: str | None = None
    resource_type: str | None = None
    key: str | None = None
    value: str | None = None


@message("DescribeTagsResponseType")
class DescribeTagsResponse:
    """The tags, each with its resource."""

    request_id: str = part(default="", required=True)
    tag: tuple[TagSetItem, ...] = items("TagSetType", default=(), name="tagSet", required=True)


CREATE_TAGS = Operation(
    name="CreateTags",
    asks=CreateTags,
    answers=CreateTagsResponse,
    allows="ec2:CreateTags",
    since="2010-08-31",
    mutates=True,
)


DESCRIBE_TAGS = Operation(
    name="DescribeTags",
    asks=DescribeTags,
    answers=DescribeTagsResponse,
    allows="ec2:DescribeTags",
    since="2010-08-31",
)


OPERATIONS = (
    CREATE_TAGS,
    DESCRIBE_TAGS,
)
