# SPDX-License-Identifier: BSD-2-Clause
"""The node itself: what it has, whether it takes part, its sleep, its sensors."""

from __future__ import annotations

from twisted.logger import Logger

from eucalyptus.access.call import Call
from eucalyptus.command import CommandFailed
from eucalyptus.contracts.node import (
    NcDescribeResource,
    NcDescribeResourceResponse,
    NcDescribeSensors,
    NcDescribeSensorsResponse,
    NcModifyNode,
    NcModifyNodeResponse,
    NcPowerDown,
    NcPowerDownResponse,
)
from eucalyptus.contracts.refusals import INVALID_COMBINATION, INVALID_PARAMETER, UNAVAILABLE
from nodecontroller.core.lifecycle import State
from nodecontroller.core.sensors import LONGEST_HISTORY
from nodecontroller.operations.answer import answer
from nodecontroller.world import World

log = Logger()

ENABLED, DISABLED = "enabled", "disabled"
SHORTEST_INTERVAL = 1.0


async def describe_resource(
    world: World, call: Call, ask: NcDescribeResource
) -> NcDescribeResourceResponse:
    """What the node has and what is free. It says disabled when it was told to be, and when it
    could not start an instance."""
    capacity = world.capacity()
    takes_part = world.standing.is_enabled and world.is_serving()
    return answer(
        NcDescribeResourceResponse,
        ask,
        node_status=ENABLED if takes_part else DISABLED,
        migration_capable=False,
        iqn=world.standing.iqn,
        memory_size_max=capacity.most.memory,
        memory_size_available=capacity.free.memory,
        disk_size_max=capacity.most.disk,
        disk_size_available=capacity.free.disk,
        number_of_cores_max=capacity.most.cores,
        number_of_cores_available=capacity.free.cores,
        public_subnets="none",
        hypervisor="KVM",
    )


async def modify_node(world: World, call: Call, ask: NcModifyNode) -> NcModifyNodeResponse:
    """Enable or disable the node, durably; a disabled one keeps its instances and takes no new."""
    if ask.state_name not in (ENABLED, DISABLED):
        raise INVALID_PARAMETER(
            name="stateName", value=ask.state_name, wanted=f"{ENABLED} or {DISABLED}"
        )
    is_enabled = ask.state_name == ENABLED
    journal = world.drivers.journal
    await world.tools.in_thread(journal.write_node, {"is_enabled": is_enabled})
    world.standing.is_enabled = is_enabled
    log.info("{request_id} this node is {state}", request_id=call.request_id, state=ask.state_name)
    return answer(NcModifyNodeResponse, ask)


async def power_down(world: World, call: Call, ask: NcPowerDown) -> NcPowerDownResponse:
    """Send the host to sleep; refused while an instance lives on it."""
    living = [r.id for r in world.roster.all() if r.state is not State.TEARDOWN]
    if living or world.standing.strangers:
        names = ", ".join([*living, *(d.name for d in world.standing.strangers)])
        raise INVALID_COMBINATION(reason=f"This node cannot sleep: {names} run on it.")
    try:
        await world.drivers.power.sleep()
    except CommandFailed as failure:
        log.error("this host does not go to sleep: {why}", why=failure)
        raise UNAVAILABLE(reason="This host does not go to sleep.") from failure
    return answer(NcPowerDownResponse, ask)


async def describe_sensors(
    world: World, call: Call, ask: NcDescribeSensors
) -> NcDescribeSensorsResponse:
    """The last readings; an interval in the request becomes the node's from now on."""
    if ask.collection_interval_time_ms and ask.collection_interval_time_ms > 0:
        interval = ask.collection_interval_time_ms / 1000
        world.history.interval = max(SHORTEST_INTERVAL, interval)
    wanted = set(ask.instance_ids)
    uuids = {
        r.id: r.ask.uuid for r in world.roster.all() if not wanted or r.id in wanted
    }  # fmt: skip
    size = min(max(ask.history_size or 1, 1), LONGEST_HISTORY)
    found = world.history.report(uuids, frozenset(ask.sensor_ids), size)
    return answer(NcDescribeSensorsResponse, ask, sensors_resources=found)
