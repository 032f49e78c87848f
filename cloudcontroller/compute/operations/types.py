# SPDX-License-Identifier: BSD-2-Clause
"""Instance types: describe, and for the cloud's administrators modify."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.logger import Logger

from cloudcontroller.compute.core import filters
from cloudcontroller.compute.core.filters import Table
from cloudcontroller.compute.core.types import DEFAULTS, VmType, modified
from cloudcontroller.compute.database import clusters, types
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import types as ec2
from eucalyptus.contracts.refusals import INVALID_COMBINATION, NO_SUCH_TYPE, UNAUTHORIZED
from eucalyptus.database.run import Tx

FILTERS: Table[VmType] = {
    "cpu": lambda one: str(one.cpu),
    "disk": lambda one: str(one.disk),
    "instance-type": lambda one: one.name,
    "memory": lambda one: str(one.memory),
    "name": lambda one: one.name,
}

_ORIGINAL = {one.name: one for one in DEFAULTS}
_log = Logger()

Room = Mapping[str, Mapping[str, clusters.Capacity]]


async def describe_instance_types(
    world: World, call: Call, ask: ec2.DescribeInstanceTypes
) -> ec2.DescribeInstanceTypesResponse:
    """Describe types, with the zones' room for them when ``availability`` asks for it."""
    known, room = await world.database.read(_known)

    wanted = [one.instance_type for one in ask.instance_types] or list(known)
    chosen = [_type(known, name) for name in dict.fromkeys(wanted)]
    kept = filters.select(chosen, ask.filter, FILTERS)
    shown = room if ask.availability else {}
    return ec2.DescribeInstanceTypesResponse(
        instance_type_details=tuple(_details(one, shown) for one in kept),
        instance_type_infos=tuple(_today(one) for one in kept),
    )


def _known(tx: Tx) -> tuple[Mapping[str, VmType], Room]:
    return types.known(tx), clusters.capacity(tx)


def _type(known: Mapping[str, VmType], name: str) -> VmType:
    if name not in known:
        raise NO_SUCH_TYPE(type=name, known=", ".join(known))
    return known[name]


def _details(one: VmType, room: Room) -> ec2.InstanceTypeDetails:
    zones = (
        ec2.InstanceTypeZoneStatus(
            zone_name=zone, max=sizes[one.name].maximum, available=sizes[one.name].available
        )
        for zone, sizes in sorted(room.items())
        if one.name in sizes
    )
    return ec2.InstanceTypeDetails(
        name=one.name, cpu=one.cpu, disk=one.disk, memory=one.memory, availability=tuple(zones)
    )


def _today(one: VmType) -> ec2.InstanceTypeInfo:
    return ec2.InstanceTypeInfo(
        instance_type=one.name,
        current_generation=True,
        bare_metal=False,
        v_cpu_info=ec2.VCpuInfo(default_v_cpus=one.cpu),
        memory_info=ec2.MemoryInfo(size_in_mi_b=one.memory),
        instance_storage_supported=True,
        instance_storage_info=ec2.InstanceStorageInfo(total_size_in_gb=one.disk),
    )


async def modify_instance_type_attribute(
    world: World, call: Call, ask: ec2.ModifyInstanceTypeAttribute
) -> ec2.ModifyInstanceTypeAttributeResponse:
    """Change or reset a type for launches to come."""
    if not call.who.is_cloud_admin:
        raise UNAUTHORIZED(
            who=call.who.arn, action="ec2:ModifyInstanceTypeAttribute", account="eucalyptus"
        )
    sizes = (ask.cpu, ask.memory, ask.disk)
    if ask.reset and any(size is not None for size in sizes):
        raise INVALID_COMBINATION(reason="Give either Reset or new sizes, not both.")
    if not ask.reset and all(size is None for size in sizes):
        raise INVALID_COMBINATION(reason="Give Cpu, Memory or Disk, or Reset.")

    old, new = await world.database.run(_modify, ask)

    _log.info("{request}: type {old} is now {new}", request=call.request_id, old=old, new=new)
    return ec2.ModifyInstanceTypeAttributeResponse(
        instance_type=_details(new, {}), previous_instance_type=_details(old, {})
    )


def _modify(tx: Tx, ask: ec2.ModifyInstanceTypeAttribute) -> tuple[VmType, VmType]:
    old = _type(types.known(tx), ask.name)
    if ask.reset:
        types.reset(tx, ask.name)
        return old, _ORIGINAL[ask.name]
    new = modified(old, cpu=ask.cpu, memory=ask.memory, disk=ask.disk)
    types.change(tx, new)
    return old, new
