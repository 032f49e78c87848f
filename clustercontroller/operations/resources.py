# SPDX-License-Identifier: BSD-2-Clause
"""DescribeResources: how many instances of each type the zone can hold."""

from __future__ import annotations

from collections.abc import Sequence

from clustercontroller.core.capacity import Needs, Resources, room
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts.cluster import (
    DescribeResources,
    DescribeResourcesResponse,
    NodeInfo,
    TypeCapacity,
)  # fmt: skip
from eucalyptus.contracts.internal import VirtualMachine
from eucalyptus.contracts.refusals import INVALID_PARAMETER


async def describe_resources(
    zone: Zone, call: Call, ask: DescribeResources
) -> DescribeResourcesResponse:
    """Room per type, from what the nodes last said less what was promised since."""
    zone.hear(ask)
    nodes = [node for node in zone.roster.nodes if node.configured]
    held, ceiling = zone.roster.resources(), zone.settings.ceiling
    return DescribeResourcesResponse(
        resources=tuple(_capacity(held, machine, ceiling) for machine in ask.instance_types),
        service_tags=tuple(node.url for node in nodes),
        nodes=tuple(
            NodeInfo(service_tag=node.url, iqn=node.iqn, hypervisor=node.hypervisor)
            for node in nodes
        ),
    )


def _capacity(held: Sequence[Resources], machine: VirtualMachine, ceiling: int) -> TypeCapacity:
    needs = Needs.of(machine)
    if needs is None:
        wanted = "a type with memory, cores and disk above zero"
        raise INVALID_PARAMETER(name="instanceTypes", value=machine.name, wanted=wanted)
    found = room(held, needs, ceiling)
    shown = VirtualMachine(
        name=machine.name, memory=needs.memory, cores=needs.cores, disk=needs.disk
    )
    return TypeCapacity(
        instance_type=shown, max_instances=found.most, available_instances=found.free
    )
