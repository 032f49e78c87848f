# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of instances."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import EmptyElement
from eucalyptus.contracts.ec2.groups import GroupItem, SecurityGroupIdSetItem
from eucalyptus.contracts.ec2.image_attributes import AttributeValue, NullableAttributeValue
from eucalyptus.contracts.ec2.images import ProductCodesSetItem
from eucalyptus.contracts.ec2.later.volume_attributes import (
    AttributeBooleanValue,
    NullableAttributeBooleanValue,
)
from eucalyptus.contracts.ec2.reservations import InstanceBlockDeviceMappingResponseItem


@message("DescribeInstanceAttributeType")
class DescribeInstanceAttribute:
    """Ask for one attribute of an instance."""

    instance_id: str
    instance_type: EmptyElement | None = part(default=None, choice="attribute")
    kernel: EmptyElement | None = part(default=None, choice="attribute")
    ramdisk: EmptyElement | None = part(default=None, choice="attribute")
    user_data: EmptyElement | None = part(default=None, choice="attribute")
    disable_api_termination: EmptyElement | None = part(default=None, choice="attribute")
    instance_initiated_shutdown_behavior: EmptyElement | None = part(
        default=None, choice="attribute"
    )
    root_device_name: EmptyElement | None = part(default=None, choice="attribute")
    block_device_mapping: EmptyElement | None = part(default=None, choice="attribute")
    source_dest_check: EmptyElement | None = part(
        default=None, since="2011-01-01", choice="attribute"
    )
    group_set: EmptyElement | None = part(default=None, since="2011-01-01", choice="attribute")
    product_codes: EmptyElement | None = part(default=None, since="2012-04-01", choice="attribute")
    ebs_optimized: EmptyElement | None = part(default=None, since="2012-07-20", choice="attribute")


@message("DescribeInstanceAttributeResponseType")
class DescribeInstanceAttributeResponse:
    """The attribute asked for."""

    request_id: str = part(default="", required=True)
    instance_id: str
    instance_type: NullableAttributeValue | None = part(default=None, choice="attribute")
    kernel: NullableAttributeValue | None = part(default=None, choice="attribute")
    ramdisk: NullableAttributeValue | None = part(default=None, choice="attribute")
    user_data: NullableAttributeValue | None = part(default=None, choice="attribute")
    disable_api_termination: NullableAttributeBooleanValue | None = part(
        default=None, choice="attribute"
    )
    instance_initiated_shutdown_behavior: NullableAttributeValue | None = part(
        default=None, choice="attribute"
    )
    root_device_name: NullableAttributeValue | None = part(default=None, choice="attribute")
    block_device_mapping: tuple[InstanceBlockDeviceMappingResponseItem, ...] | None = items(
        "InstanceBlockDeviceMappingResponseType", default=None, choice="attribute"
    )
    source_dest_check: NullableAttributeBooleanValue | None = part(
        default=None, since="2011-01-01", choice="attribute"
    )
    group: tuple[GroupItem, ...] | None = items(
        "GroupSetType", default=None, name="groupSet", since="2011-01-01", choice="attribute"
    )
    product_codes: tuple[ProductCodesSetItem, ...] | None = items(
        "ProductCodesSetType", default=None, since="2012-04-01", choice="attribute"
    )
    ebs_optimized: NullableAttributeBooleanValue | None = part(
        default=None, since="2012-07-20", choice="attribute"
    )


@message("InstanceEbsBlockDeviceType")
class InstanceEbsBlockDevice:
    """A volume of an instance whose deletion is to be changed."""

    volume_id: str
    delete_on_termination: bool | None = None


@message("InstanceBlockDeviceMappingItemType")
class InstanceBlockDeviceMappingItem:
    """A device of an instance whose mapping is to be changed."""

    device_name: str
    virtual_name: str | None = part(default=None, choice="backing")
    ebs: InstanceEbsBlockDevice | None = part(default=None, choice="backing")
    no_device: EmptyElement | None = part(default=None, choice="backing")


@message("ModifyInstanceAttributeType")
class ModifyInstanceAttribute:
    """Change one attribute of an instance."""

    instance_id: str
    instance_type: AttributeValue | None = part(default=None, choice="attribute")
    kernel: AttributeValue | None = part(default=None, choice="attribute")
    ramdisk: AttributeValue | None = part(default=None, choice="attribute")
    user_data: AttributeValue | None = part(default=None, choice="attribute")
    disable_api_termination: AttributeBooleanValue | None = part(default=None, choice="attribute")
    instance_initiated_shutdown_behavior: AttributeValue | None = part(
        default=None, choice="attribute"
    )
    block_device_mapping: tuple[InstanceBlockDeviceMappingItem, ...] | None = items(
        "InstanceBlockDeviceMappingType", default=None, choice="attribute"
    )
    source_dest_check: AttributeBooleanValue | None = part(
        default=None, since="2011-01-01", choice="attribute"
    )
    group: tuple[SecurityGroupIdSetItem, ...] | None = items(
        "SecurityGroupIdSetType",
        default=None,
        name="groupSet",
        since="2011-01-01",
        choice="attribute",
    )
    ebs_optimized: AttributeBooleanValue | None = part(
        default=None, since="2012-07-20", choice="attribute"
    )


@message("ModifyInstanceAttributeResponseType")
class ModifyInstanceAttributeResponse:
    """Whether it was changed."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


@message("ResetInstanceAttributeType")
class ResetInstanceAttribute:
    """Give an attribute of an instance back the value its image has."""

    instance_id: str
    kernel: EmptyElement | None = part(default=None, choice="attribute")
    ramdisk: EmptyElement | None = part(default=None, choice="attribute")
    source_dest_check: EmptyElement | None = part(
        default=None, since="2011-01-01", choice="attribute"
    )


@message("ResetInstanceAttributeResponseType")
class ResetInstanceAttributeResponse:
    """Whether it was reset."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


DESCRIBE_INSTANCE_ATTRIBUTE = Operation(
    name="DescribeInstanceAttribute",
    asks=DescribeInstanceAttribute,
    answers=DescribeInstanceAttributeResponse,
    allows="ec2:DescribeInstanceAttribute",
    since="2009-10-31",
)


MODIFY_INSTANCE_ATTRIBUTE = Operation(
    name="ModifyInstanceAttribute",
    asks=ModifyInstanceAttribute,
    answers=ModifyInstanceAttributeResponse,
    allows="ec2:ModifyInstanceAttribute",
    since="2009-10-31",
    mutates=True,
)


RESET_INSTANCE_ATTRIBUTE = Operation(
    name="ResetInstanceAttribute",
    asks=ResetInstanceAttribute,
    answers=ResetInstanceAttributeResponse,
    allows="ec2:ResetInstanceAttribute",
    since="2009-10-31",
    mutates=True,
)


OPERATIONS = (
    DESCRIBE_INSTANCE_ATTRIBUTE,
    MODIFY_INSTANCE_ATTRIBUTE,
    RESET_INSTANCE_ATTRIBUTE,
)
