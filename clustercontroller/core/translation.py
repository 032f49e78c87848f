# SPDX-License-Identifier: BSD-2-Clause
"""Between the two contracts: what the cloud asks -> what a node is asked, and back."""

from __future__ import annotations

from dataclasses import fields

from eucalyptus.contracts.cluster import ClusterInstance, RunInstances
from eucalyptus.contracts.internal import NetConfig, VirtualMachine
from eucalyptus.contracts.node import Instance, NcRunInstance

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - how the contract writes "none", never bound
_MASKED = {"ready": "preparing", "cleaning": "migrating"}
_SHARED = tuple(
    {field.name for field in fields(ClusterInstance)} & {field.name for field in fields(Instance)}
)


def mac_address(prefix: str, instance_id: str) -> str:
    """The MAC of an EDGE instance: the zone's prefix and the first 8 hex digits of its id."""
    digits = instance_id.partition("-")[2][:8]
    return ":".join([prefix, *(digits[at : at + 2] for at in range(0, 8, 2))])


def for_cloud(instance: Instance, service_tag: str) -> ClusterInstance:
    """A node's instance as the zone reports it; migration states are simplified."""
    shared = {name: getattr(instance, name) for name in _SHARED}
    state = instance.migration_state_name
    shared["migration_state_name"] = _MASKED.get(state or "", state)
    shared["service_tag"] = service_tag
    return ClusterInstance(**shared)


def net_config(ask: RunInstances, index: int, prefix: str) -> NetConfig:
    """The primary interface of the ``index``-th instance; its MAC follows from its id."""
    instance_id = ask.instance_ids[index]
    private = ask.private_ips[index] if index < len(ask.private_ips) else NO_ADDRESS
    numbers = ask.network_index_list
    return NetConfig(
        interface_id=instance_id,
        device=0,
        private_mac_address=mac_address(prefix, instance_id),
        private_ip=private or NO_ADDRESS,
        public_ip=NO_ADDRESS,
        vlan=ask.vlan,
        network_index=numbers[index] if index < len(numbers) else -1,
        attachment_id=ask.primary_eni_attachment_id,
    )


def _counted(first: str, index: int) -> str:
    """The place in its launch of the ``index``-th instance; the request says that of the first."""
    return str(int(first) + index) if first.isascii() and first.isdigit() else first


def for_node(ask: RunInstances, index: int, prefix: str) -> NcRunInstance:
    """What the chosen node is asked for the ``index``-th instance of ``ask``."""
    return NcRunInstance(
        user_id=ask.user_id,
        image_id=ask.image_id,
        kernel_id=ask.kernel_id,
        ramdisk_id=ask.ramdisk_id,
        image_url=ask.image_url,
        kernel_url=ask.kernel_url,
        ramdisk_url=ask.ramdisk_url,
        owner_id=ask.owner_id or "",
        account_id=ask.account_id or "",
        reservation_id=ask.reservation_id,
        instance_id=ask.instance_ids[index],
        uuid=ask.uuids[index],
        instance_type=ask.instance_type or VirtualMachine(),
        key_name=ask.key_name or "",
        net_params=net_config(ask, index, prefix),
        user_data=ask.user_data,
        credential=ask.credential,
        launch_index=_counted(ask.launch_index, index),
        platform=ask.platform,
        expiry_time=ask.expiry_time,
        group_names=ask.net_names[:64],
        root_directive=ask.root_directive,
        group_ids=ask.net_ids[:64],
        secondary_net_config=ask.secondary_net_config,
    )


def placeholder(ask: NcRunInstance) -> Instance:
    """The instance as the zone shows it until its node reports it for the first time."""
    return Instance(
        uuid=ask.uuid,
        reservation_id=ask.reservation_id,
        instance_id=ask.instance_id,
        image_id=ask.image_id or "",
        kernel_id=ask.kernel_id,
        ramdisk_id=ask.ramdisk_id,
        user_id=ask.user_id or "",
        owner_id=ask.owner_id,
        account_id=ask.account_id,
        key_name=ask.key_name,
        instance_type=ask.instance_type,
        net_params=ask.net_params,
        state_name="Pending",
        expiry_time=ask.expiry_time,
        user_data=ask.user_data,
        launch_index=ask.launch_index,
        platform=ask.platform,
        group_names=ask.group_names,
        group_ids=ask.group_ids,
        secondary_net_config=ask.secondary_net_config,
    )
