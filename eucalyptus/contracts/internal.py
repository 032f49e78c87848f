# SPDX-License-Identifier: BSD-2-Clause
"""What the messages between components share: their head, services, machines, metrics."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Long, message, part

NAMESPACE = "http://eucalyptus.ucsb.edu/"


@message("serviceInfoType")
class ServiceInfo:
    """A service as the topology names it: zone, type, name, and where it listens."""

    partition: str | None = part(default=None, nillable=True)
    type: str | None = None
    name: str | None = None
    uris: tuple[str, ...] = part(default=())


@message("eucalyptusMessage")
class Message:
    """The head of every internal message; ``status_message`` is "0" on success, else says why."""

    correlation_id: str | None = None
    user_id: str | None = None
    status_message: str | None = part(default=None, nillable=True)
    succeeded: bool | None = part(default=None, name="return")
    epoch: int | None = None
    services: tuple[ServiceInfo, ...] = part(default=())
    disabled_services: tuple[ServiceInfo, ...] = part(default=())
    notready_services: tuple[ServiceInfo, ...] = part(default=())
    node_name: str | None = part(default=None, nillable=True)


@message("virtualBootRecordType")
class VirtualBootRecord:
    """What to put behind which guest device. ``size`` in bytes, -1 for unknown."""

    resource_location: str | None = None
    guest_device_name: str | None = None
    size: Long | None = None
    format: str | None = None
    id: str | None = None
    type: str | None = None


@message("virtualMachineType")
class VirtualMachine:
    """An instance type with its boot record: ``memory`` MiB, ``disk`` GiB."""

    name: str | None = None
    memory: int | None = None
    cores: int | None = None
    disk: int | None = None
    virtual_boot_record: tuple[VirtualBootRecord, ...] = part(default=())


@message("netConfigType")
class NetConfig:
    """One network interface of an instance; 0.0.0.0 means no address."""

    interface_id: str
    device: int
    private_mac_address: str
    private_ip: str
    public_ip: str
    vlan: int
    network_index: int
    attachment_id: str | None = None


@message("volumeType")
class Volume:
    """A volume attached to an instance."""

    volume_id: str | None = None
    remote_dev: str | None = None
    local_dev: str | None = None
    state: str | None = None


@message("metricDimensionsValuesType")
class MetricDimensionsValues:
    """One measured value."""

    timestamp: datetime = part(nillable=True)
    value: float | None = part(default=None, nillable=True)


@message("metricDimensionsType")
class MetricDimensions:
    """The values of one dimension, from ``sequence_num`` on."""

    dimension_name: str
    sequence_num: Long
    values: tuple[MetricDimensionsValues, ...] = part(default=())


@message("metricCounterType")
class MetricCounter:
    """A counter of a metric and its dimensions."""

    type: str
    collection_interval_ms: Long
    dimensions: tuple[MetricDimensions, ...] = part(default=(), least=1)


@message("metricsResourceType")
class MetricsResource:
    """One metric of a resource."""

    metric_name: str = part(nillable=True)
    counters: tuple[MetricCounter, ...] = part(default=(), nillable=True)


@message("sensorsResourceType")
class SensorsResource:
    """The metrics of one instance."""

    resource_name: str
    resource_type: str
    resource_uuid: str | None = None
    metrics: tuple[MetricsResource, ...] = part(default=(), least=1)


@message("serviceStatusType")
class ServiceStatus:
    """A service and its state as it sees itself."""

    service_id: ServiceInfo
    local_state: str
    local_epoch: int
    details: tuple[str, ...] = part(default=())
