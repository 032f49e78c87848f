# SPDX-License-Identifier: BSD-2-Clause
"""Service control: the only operations that are answered whatever state the service is in."""

from __future__ import annotations

from clustercontroller.core.nodes import Node
from clustercontroller.core.scheduler import NodeState
from clustercontroller.core.services import ServiceEvent, recognise
from clustercontroller.operations.nodes import set_node_state
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts import service_control as sc
from eucalyptus.contracts.internal import ServiceInfo, ServiceStatus
from eucalyptus.contracts.refusals import INVALID_COMBINATION
from eucalyptus.machine import WrongState


async def describe_services(
    zone: Zone, call: Call, ask: sc.DescribeServices
) -> sc.DescribeServicesResponse:
    """Learn the topology and who we are; tell our state and that of the nodes asked about."""
    zone.hear(ask, authoritative=True)
    zone.topology = recognise(zone.topology, ask.service_ids, zone.hosts)
    every = not ask.service_ids
    statuses = [_own_status(zone)] if every or _is_ours(zone, ask.service_ids) else []
    names = {each.name for each in ask.service_ids if each.type == "node"}
    nodes = [n for n in zone.roster.nodes if every or n.name in names]
    statuses += [_node_status(zone, node) for node in nodes]
    return sc.DescribeServicesResponse(service_statuses=tuple(statuses))


def _is_ours(zone: Zone, asked: tuple[ServiceInfo, ...]) -> bool:
    ours = zone.topology.itself
    return ours is not None and any(
        each.type == "cluster" and each.name == ours.name for each in asked
    )


def _own_status(zone: Zone) -> ServiceStatus:
    ours = zone.topology.itself or ServiceInfo(type="cluster", name="self")
    return ServiceStatus(
        service_id=ours,
        local_state=zone.state.shown,
        local_epoch=zone.topology.epoch,
        details=(f"ERRORS={zone.troubles}",),
    )


def _node_status(zone: Zone, node: Node) -> ServiceStatus:
    details = [f"ERRORS={int(node.state is NodeState.RESDOWN)}"]
    if node.state in (NodeState.RESASLEEP, NodeState.RESWAKING):
        details.append("asleep" if node.state is NodeState.RESASLEEP else "waking up")
    return ServiceStatus(
        service_id=ServiceInfo(
            partition=zone.topology.partition, type="node", name=node.name, uris=(node.url,)
        ),
        local_state=node.service_state,
        local_epoch=zone.topology.epoch,
        details=tuple(details),
    )


async def start_service(zone: Zone, call: Call, ask: sc.StartService) -> sc.StartServiceResponse:
    """LOADED or STOPPED -> DISABLED."""
    _move(zone, ask, ServiceEvent.START)
    return sc.StartServiceResponse(service_ids=ask.service_ids, instances_ids=ask.instances_ids)


async def stop_service(zone: Zone, call: Call, ask: sc.StopService) -> sc.StopServiceResponse:
    """-> STOPPED."""
    _move(zone, ask, ServiceEvent.STOP)
    return sc.StopServiceResponse(service_ids=ask.service_ids, instances_ids=ask.instances_ids)


async def enable_service(zone: Zone, call: Call, ask: sc.EnableService) -> sc.EnableServiceResponse:
    """-> ENABLED, answered once every node has been asked; for a node: let it take instances."""
    nodes = _nodes_named(zone, ask.service_ids)
    for node in nodes:
        await set_node_state(zone, call.request_id, node, "enabled")
    if not nodes:
        _move(zone, ask, ServiceEvent.ENABLE)
        if zone.poll_all is not None:
            await zone.poll_all()
    return sc.EnableServiceResponse(service_ids=ask.service_ids, instances_ids=ask.instances_ids)


async def disable_service(
    zone: Zone, call: Call, ask: sc.DisableService
) -> sc.DisableServiceResponse:
    """-> DISABLED; for a node: let it take no instances."""
    nodes = _nodes_named(zone, ask.service_ids)
    for node in nodes:
        await set_node_state(zone, call.request_id, node, "disabled")
    if not nodes:
        _move(zone, ask, ServiceEvent.DISABLE)
    return sc.DisableServiceResponse(service_ids=ask.service_ids, instances_ids=ask.instances_ids)


def _nodes_named(zone: Zone, asked: tuple[ServiceInfo, ...]) -> tuple[Node, ...]:
    names = {each.name for each in asked if each.type == "node"}
    return tuple(node for node in zone.roster.nodes if node.name in names)


def _move(
    zone: Zone,
    ask: sc.StartService | sc.StopService | sc.EnableService | sc.DisableService,
    event: ServiceEvent,
) -> None:
    """Move our own service; another cluster's name in the request is refused."""
    zone.hear(ask)
    clusters = [each for each in ask.service_ids if each.type == "cluster"]
    if clusters and zone.topology.itself and not _is_ours(zone, ask.service_ids):
        raise INVALID_COMBINATION(reason=f"This is not cluster {clusters[0].name}.")
    try:
        zone.on(event)
    except WrongState as wrong:
        raise INVALID_COMBINATION(reason=f"The cluster controller is {wrong}.") from wrong
