# SPDX-License-Identifier: BSD-2-Clause
"""The cluster controller's contract: what the cloud asks of one availability zone."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts import service_control
from eucalyptus.contracts.declare import Contract, Operation, Reach, message, part
from eucalyptus.contracts.internal import (
    NAMESPACE,
    Message,
    NetConfig,
    SensorsResource,
    VirtualMachine,
    Volume,
)


@message("ccInstanceType")
class ClusterInstance:
    """An instance as its cluster reports it."""

    uuid: str | None = None
    image_id: str | None = None
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    instance_id: str | None = None
    instance_type: VirtualMachine | None = None
    key_name: str | None = None
    launch_time: datetime | None = None
    expiry_time: datetime | None = None
    state_name: str | None = None
    net_params: NetConfig | None = None
    owner_id: str | None = None
    account_id: str | None = None
    reservation_id: str | None = None
    service_tag: str | None = None
    user_data: str | None = None
    launch_index: str | None = None
    platform: str | None = None
    bundle_task_state_name: str | None = None
    bundle_task_progress: float | None = None
    create_image_state_name: str | None = None
    blkbytes: int | None = None
    netbytes: int | None = None
    guest_state_name: str | None = None
    migration_state_name: str | None = None
    migration_source: str | None = None
    migration_destination: str | None = None
    group_names: tuple[str, ...] = part(default=())
    volumes: tuple[Volume, ...] = part(default=())
    secondary_net_config: tuple[NetConfig, ...] = part(default=())


@message("ccResourceType")
class TypeCapacity:
    """How many instances of a type fit in the zone: in all, and now."""

    instance_type: VirtualMachine | None = None
    max_instances: int | None = None
    available_instances: int | None = None


@message("ccNodeType")
class NodeInfo:
    """A node of the zone."""

    service_tag: str | None = None
    iqn: str | None = None
    hypervisor: str | None = None


@message("describeResourcesType")
class DescribeResources(Message):
    """The parameters of ``describeResources``."""

    instance_types: tuple[VirtualMachine, ...] = part(default=(), least=1)


@message("describeResourcesResponseType")
class DescribeResourcesResponse(Message):
    """What ``describeResources`` answers."""

    resources: tuple[TypeCapacity, ...] = part(default=())
    service_tags: tuple[str, ...] = part(default=())
    nodes: tuple[NodeInfo, ...] = part(default=())


@message("describeInstancesType")
class DescribeInstances(Message):
    """The parameters of ``describeInstances``."""

    instance_ids: tuple[str, ...] = part(default=())


@message("describeInstancesResponseType")
class DescribeInstancesResponse(Message):
    """What ``describeInstances`` answers."""

    instances: tuple[ClusterInstance, ...] = part(default=())


@message("runInstancesType")
class RunInstances(Message):
    """The parameters of ``runInstances``."""

    image_id: str | None = None
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    image_url: str | None = part(default=None, name="imageURL")
    kernel_url: str | None = part(default=None, name="kernelURL")
    ramdisk_url: str | None = part(default=None, name="ramdiskURL")
    instance_type: VirtualMachine | None = None
    key_name: str | None = None
    max_count: int
    min_count: int
    reservation_id: str
    instance_ids: tuple[str, ...] = part(default=(), least=1)
    net_names: tuple[str, ...] = part(default=(), least=1)
    net_ids: tuple[str, ...] = part(default=(), least=1)
    mac_addresses: tuple[str, ...] = part(default=(), least=1)
    network_index_list: tuple[int, ...] = part(default=())
    private_ips: tuple[str, ...] = part(default=())
    uuids: tuple[str, ...] = part(default=(), least=1)
    vlan: int
    user_data: str
    credential: str
    launch_index: str
    platform: str | None = None
    expiry_time: datetime | None = None
    owner_id: str | None = None
    account_id: str | None = None
    root_directive: str | None = None
    primary_eni_attachment_id: str | None = None
    secondary_net_config: tuple[NetConfig, ...] = part(default=())


@message("runInstancesResponseType")
class RunInstancesResponse(Message):
    """What ``runInstances`` answers."""

    instances: tuple[ClusterInstance, ...] = part(default=())


@message("terminateInstancesType")
class TerminateInstances(Message):
    """The parameters of ``terminateInstances``."""

    instance_ids: tuple[str, ...] = part(default=(), nillable=True)
    force: bool | None = part(default=None, nillable=True)


@message("terminateInstancesResponseType")
class TerminateInstancesResponse(Message):
    """What ``terminateInstances`` answers."""

    is_terminated: tuple[bool, ...] = part(default=())


@message("rebootInstancesType")
class RebootInstances(Message):
    """The parameters of ``rebootInstances``."""

    instance_ids: tuple[str, ...] = part(default=())


@message("rebootInstancesResponseType")
class RebootInstancesResponse(Message):
    """What ``rebootInstances`` answers."""


@message("getConsoleOutputType")
class GetConsoleOutput(Message):
    """The parameters of ``getConsoleOutput``."""

    instance_id: str | None = None


@message("getConsoleOutputResponseType")
class GetConsoleOutputResponse(Message):
    """What ``getConsoleOutput`` answers."""

    console_output: str | None = None


@message("broadcastNetworkInfoType")
class BroadcastNetworkInfo(Message):
    """The parameters of ``broadcastNetworkInfo``."""

    version: str | None = None
    applied_version: str | None = None
    network_info: str


@message("broadcastNetworkInfoResponseType")
class BroadcastNetworkInfoResponse(Message):
    """What ``broadcastNetworkInfo`` answers."""


@message("describeSensorsType")
class DescribeSensors(Message):
    """The parameters of ``describeSensors``."""

    history_size: int | None = None
    collection_interval_time_ms: int | None = None
    instance_ids: tuple[str, ...] = part(default=())
    sensor_ids: tuple[str, ...] = part(default=())


@message("describeSensorsResponseType")
class DescribeSensorsResponse(Message):
    """What ``describeSensors`` answers."""

    sensors_resources: tuple[SensorsResource, ...] = part(default=())


DESCRIBE_RESOURCES = Operation(
    name="DescribeResources",
    asks=DescribeResources,
    answers=DescribeResourcesResponse,
    reach=Reach.COMPONENT,
)


DESCRIBE_INSTANCES = Operation(
    name="DescribeInstances",
    asks=DescribeInstances,
    answers=DescribeInstancesResponse,
    reach=Reach.COMPONENT,
)


RUN_INSTANCES = Operation(
    name="RunInstances",
    asks=RunInstances,
    answers=RunInstancesResponse,
    reach=Reach.COMPONENT,
)


TERMINATE_INSTANCES = Operation(
    name="TerminateInstances",
    asks=TerminateInstances,
    answers=TerminateInstancesResponse,
    reach=Reach.COMPONENT,
)


REBOOT_INSTANCES = Operation(
    name="RebootInstances",
    asks=RebootInstances,
    answers=RebootInstancesResponse,
    reach=Reach.COMPONENT,
)


GET_CONSOLE_OUTPUT = Operation(
    name="GetConsoleOutput",
    asks=GetConsoleOutput,
    answers=GetConsoleOutputResponse,
    reach=Reach.COMPONENT,
)


BROADCAST_NETWORK_INFO = Operation(
    name="BroadcastNetworkInfo",
    asks=BroadcastNetworkInfo,
    answers=BroadcastNetworkInfoResponse,
    reach=Reach.COMPONENT,
)


DESCRIBE_SENSORS = Operation(
    name="DescribeSensors",
    asks=DescribeSensors,
    answers=DescribeSensorsResponse,
    reach=Reach.COMPONENT,
)


CLUSTER = Contract(
    name="EucalyptusCC",
    service="EucalyptusCC",
    port="EucalyptusCCPort",
    namespace=NAMESPACE,
    action_prefix="EucalyptusCC#",
    operations=(
        *service_control.OPERATIONS,
        DESCRIBE_RESOURCES,
        DESCRIBE_INSTANCES,
        RUN_INSTANCES,
        TERMINATE_INSTANCES,
        REBOOT_INSTANCES,
        GET_CONSOLE_OUTPUT,
        BROADCAST_NETWORK_INFO,
        DESCRIBE_SENSORS,
    ),
    later=frozenset(
        {
            "ShutdownService",
            "MigrateInstances",
            "StartInstance",
            "StopInstance",
            "AttachVolume",
            "DetachVolume",
            "AttachNetworkInterface",
            "DetachNetworkInterface",
            "CreateImage",
            "BundleInstance",
            "BundleRestartInstance",
            "CancelBundleTask",
            "StartNetwork",
            "StopNetwork",
            "ConfigureNetwork",
            "AssignAddress",
            "UnassignAddress",
            "DescribeNetworks",
        }
    ),
)
