# SPDX-License-Identifier: BSD-2-Clause
"""Every operation of the node contract and the function that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from eucalyptus.access.call import Call
from eucalyptus.contracts.internal import Message
from nodecontroller.operations import console, instances, network, node
from nodecontroller.world import World

Body = Callable[[Call, Any], Awaitable[Any]]

_BODIES: Mapping[str, Callable[[World, Call, Any], Awaitable[Any]]] = {
    "ncBroadcastNetworkInfo": network.broadcast_network_info,
    "ncAssignAddress": network.assign_address,
    "ncPowerDown": node.power_down,
    "ncStartNetwork": network.start_network,
    "ncRunInstance": instances.run_instance,
    "ncDescribeInstances": instances.describe_instances,
    "ncTerminateInstance": instances.terminate_instance,
    "ncRebootInstance": instances.reboot_instance,
    "ncGetConsoleOutput": console.get_console_output,
    "ncDescribeResource": node.describe_resource,
    "ncDescribeSensors": node.describe_sensors,
    "ncModifyNode": node.modify_node,
}


def bodies(world: World) -> Mapping[str, Body]:
    """Operation name -> body. Each first learns, from any request, where the cluster and we are."""

    def bound(work: Callable[[World, Call, Any], Awaitable[Any]]) -> Body:
        async def body(call: Call, ask: Any) -> Any:
            _learn(world, call, ask)
            return await work(world, call, ask)

        return body

    return {name: bound(work) for name, work in _BODIES.items()}


def _learn(world: World, call: Call, ask: Message) -> None:
    if call.to.startswith("http"):
        # By this name the cluster knows us; instances are reported under it.
        world.standing.url = call.to
    for service in ask.services:
        if service.type == "cluster" and service.uris:
            world.drivers.news.learn(service.uris[0])
            return
