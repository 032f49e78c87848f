# SPDX-License-Identifier: BSD-2-Clause
"""What a cluster is told: remembered values -> messages of its contract."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from cloudcontroller.compute.core.instance import Instance
from cloudcontroller.compute.core.types import VmType
from eucalyptus.contracts import cluster
from eucalyptus.contracts.internal import ServiceInfo, VirtualMachine

SYSTEM = "eucalyptus"
"""The user in whose name the cloud itself speaks."""

NO_NETWORK = -1
"""Neither VLAN nor network index: only the managed modes had them."""

_OF_A_LAUNCH = (
    "reservation_id", "zone", "user_id", "account_id", "image_id", "kernel_id", "ramdisk_id",
    "type", "public_key", "user_data", "platform", "groups",
)  # fmt: skip
"""What one message says once for all that it starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Where the services are that a zone's components may need."""

    address: str
    port: int

    def services(self, zone: str, url: str) -> tuple[ServiceInfo, ...]:
        """The enabled services as every message to ``zone`` carries them."""
        front = f"http://{self.address}:{self.port}/services"
        return (
            ServiceInfo(partition="", type="eucalyptus", name="cloud", uris=(f"{front}/Cloud",)),
            ServiceInfo(
                partition="", type="objectstorage", name="walrus", uris=(f"{front}/objectstorage",)
            ),
            cluster_service(zone, url),
        )


def cluster_service(zone: str, url: str) -> ServiceInfo:
    """A zone's cluster controller as a service."""
    return ServiceInfo(partition=zone, type="cluster", name=f"{zone}-cc", uris=(url,))


def correlation(request_id: str, step: str) -> str:
    """The id by which a request is followed through every daemon's log."""
    return f"{request_id}::{step}"


def follows(other: Instance, one: Instance) -> bool:
    """Whether ``other`` is the next of the launch of ``one``, so that one message can start both
    (clusters count the launch index on)."""
    return other.launch_index == one.launch_index + 1 and all(
        getattr(other, name) == getattr(one, name) for name in _OF_A_LAUNCH
    )


def run_instances(
    row: Sequence[Instance], vm: VirtualMachine, request_id: str
) -> cluster.RunInstances:
    """The message that starts instances that follow each other. Sending it, or a part of it,
    again asks for the same instances."""
    instance, count = row[0], len(row)
    return cluster.RunInstances(
        correlation_id=correlation(request_id, instance.uuid),
        user_id=instance.user_id,
        image_id=instance.image_id,
        kernel_id=instance.kernel_id or None,
        ramdisk_id=instance.ramdisk_id or None,
        instance_type=vm,
        key_name=instance.public_key,
        max_count=count,
        min_count=count,
        reservation_id=instance.reservation_id,
        instance_ids=tuple(one.instance_id for one in row),
        net_names=tuple(group.name for group in instance.groups),
        net_ids=tuple(group.group_id for group in instance.groups),
        mac_addresses=tuple(one.mac for one in row),
        network_index_list=(NO_NETWORK,) * count,
        private_ips=tuple(one.private_ip for one in row),
        uuids=tuple(one.uuid for one in row),
        vlan=NO_NETWORK,
        user_data=base64.b64encode(instance.user_data).decode("ascii"),
        credential="",
        launch_index=str(instance.launch_index),
        platform=instance.platform or "linux",
        owner_id=instance.user_id,
        account_id=instance.account_id,
    )


def terminate(instance_ids: Sequence[str], request_id: str) -> cluster.TerminateInstances:
    """The message that ends instances."""
    return cluster.TerminateInstances(
        correlation_id=correlation(request_id, "terminate"),
        user_id=SYSTEM,
        instance_ids=tuple(instance_ids),
        force=False,
    )


def types_asked(types: Sequence[VmType]) -> cluster.DescribeResources:
    """The message that asks how many of each type fit."""
    return cluster.DescribeResources(
        user_id=SYSTEM,
        instance_types=tuple(
            VirtualMachine(name=t.name, memory=t.memory, cores=t.cpu, disk=t.disk) for t in types
        ),
    )
