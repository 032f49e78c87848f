# SPDX-License-Identifier: BSD-2-Clause
"""The node controller's contract: what a cluster controller asks of one host."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Contract, Operation, Patience, Reach, message, part
from eucalyptus.contracts.internal import (
    NAMESPACE,
    Message,
    NetConfig,
    SensorsResource,
    VirtualMachine,
    Volume,
)

FAULT = ": "
"""Between an instance's guest state and why it could not be started."""


@message("instanceType")
class Instance:
    """An instance as its node reports it. ``state_name`` is Pending, Extant or Teardown.

    ``guest_state_name`` is poweredOn or poweredOff; FAULT and a sentence follow poweredOff when
    the node could not start the instance (the contract has no element of its own for that).
    """

    uuid: str
    reservation_id: str
    instance_id: str
    image_id: str
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    user_id: str
    owner_id: str
    account_id: str
    key_name: str
    instance_type: VirtualMachine
    net_params: NetConfig | None = None
    state_name: str
    bundle_task_state_name: str | None = None
    bundle_task_progress: float | None = None
    create_image_state_name: str | None = None
    launch_time: datetime | None = None
    expiry_time: datetime | None = None
    blkbytes: int | None = None
    netbytes: int | None = None
    guest_state_name: str | None = None
    migration_state_name: str | None = None
    migration_source: str | None = None
    migration_destination: str | None = None
    user_data: str | None = None
    launch_index: str | None = None
    platform: str | None = None
    group_names: tuple[str, ...] = part(default=())
    group_ids: tuple[str, ...] = part(default=())
    volumes: tuple[Volume, ...] = part(default=())
    service_tag: str | None = None
    has_floopy: int | None = None
    secondary_net_config: tuple[NetConfig, ...] = part(default=())


@message("ncBroadcastNetworkInfoType")
class NcBroadcastNetworkInfo(Message):
    """The parameters of ``ncBroadcastNetworkInfo``."""

    network_info: str


@message("ncBroadcastNetworkInfoResponseType")
class NcBroadcastNetworkInfoResponse(Message):
    """What ``ncBroadcastNetworkInfo`` answers."""


@message("ncAssignAddressType")
class NcAssignAddress(Message):
    """The parameters of ``ncAssignAddress``."""

    instance_id: str
    public_ip: str


@message("ncAssignAddressResponseType")
class NcAssignAddressResponse(Message):
    """What ``ncAssignAddress`` answers."""


@message("ncPowerDownType")
class NcPowerDown(Message):
    """The parameters of ``ncPowerDown``."""


@message("ncPowerDownResponseType")
class NcPowerDownResponse(Message):
    """What ``ncPowerDown`` answers."""


@message("ncStartNetworkType")
class NcStartNetwork(Message):
    """The parameters of ``ncStartNetwork``."""

    remote_hosts: tuple[str, ...] = part(default=())
    remote_host_port: int | None = None
    vlan: int | None = None
    uuid: str | None = None


@message("ncStartNetworkResponseType")
class NcStartNetworkResponse(Message):
    """What ``ncStartNetwork`` answers."""

    network_status: str | None = None


@message("ncRunInstanceType")
class NcRunInstance(Message):
    """The parameters of ``ncRunInstance``."""

    image_id: str | None = part(default=None, nillable=True)
    kernel_id: str | None = part(default=None, nillable=True)
    ramdisk_id: str | None = part(default=None, nillable=True)
    image_url: str | None = part(default=None, name="imageURL", nillable=True)
    kernel_url: str | None = part(default=None, name="kernelURL", nillable=True)
    ramdisk_url: str | None = part(default=None, name="ramdiskURL", nillable=True)
    owner_id: str
    account_id: str
    reservation_id: str
    instance_id: str
    uuid: str
    instance_type: VirtualMachine
    key_name: str
    net_params: NetConfig
    user_data: str | None = None
    credential: str | None = None
    launch_index: str | None = None
    platform: str | None = None
    expiry_time: datetime | None = None
    group_names: tuple[str, ...] = part(default=())
    root_directive: str | None = None
    group_ids: tuple[str, ...] = part(default=())
    secondary_net_config: tuple[NetConfig, ...] = part(default=())


@message("ncRunInstanceResponseType")
class NcRunInstanceResponse(Message):
    """What ``ncRunInstance`` answers."""

    instance: Instance | None = None


@message("ncDescribeInstancesType")
class NcDescribeInstances(Message):
    """The parameters of ``ncDescribeInstances``."""

    instance_ids: tuple[str, ...] = part(default=())


@message("ncDescribeInstancesResponseType")
class NcDescribeInstancesResponse(Message):
    """What ``ncDescribeInstances`` answers."""

    instances: tuple[Instance, ...] = part(default=())


@message("ncTerminateInstanceType")
class NcTerminateInstance(Message):
    """The parameters of ``ncTerminateInstance``."""

    instance_id: str
    force: bool


@message("ncTerminateInstanceResponseType")
class NcTerminateInstanceResponse(Message):
    """What ``ncTerminateInstance`` answers."""

    instance_id: str
    shutdown_state: str | None = None
    previous_state: str | None = None


@message("ncRebootInstanceType")
class NcRebootInstance(Message):
    """The parameters of ``ncRebootInstance``."""

    instance_id: str


@message("ncRebootInstanceResponseType")
class NcRebootInstanceResponse(Message):
    """What ``ncRebootInstance`` answers."""

    status: bool


@message("ncGetConsoleOutputType")
class NcGetConsoleOutput(Message):
    """The parameters of ``ncGetConsoleOutput``."""

    instance_id: str


@message("ncGetConsoleOutputResponseType")
class NcGetConsoleOutputResponse(Message):
    """What ``ncGetConsoleOutput`` answers."""

    console_output: str


@message("ncDescribeResourceType")
class NcDescribeResource(Message):
    """The parameters of ``ncDescribeResource``."""

    resource_type: str | None = None


@message("ncDescribeResourceResponseType")
class NcDescribeResourceResponse(Message):
    """What ``ncDescribeResource`` answers."""

    node_status: str
    migration_capable: bool
    iqn: str
    memory_size_max: int
    memory_size_available: int
    disk_size_max: int
    disk_size_available: int
    number_of_cores_max: int
    number_of_cores_available: int
    public_subnets: str
    hypervisor: str


@message("ncDescribeSensorsType")
class NcDescribeSensors(Message):
    """The parameters of ``ncDescribeSensors``."""

    history_size: int | None = None
    collection_interval_time_ms: int | None = None
    instance_ids: tuple[str, ...] = part(default=())
    sensor_ids: tuple[str, ...] = part(default=())


@message("ncDescribeSensorsResponseType")
class NcDescribeSensorsResponse(Message):
    """What ``ncDescribeSensors`` answers."""

    sensors_resources: tuple[SensorsResource, ...] = part(default=())


@message("ncModifyNodeType")
class NcModifyNode(Message):
    """The parameters of ``ncModifyNode``."""

    state_name: str | None = None


@message("ncModifyNodeResponseType")
class NcModifyNodeResponse(Message):
    """What ``ncModifyNode`` answers."""


NC_BROADCAST_NETWORK_INFO = Operation(
    name="ncBroadcastNetworkInfo",
    asks=NcBroadcastNetworkInfo,
    answers=NcBroadcastNetworkInfoResponse,
    reach=Reach.COMPONENT,
    soap_action="EucalyptusNC#BroadcastNetworkInfo",
    patience=Patience.SHORT,
)


NC_ASSIGN_ADDRESS = Operation(
    name="ncAssignAddress",
    asks=NcAssignAddress,
    answers=NcAssignAddressResponse,
    reach=Reach.COMPONENT,
)


NC_POWER_DOWN = Operation(
    name="ncPowerDown",
    asks=NcPowerDown,
    answers=NcPowerDownResponse,
    reach=Reach.COMPONENT,
)


NC_START_NETWORK = Operation(
    name="ncStartNetwork",
    asks=NcStartNetwork,
    answers=NcStartNetworkResponse,
    reach=Reach.COMPONENT,
)


NC_RUN_INSTANCE = Operation(
    name="ncRunInstance",
    asks=NcRunInstance,
    answers=NcRunInstanceResponse,
    reach=Reach.COMPONENT,
)


NC_DESCRIBE_INSTANCES = Operation(
    name="ncDescribeInstances",
    asks=NcDescribeInstances,
    answers=NcDescribeInstancesResponse,
    reach=Reach.COMPONENT,
)


NC_TERMINATE_INSTANCE = Operation(
    name="ncTerminateInstance",
    asks=NcTerminateInstance,
    answers=NcTerminateInstanceResponse,
    reach=Reach.COMPONENT,
)


NC_REBOOT_INSTANCE = Operation(
    name="ncRebootInstance",
    asks=NcRebootInstance,
    answers=NcRebootInstanceResponse,
    reach=Reach.COMPONENT,
)


NC_GET_CONSOLE_OUTPUT = Operation(
    name="ncGetConsoleOutput",
    asks=NcGetConsoleOutput,
    answers=NcGetConsoleOutputResponse,
    reach=Reach.COMPONENT,
)


NC_DESCRIBE_RESOURCE = Operation(
    name="ncDescribeResource",
    asks=NcDescribeResource,
    answers=NcDescribeResourceResponse,
    reach=Reach.COMPONENT,
)


NC_DESCRIBE_SENSORS = Operation(
    name="ncDescribeSensors",
    asks=NcDescribeSensors,
    answers=NcDescribeSensorsResponse,
    reach=Reach.COMPONENT,
)


NC_MODIFY_NODE = Operation(
    name="ncModifyNode",
    asks=NcModifyNode,
    answers=NcModifyNodeResponse,
    reach=Reach.COMPONENT,
)


NODE = Contract(
    name="EucalyptusNC",
    service="EucalyptusNC",
    port="EucalyptusNCPort",
    namespace=NAMESPACE,
    action_prefix="EucalyptusNC#",
    operations=(
        NC_BROADCAST_NETWORK_INFO,
        NC_ASSIGN_ADDRESS,
        NC_POWER_DOWN,
        NC_START_NETWORK,
        NC_RUN_INSTANCE,
        NC_DESCRIBE_INSTANCES,
        NC_TERMINATE_INSTANCE,
        NC_REBOOT_INSTANCE,
        NC_GET_CONSOLE_OUTPUT,
        NC_DESCRIBE_RESOURCE,
        NC_DESCRIBE_SENSORS,
        NC_MODIFY_NODE,
    ),
    later=frozenset(
        {
            "ncAttachVolume",
            "ncDetachVolume",
            "ncAttachNetworkInterface",
            "ncDetachNetworkInterface",
            "ncCreateImage",
            "ncBundleInstance",
            "ncBundleRestartInstance",
            "ncCancelBundleTask",
            "ncDescribeBundleTasks",
            "ncMigrateInstances",
            "ncStartInstance",
            "ncStopInstance",
        }
    ),
)
