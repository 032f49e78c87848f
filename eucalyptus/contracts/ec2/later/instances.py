# SPDX-License-Identifier: BSD-2-Clause
"""Instances: stop, monitor, health, password, product, image of one."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter
from eucalyptus.contracts.ec2.instances import InstanceId, InstanceStateChange
from eucalyptus.contracts.ec2.reservations import InstanceMonitoringState, InstanceState


@message("StopInstancesType")
class StopInstances:
    """Ask for instances to be stopped; their volumes stay."""

    instances: tuple[InstanceId, ...] = items(
        "InstanceIdSetType", default=(), name="instancesSet", required=True
    )
    force: bool | None = None


@message("StopInstancesResponseType")
class StopInstancesResponse:
    """How each instance's state changed."""

    request_id: str = part(default="", required=True)
    instances: tuple[InstanceStateChange, ...] = items(
        "InstanceStateChangeSetType", default=(), name="instancesSet", required=True
    )


@message("MonitorInstancesSetItemType")
class MonitorInstancesSetItem:
    """An instance to monitor."""

    instance_id: str


@message("MonitorInstancesType")
class MonitorInstances:
    """Ask for detailed monitoring of instances."""

    instances: tuple[MonitorInstancesSetItem, ...] = items(
        "MonitorInstancesSetType", default=(), name="instancesSet", required=True, least=1
    )


@message("MonitorInstancesResponseSetItemType")
class MonitorInstancesResponseSetItem:
    """How one instance is monitored."""

    instance_id: str
    monitoring: InstanceMonitoringState


@message("MonitorInstancesResponseType")
class MonitorInstancesResponse:
    """How each instance is monitored now."""

    request_id: str = part(default="", required=True)
    instances: tuple[MonitorInstancesResponseSetItem, ...] = items(
        "MonitorInstancesResponseSetType", default=(), name="instancesSet", required=True, least=1
    )


@message("GetPasswordDataType")
class GetPasswordData:
    """Ask for the administrator's password of a Windows instance."""

    instance_id: str


@message("GetPasswordDataResponseType")
class GetPasswordDataResponse:
    """The password, encrypted for the instance's key pair."""

    request_id: str = part(default="", required=True)
    instance_id: str
    timestamp: datetime
    password_data: str


@message("ConfirmProductInstanceType")
class ConfirmProductInstance:
    """Ask whether a product code belongs to an instance."""

    product_code: str
    instance_id: str


@message("ConfirmProductInstanceResponseType")
class ConfirmProductInstanceResponse:
    """Whether it does, and whose instance it is."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")
    owner_id: str | None = None


@message("DescribeInstanceStatusType")
class DescribeInstanceStatus:
    """Ask how instances are; pages of ``max_results``."""

    instances: tuple[InstanceId, ...] = items(
        "InstanceIdSetType", default=(), name="instancesSet", required=True
    )
    filter: tuple[Filter, ...] = items("FilterSetType", default=(), name="filterSet")
    next_token: str | None = None
    max_results: int | None = None
    include_all_instances: bool | None = part(default=None, since="2012-05-01")


@message("InstanceStatusEventType")
class InstanceStatusEvent:
    """Something planned for an instance."""

    code: str
    description: str
    not_before: datetime
    not_after: datetime | None = None


@message("InstanceStatusDetailsSetItemType")
class InstanceStatusDetailsSetItem:
    """One check of an instance and its outcome."""

    name: str
    status: str
    impaired_since: datetime | None = part(default=None, since="2012-05-01")


@message("InstanceStatusType")
class InstanceStatus:
    """How an instance or its host is, and by which checks."""

    status: str
    details: tuple[InstanceStatusDetailsSetItem, ...] = items(
        "InstanceStatusDetailsSetType", default=()
    )


@message("InstanceStatusItemType")
class InstanceStatusItem:
    """One instance: its state, how it and its host are, what is planned."""

    instance_id: str
    availability_zone: str
    events: tuple[InstanceStatusEvent, ...] = items(
        "InstanceStatusEventsSetType", default=(), name="eventsSet"
    )
    instance_state: InstanceState
    system_status: InstanceStatus = part(since="2011-12-15")
    instance_status: InstanceStatus = part(since="2011-12-15")


@message("DescribeInstanceStatusResponseType")
class DescribeInstanceStatusResponse:
    """How each instance is."""

    request_id: str = part(default="", required=True)
    instance_status: tuple[InstanceStatusItem, ...] = items(
        "InstanceStatusSetType", default=(), name="instanceStatusSet", required=True
    )
    next_token: str | None = None


@message("CreateImageType")
class CreateImage:
    """Make an image of an instance whose disks are volumes."""

    instance_id: str
    name: str
    description: str | None = None
    no_reboot: bool | None = None
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] = items(
        "BlockDeviceMappingType", default=(), since="2012-07-20"
    )


@message("CreateImageResponseType")
class CreateImageResponse:
    """The image that is being made."""

    request_id: str = part(default="", required=True)
    image_id: str


STOP_INSTANCES = Operation(
    name="StopInstances",
    asks=StopInstances,
    answers=StopInstancesResponse,
    allows="ec2:StopInstances",
    since="2009-10-31",
    mutates=True,
)


MONITOR_INSTANCES = Operation(
    name="MonitorInstances",
    asks=MonitorInstances,
    answers=MonitorInstancesResponse,
    allows="ec2:MonitorInstances",
    since="2009-04-04",
    mutates=True,
)


GET_PASSWORD_DATA = Operation(
    name="GetPasswordData",
    asks=GetPasswordData,
    answers=GetPasswordDataResponse,
    allows="ec2:GetPasswordData",
    since="2009-07-15",
)


CONFIRM_PRODUCT_INSTANCE = Operation(
    name="ConfirmProductInstance",
    asks=ConfirmProductInstance,
    answers=ConfirmProductInstanceResponse,
    allows="ec2:ConfirmProductInstance",
    since="2007-03-01",
)


DESCRIBE_INSTANCE_STATUS = Operation(
    name="DescribeInstanceStatus",
    asks=DescribeInstanceStatus,
    answers=DescribeInstanceStatusResponse,
    allows="ec2:DescribeInstanceStatus",
    since="2011-11-01",
)


CREATE_IMAGE = Operation(
    name="CreateImage",
    asks=CreateImage,
    answers=CreateImageResponse,
    allows="ec2:CreateImage",
    since="2009-10-31",
    mutates=True,
)


OPERATIONS = (
    STOP_INSTANCES,
    MONITOR_INSTANCES,
    GET_PASSWORD_DATA,
    CONFIRM_PRODUCT_INSTANCE,
    DESCRIBE_INSTANCE_STATUS,
    CREATE_IMAGE,
)
