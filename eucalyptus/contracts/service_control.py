# SPDX-License-Identifier: BSD-2-Clause
"""Service control: how the cloud starts, stops, enables and asks a component."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, Reach, message, part
from eucalyptus.contracts.internal import Message, ServiceInfo, ServiceStatus


@message("describeServicesType")
class DescribeServices(Message):
    """The parameters of ``describeServices``."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())


@message("describeServicesResponseType")
class DescribeServicesResponse(Message):
    """What ``describeServices`` answers."""

    service_statuses: tuple[ServiceStatus, ...] = part(default=())


@message("startServiceType")
class StartService(Message):
    """The parameters of ``startService``."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("startServiceResponseType")
class StartServiceResponse(Message):
    """What ``startService`` answers."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("stopServiceType")
class StopService(Message):
    """The parameters of ``stopService``."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("stopServiceResponseType")
class StopServiceResponse(Message):
    """What ``stopService`` answers."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("enableServiceType")
class EnableService(Message):
    """The parameters of ``enableService``."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("enableServiceResponseType")
class EnableServiceResponse(Message):
    """What ``enableService`` answers."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("disableServiceType")
class DisableService(Message):
    """The parameters of ``disableService``."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("disableServiceResponseType")
class DisableServiceResponse(Message):
    """What ``disableService`` answers."""

    service_ids: tuple[ServiceInfo, ...] = part(default=())
    instances_ids: tuple[ServiceInfo, ...] = part(default=())


@message("modifyNodeType")
class ModifyNode(Message):
    """The parameters of ``modifyNode``."""

    state_name: str | None = None


@message("modifyNodeResponseType")
class ModifyNodeResponse(Message):
    """What ``modifyNode`` answers."""


DESCRIBE_SERVICES = Operation(
    name="DescribeServices",
    asks=DescribeServices,
    answers=DescribeServicesResponse,
    reach=Reach.COMPONENT,
)


START_SERVICE = Operation(
    name="StartService",
    asks=StartService,
    answers=StartServiceResponse,
    reach=Reach.COMPONENT,
)


STOP_SERVICE = Operation(
    name="StopService",
    asks=StopService,
    answers=StopServiceResponse,
    reach=Reach.COMPONENT,
)


ENABLE_SERVICE = Operation(
    name="EnableService",
    asks=EnableService,
    answers=EnableServiceResponse,
    reach=Reach.COMPONENT,
)


DISABLE_SERVICE = Operation(
    name="DisableService",
    asks=DisableService,
    answers=DisableServiceResponse,
    reach=Reach.COMPONENT,
)


MODIFY_NODE = Operation(
    name="ModifyNode",
    asks=ModifyNode,
    answers=ModifyNodeResponse,
    reach=Reach.COMPONENT,
)


OPERATIONS = (
    DESCRIBE_SERVICES,
    START_SERVICE,
    STOP_SERVICE,
    ENABLE_SERVICE,
    DISABLE_SERVICE,
    MODIFY_NODE,
)
