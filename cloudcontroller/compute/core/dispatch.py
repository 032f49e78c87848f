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


def run_instance(instance: Instance, vm: VirtualMachine, request_id: str) -> cluster.RunInstances:
    """The message that starts one instance. Sending it again asks for the same instance."""
    return cluster.RunInstances(
        correlation_id=correlation(request_id, instance.uuid),
        user_id=instance.user_id,
        image_id=instance.image_id,
        kernel_id=instance.kernel_id or None,
        ramdisk_id=instance.ramdisk_id or None,
        instance_type=vm,
        key_name=instance.public_key,
        max_count=1,
        min_count=1,
        reservation_id=instance.reservation_id,
        instance_ids=(instance.instance_id,),
        net_names=tuple(group.name for group in instance.groups),
        net_ids=tuple(group.group_id for group in instance.groups),
        mac_addresses=(instance.mac,),
        network_index_list=(NO_NETWORK,),
        private_ips=(instance.private_ip,),
        uuids=(instance.uuid,),
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
