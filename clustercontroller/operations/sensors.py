# SPDX-License-Identifier: BSD-2-Clause
"""DescribeSensors: what the nodes measured, gathered."""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults

from clustercontroller.core.nodes import Node
from clustercontroller.core.scheduler import NodeState
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts.cluster import DescribeSensors, DescribeSensorsResponse
from eucalyptus.contracts.internal import SensorsResource
from eucalyptus.contracts.node import NcDescribeSensors


async def describe_sensors(zone: Zone, call: Call, ask: DescribeSensors) -> DescribeSensorsResponse:
    """Ask the nodes that hold the instances asked about, or all; a silent node adds nothing."""
    zone.hear(ask)
    work = [Deferred.fromCoroutine(_ask(zone, call, node, ask)) for node in _nodes(zone, ask)]
    found = await gatherResults(work, consumeErrors=True)
    return DescribeSensorsResponse(sensors_resources=tuple(each for some in found for each in some))


def _nodes(zone: Zone, ask: DescribeSensors) -> tuple[Node, ...]:
    holding = {held.node for held in zone.roster.held(ask.instance_ids)}
    return tuple(
        node
        for node in zone.roster.nodes
        if node.state is NodeState.RESUP and (node.name in holding or not ask.instance_ids)
    )


async def _ask(
    zone: Zone, call: Call, node: Node, ask: DescribeSensors
) -> tuple[SensorsResource, ...]:
    message = NcDescribeSensors(
        history_size=ask.history_size,
        collection_interval_time_ms=ask.collection_interval_time_ms,
        instance_ids=ask.instance_ids,
        sensor_ids=ask.sensor_ids,
    )

    async def work() -> tuple[SensorsResource, ...]:
        try:
            answer = await zone.ask(
                node, zone.nodes.describe_sensors, message, request_id=call.request_id
            )
        except (Unreachable, Declined):
            return ()
        ours = {held.report.instance_id for held in zone.roster.held() if held.node == node.name}
        return tuple(each for each in answer.sensors_resources if each.resource_name in ours)

    return await zone.switchboard.in_turn(node, work)
