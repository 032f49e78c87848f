# SPDX-License-Identifier: BSD-2-Clause
"""Instances: run, describe, terminate, reboot, console output."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.earlier import Folded, Was
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter
from eucalyptus.contracts.ec2.groups import GroupItem
from eucalyptus.contracts.ec2.launching import (
    IamInstanceProfileRequest,
    InstanceLicenseRequest,
    InstanceNetworkInterfaceSetItemRequest,
    MonitoringInstance,
    PlacementRequest,
    TagSpecification,
    UserData,
)
from eucalyptus.contracts.ec2.reservations import (
    InstanceState,
    ReservationInfo,
    RunningInstancesItem,
)
from eucalyptus.contracts.refusals import (
    DISK_TOO_SMALL,
    DRY_RUN,
    IMAGE_UNAVAILABLE,
    INVALID_COMBINATION,
    MALFORMED_IMAGE_ID,
    MALFORMED_INSTANCE_ID,
    NO_ADDRESSES,
    NO_CAPACITY,
    NO_SUCH_GROUP,
    NO_SUCH_IMAGE,
    NO_SUCH_INSTANCE,
    NO_SUCH_KEY,
    NO_SUCH_TYPE,
    NO_SUCH_ZONE,
    TOKEN_REUSED,
    TOO_MANY_INSTANCES,
    TOO_MANY_TAGS,
    USER_DATA_TOO_BIG,
    WRONG_STATE,
)

TERMINATE_ALONE = "2009-08-15"
"""The last API version in which TerminateInstances shared no type with StopInstances."""


@message("RunInstanceItemType")
class RunInstanceItem:
    """How many instances of which image."""

    image_id: str
    min_count: int
    max_count: int
    key_name: str | None = None


@message(
    "RunInstancesType",
    folded=Folded(name="instancesSet", set_type="RunInstancesInfoType", until="2007-03-01"),
)
class RunInstances(RunInstanceItem):
    """Ask for between ``min_count`` and ``max_count`` instances of one image."""

    group: tuple[GroupItem, ...] = items(
        "GroupSetType",
        default=(),
        name="groupSet",
        query={"group_id": "SecurityGroupId", "group_name": "SecurityGroup"},
        required=True,
    )
    additional_info: str | None = part(
        default=None,
        until="2013-02-01",
        was=Was(since="2012-07-20", until="2012-08-15", query_only=True),
    )
    user_data: UserData | None = part(default=None, since="2006-10-01")
    addressing_type: str | None = part(
        default=None,
        since="2007-01-19",
        until="2013-02-01",
        was=Was(since="2012-07-20", until="2012-08-15", query_only=True),
    )
    instance_type: str = part(default="", since="2007-08-29", required=True)
    placement: PlacementRequest | None = part(default=None, since="2008-02-01")
    kernel_id: str | None = part(default=None, since="2008-02-01")
    ramdisk_id: str | None = part(default=None, since="2008-02-01")
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] = items(
        "BlockDeviceMappingType", default=(), since="2008-02-01"
    )
    monitoring: MonitoringInstance | None = part(default=None, since="2009-04-04")
    subnet_id: str | None = part(default=None, since="2009-07-15")
    disable_api_termination: bool | None = part(default=None, since="2009-10-31")
    instance_initiated_shutdown_behavior: str | None = part(default=None, since="2009-10-31")
    license: InstanceLicenseRequest | None = part(default=None, since="2010-06-15")
    private_ip_address: str | None = part(default=None, since="2010-06-15")
    client_token: str | None = part(default=None, since="2010-08-31")
    network_interface: tuple[InstanceNetworkInterfaceSetItemRequest, ...] = items(
        "InstanceNetworkInterfaceSetRequestType",
        default=(),
        name="networkInterfaceSet",
        since="2011-12-01",
    )
    iam_instance_profile: IamInstanceProfileRequest | None = part(default=None, since="2012-06-01")
    ebs_optimized: bool | None = part(default=None, since="2012-07-20")
    dry_run: bool | None = part(default=None, query_only=True)
    tag_specification: tuple[TagSpecification, ...] = items(
        "TagSpecificationSetType", default=(), name="tagSpecificationSet", since="2016-11-15"
    )


@message("RunInstancesResponseType", was=(("2008-05-05", "ReservationInfoType"),))
class RunInstancesResponse:
    """The reservation that a launch made; its instances are pending."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    reservation_id: str
    owner_id: str
    group: tuple[GroupItem, ...] = items("GroupSetType", default=(), name="groupSet", required=True)
    instances: tuple[RunningInstancesItem, ...] = items(
        "RunningInstancesSetType", default=(), name="instancesSet", required=True, least=1
    )
    requester_id: str | None = part(default=None, since="2008-08-08")


@message("DescribeInstancesItemType")
class DescribeInstancesItem:
    """An instance id to describe."""

    instance_id: str


@message("DescribeInstancesType")
class DescribeInstances:
    """Ask for some instances, or for all when none is named."""

    instances: tuple[DescribeInstancesItem, ...] = items(
        "DescribeInstancesInfoType", default=(), name="instancesSet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )
    next_token: str | None = part(default=None, since="2013-10-15")
    max_results: int | None = part(default=None, since="2013-10-15")


@message("DescribeInstancesResponseType")
class DescribeInstancesResponse:
    """The reservations that hold the instances asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    reservation: tuple[ReservationInfo, ...] = items(
        "ReservationSetType", default=(), name="reservationSet", required=True
    )
    next_token: str | None = part(default=None, since="2013-10-15")


@message("InstanceIdType", was=((TERMINATE_ALONE, "TerminateInstancesItemType"),))
class InstanceId:
    """An instance id."""

    instance_id: str


@message("TerminateInstancesType")
class TerminateInstances:
    """Ask for instances to be ended and their disks deleted."""

    instances: tuple[InstanceId, ...] = items(
        "InstanceIdSetType",
        default=(),
        name="instancesSet",
        required=True,
        was=Was(until=TERMINATE_ALONE, set_type="TerminateInstancesInfoType", least=1),
    )


@message("InstanceStateChangeType", was=((TERMINATE_ALONE, "TerminateInstancesResponseItemType"),))
class InstanceStateChange:
    """The state an instance had and the state it has now."""

    instance_id: str
    current_state: InstanceState = part(was=Was(until=TERMINATE_ALONE, name="shutdownState"))
    previous_state: InstanceState


@message("TerminateInstancesResponseType")
class TerminateInstancesResponse:
    """How each instance's state changed."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    instances: tuple[InstanceStateChange, ...] = items(
        "InstanceStateChangeSetType",
        default=(),
        name="instancesSet",
        required=True,
        was=Was(until=TERMINATE_ALONE, set_type="TerminateInstancesResponseInfoType"),
    )


@message("RebootInstancesItemType")
class RebootInstancesItem:
    """An instance id to reboot."""

    instance_id: str


@message("RebootInstancesType")
class RebootInstances:
    """Ask for instances to be rebooted; their disks and addresses stay."""

    instances: tuple[RebootInstancesItem, ...] = items(
        "RebootInstancesInfoType", default=(), name="instancesSet", required=True, least=1
    )


@message("RebootInstancesResponseType")
class RebootInstancesResponse:
    """Whether the reboots were accepted."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


@message("GetConsoleOutputType")
class GetConsoleOutput:
    """Ask for the last 64 KiB of an instance's serial console."""

    instance_id: str


@message("GetConsoleOutputResponseType")
class GetConsoleOutputResponse:
    """Console text in base64 and when it was read."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    instance_id: str
    timestamp: datetime
    output: str


RUN_INSTANCES = Operation(
    name="RunInstances",
    asks=RunInstances,
    answers=RunInstancesResponse,
    refuses=(
        NO_SUCH_IMAGE,
        MALFORMED_IMAGE_ID,
        IMAGE_UNAVAILABLE,
        NO_SUCH_TYPE,
        NO_SUCH_ZONE,
        NO_SUCH_KEY,
        NO_SUCH_GROUP,
        NO_CAPACITY,
        NO_ADDRESSES,
        TOO_MANY_INSTANCES,
        TOO_MANY_TAGS,
        TOKEN_REUSED,
        DRY_RUN,
        DISK_TOO_SMALL,
        USER_DATA_TOO_BIG,
        INVALID_COMBINATION,
    ),
    allows="ec2:RunInstances",
    mutates=True,
)


DESCRIBE_INSTANCES = Operation(
    name="DescribeInstances",
    asks=DescribeInstances,
    answers=DescribeInstancesResponse,
    refuses=(
        NO_SUCH_INSTANCE,
        MALFORMED_INSTANCE_ID,
        INVALID_COMBINATION,
    ),
    allows="ec2:DescribeInstances",
)


TERMINATE_INSTANCES = Operation(
    name="TerminateInstances",
    asks=TerminateInstances,
    answers=TerminateInstancesResponse,
    refuses=(
        NO_SUCH_INSTANCE,
        MALFORMED_INSTANCE_ID,
    ),
    allows="ec2:TerminateInstances",
    mutates=True,
)


REBOOT_INSTANCES = Operation(
    name="RebootInstances",
    asks=RebootInstances,
    answers=RebootInstancesResponse,
    refuses=(
        NO_SUCH_INSTANCE,
        MALFORMED_INSTANCE_ID,
        WRONG_STATE,
    ),
    allows="ec2:RebootInstances",
    since="2007-01-03",
    mutates=True,
)


GET_CONSOLE_OUTPUT = Operation(
    name="GetConsoleOutput",
    asks=GetConsoleOutput,
    answers=GetConsoleOutputResponse,
    refuses=(
        NO_SUCH_INSTANCE,
        MALFORMED_INSTANCE_ID,
    ),
    allows="ec2:GetConsoleOutput",
    since="2007-01-03",
)


OPERATIONS = (
    RUN_INSTANCES,
    DESCRIBE_INSTANCES,
    TERMINATE_INSTANCES,
    REBOOT_INSTANCES,
    GET_CONSOLE_OUTPUT,
)
