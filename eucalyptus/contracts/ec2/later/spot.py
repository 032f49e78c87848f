# SPDX-License-Identifier: BSD-2-Clause
"""Spot instances."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Integer, Operation, items, message, part
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.filters import ResourceTagSetItem
from eucalyptus.contracts.ec2.groups import GroupItem
from eucalyptus.contracts.ec2.launching import (
    IamInstanceProfileRequest,
    InstanceNetworkInterfaceSetItemRequest,
    MonitoringInstance,
    UserData,
)


@message("SpotPlacementRequestType")
class SpotPlacementRequest:
    """Where spot instances should go."""

    availability_zone: str | None = None
    group_name: str | None = None


@message("LaunchSpecificationRequestType")
class LaunchSpecificationRequest:
    """How spot instances should be launched."""

    image_id: str
    key_name: str | None = None
    group: tuple[GroupItem, ...] = items(
        "GroupSetType",
        default=(),
        name="groupSet",
        query={"group_id": "SecurityGroupId", "group_name": "SecurityGroup"},
        required=True,
    )
    user_data: UserData | None = None
    addressing_type: str | None = None
    instance_type: str
    placement: SpotPlacementRequest | None = None
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] = items(
        "BlockDeviceMappingType", default=()
    )
    monitoring: MonitoringInstance | None = None
    subnet_id: str | None = None
    network_interface: tuple[InstanceNetworkInterfaceSetItemRequest, ...] = items(
        "InstanceNetworkInterfaceSetRequestType",
        default=(),
        name="networkInterfaceSet",
        since="2011-12-01",
    )
    iam_instance_profile: IamInstanceProfileRequest | None = part(default=None, since="2012-06-01")
    ebs_optimized: bool | None = part(default=None, since="2012-07-20")


@message("RequestSpotInstancesType")
class RequestSpotInstances:
    """Bid for instances at a price per hour."""

    spot_price: str
    instance_count: Integer | None = None
    type: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    launch_group: str | None = None
    availability_zone_group: str | None = None
    launch_specification: LaunchSpecificationRequest


@message("SpotInstanceStateFaultType")
class SpotInstanceStateFault:
    """Why a bid failed."""

    code: str
    message: str


@message("SpotInstanceStatusMessageType")
class SpotInstanceStatusMessage:
    """What became of a bid, when and why."""

    code: str | None = None
    update_time: datetime | None = None
    message: str | None = None


@message("LaunchSpecificationResponseType")
class LaunchSpecificationResponse:
    """How the instances of a bid will be launched."""

    image_id: str
    key_name: str | None = None
    group: tuple[GroupItem, ...] = items("GroupSetType", default=(), name="groupSet", required=True)
    addressing_type: str | None = None
    instance_type: str
    placement: SpotPlacementRequest | None = None
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] = items(
        "BlockDeviceMappingType", default=()
    )
    monitoring: MonitoringInstance | None = None
    subnet_id: str | None = None
    network_interface: tuple[InstanceNetworkInterfaceSetItemRequest, ...] = items(
        "InstanceNetworkInterfaceSetRequestType",
        default=(),
        name="networkInterfaceSet",
        since="2011-12-01",
    )
    iam_instance_profile: IamInstanceProfileRequest | None = part(default=None, since="2012-06-01")
    ebs_optimized: bool | None = part(default=None, since="2012-07-20")


@message("SpotInstanceRequestSetItemType")
class SpotInstanceRequestSetItem:
    """One bid for one instance."""

    spot_instance_request_id: str
    spot_price: str
    type: str
    state: str
    fault: SpotInstanceStateFault | None = None
    status: SpotInstanceStatusMessage | None = part(default=None, since="2012-10-01")
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    launch_group: str | None = None
    availability_zone_group: str | None = None
    launch_specification: LaunchSpecificationResponse | None = None
    instance_id: str | None = None
    create_time: datetime | None = None
    product_description: str | None = None
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )
    launched_availability_zone: str | None = part(default=None, since="2011-11-01")


@message("RequestSpotInstancesResponseType")
class RequestSpotInstancesResponse:
    """The bids, one per instance."""

    request_id: str = part(default="", required=True)
    spot_instance_request: tuple[SpotInstanceRequestSetItem, ...] = items(
        "SpotInstanceRequestSetType", default=(), name="spotInstanceRequestSet", required=True
    )


REQUEST_SPOT_INSTANCES = Operation(
    name="RequestSpotInstances",
    asks=RequestSpotInstances,
    answers=RequestSpotInstancesResponse,
    allows="ec2:RequestSpotInstances",
    since="2009-11-30",
    mutates=True,
)


OPERATIONS = (REQUEST_SPOT_INSTANCES,)
