# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of images: describe, modify and reset them, who may launch among them."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.earlier import Was
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, EmptyElement
from eucalyptus.contracts.ec2.images import ProductCodesSetItem
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_LAUNCHER,
    MALFORMED_IMAGE_ID,
    NO_SUCH_IMAGE,
)


@message("AttributeValueType")
class AttributeValue:
    """The new value of an attribute."""

    value: str


@message("NullableAttributeValueType")
class NullableAttributeValue:
    """The value of an attribute, or that it has none."""

    value: str | None = None


@message("ProductCodeItemType")
class ProductCodeItem:
    """A product code to give to an image."""

    product_code: str = part(was=Was(until="2012-03-01", choice="code"))


@message("LaunchPermissionItemType")
class LaunchPermissionItem:
    """Who may launch an image: an account by its number, or the group ``all``."""

    user_id: str | None = part(default=None, choice="launcher")
    group: str | None = part(default=None, choice="launcher")


@message("LaunchPermissionOperationType")
class LaunchPermissionOperation:
    """Whom to let launch an image, or whom no longer."""

    add: tuple[LaunchPermissionItem, ...] | None = items(
        "LaunchPermissionListType", default=None, choice="operation"
    )
    remove: tuple[LaunchPermissionItem, ...] | None = items(
        "LaunchPermissionListType", default=None, choice="operation"
    )


@message("DescribeImageAttributeType")
class DescribeImageAttribute:
    """Ask for one attribute of an image."""

    image_id: str
    launch_permission: EmptyElement | None = part(default=None, choice="attribute")
    product_codes: EmptyElement | None = part(default=None, since="2007-03-01", choice="attribute")
    kernel: EmptyElement | None = part(default=None, since="2008-02-01", choice="attribute")
    ramdisk: EmptyElement | None = part(default=None, since="2008-02-01", choice="attribute")
    sriov_net_support: EmptyElement | None = part(
        default=None, since="2013-10-15", choice="attribute"
    )
    block_device_mapping: EmptyElement | None = part(
        default=None, since="2008-02-01", choice="attribute"
    )
    description: EmptyElement | None = part(default=None, since="2009-10-31", choice="attribute")
    instance_type_category: EmptyElement | None = part(
        default=None, since="2012-03-01", choice="attribute"
    )


@message("DescribeImageAttributeResponseType")
class DescribeImageAttributeResponse:
    """The attribute asked for; until 2012 product codes came without their type."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    image_id: str
    launch_permission: tuple[LaunchPermissionItem, ...] | None = items(
        "LaunchPermissionListType", default=None, choice="attribute"
    )
    product_code_list: tuple[ProductCodeItem, ...] | None = items(
        "ProductCodeListType",
        default=None,
        name="productCodes",
        since="2007-03-01",
        until="2011-12-15",
        choice="attribute",
    )
    product_codes: tuple[ProductCodesSetItem, ...] | None = items(
        "ProductCodesSetType", default=None, since="2012-03-01", choice="attribute"
    )
    kernel: NullableAttributeValue | None = part(
        default=None, since="2008-02-01", choice="attribute"
    )
    ramdisk: NullableAttributeValue | None = part(
        default=None, since="2008-02-01", choice="attribute"
    )
    description: NullableAttributeValue | None = part(
        default=None, since="2009-10-31", choice="attribute"
    )
    sriov_net_support: NullableAttributeValue | None = part(
        default=None, since="2013-10-15", choice="attribute"
    )
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] | None = items(
        "BlockDeviceMappingType", default=None, since="2008-02-01", choice="attribute"
    )


@message("ModifyImageAttributeType")
class ModifyImageAttribute:
    """Change one attribute of an image."""

    image_id: str
    launch_permission: LaunchPermissionOperation | None = part(default=None, choice="attribute")
    product_codes: tuple[ProductCodeItem, ...] | None = items(
        "ProductCodeListType", default=None, since="2007-03-01", choice="attribute"
    )
    description: AttributeValue | None = part(default=None, since="2009-10-31", choice="attribute")


@message("ModifyImageAttributeResponseType")
class ModifyImageAttributeResponse:
    """Whether the attribute was changed."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


@message("ResetImageAttributeType")
class ResetImageAttribute:
    """Give an attribute of an image back the value it had when the image was registered."""

    image_id: str
    launch_permission: EmptyElement | None = part(default=None, choice="attribute")


@message("ResetImageAttributeResponseType")
class ResetImageAttributeResponse:
    """Whether the attribute was reset."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


DESCRIBE_IMAGE_ATTRIBUTE = Operation(
    name="DescribeImageAttribute",
    asks=DescribeImageAttribute,
    answers=DescribeImageAttributeResponse,
    refuses=(NO_SUCH_IMAGE, MALFORMED_IMAGE_ID, INVALID_COMBINATION),
    allows="ec2:DescribeImageAttribute",
    since="2006-10-01",
)


MODIFY_IMAGE_ATTRIBUTE = Operation(
    name="ModifyImageAttribute",
    asks=ModifyImageAttribute,
    answers=ModifyImageAttributeResponse,
    refuses=(NO_SUCH_IMAGE, MALFORMED_IMAGE_ID, INVALID_LAUNCHER, INVALID_COMBINATION),
    allows="ec2:ModifyImageAttribute",
    since="2006-10-01",
    mutates=True,
)


RESET_IMAGE_ATTRIBUTE = Operation(
    name="ResetImageAttribute",
    asks=ResetImageAttribute,
    answers=ResetImageAttributeResponse,
    refuses=(NO_SUCH_IMAGE, MALFORMED_IMAGE_ID),
    allows="ec2:ResetImageAttribute",
    since="2006-10-01",
    mutates=True,
)


OPERATIONS = (DESCRIBE_IMAGE_ATTRIBUTE, MODIFY_IMAGE_ATTRIBUTE, RESET_IMAGE_ATTRIBUTE)
