# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of volumes."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import EmptyElement
from eucalyptus.contracts.ec2.images import ProductCodesSetItem


@message("DescribeVolumeAttributeType")
class DescribeVolumeAttribute:
    """Ask for one attribute of a volume."""

    volume_id: str
    auto_enable_io: EmptyElement | None = part(
        default=None, name="autoEnableIO", choice="attribute"
    )
    product_codes: EmptyElement | None = part(default=None, since="2012-04-01", choice="attribute")


@message("NullableAttributeBooleanValueType")
class NullableAttributeBooleanValue:
    """The value of an attribute that is a flag, or that it has none."""

    value: bool | None = None


@message("DescribeVolumeAttributeResponseType")
class DescribeVolumeAttributeResponse:
    """The attribute asked for."""

    request_id: str = part(default="", required=True)
    volume_id: str
    auto_enable_io: NullableAttributeBooleanValue | None = part(
        default=None, name="autoEnableIO", choice="attribute"
    )
    product_codes: tuple[ProductCodesSetItem, ...] | None = items(
        "ProductCodesSetType", default=None, since="2012-04-01", choice="attribute"
    )


@message("AttributeBooleanValueType")
class AttributeBooleanValue:
    """The new value of an attribute that is a flag."""

    value: bool


@message("ModifyVolumeAttributeType")
class ModifyVolumeAttribute:
    """Change one attribute of a volume."""

    volume_id: str
    auto_enable_io: AttributeBooleanValue | None = part(
        default=None, name="autoEnableIO", choice="attribute"
    )


@message("ModifyVolumeAttributeResponseType")
class ModifyVolumeAttributeResponse:
    """Whether it was changed."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


DESCRIBE_VOLUME_ATTRIBUTE = Operation(
    name="DescribeVolumeAttribute",
    asks=DescribeVolumeAttribute,
    answers=DescribeVolumeAttributeResponse,
    allows="ec2:DescribeVolumeAttribute",
    since="2012-03-01",
)


MODIFY_VOLUME_ATTRIBUTE = Operation(
    name="ModifyVolumeAttribute",
    asks=ModifyVolumeAttribute,
    answers=ModifyVolumeAttributeResponse,
    allows="ec2:ModifyVolumeAttribute",
    since="2012-03-01",
    mutates=True,
)


OPERATIONS = (
    DESCRIBE_VOLUME_ATTRIBUTE,
    MODIFY_VOLUME_ATTRIBUTE,
)
