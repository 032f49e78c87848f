# SPDX-License-Identifier: BSD-2-Clause
"""Every operation of the contract and the function that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from clustercontroller.operations import instances, network, nodes, resources, sensors, services
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts.internal import Message
from eucalyptus.contracts.refusals import UNAVAILABLE

Body = Callable[[Call, Any], Coroutine[Any, Any, Any]]

ALWAYS: Mapping[str, Callable[..., Awaitable[Message]]] = {
    "DescribeServices": services.describe_services,
    "StartService": services.start_service,
    "StopService": services.stop_service,
    "EnableService": services.enable_service,
    "DisableService": services.disable_service,
}
"""Service control: answered in every state."""

ENABLED: Mapping[str, Callable[..., Awaitable[Message]]] = {
    "ModifyNode": nodes.modify_node,
    "DescribeResources": resources.describe_resources,
    "DescribeInstances": instances.describe_instances,
    "RunInstances": instances.run_instances,
    "TerminateInstances": instances.terminate_instances,
    "RebootInstances": instances.reboot_instances,
    "GetConsoleOutput": instances.get_console_output,
    "BroadcastNetworkInfo": network.broadcast_network_info,
    "DescribeSensors": sensors.describe_sensors,
}
"""Everything else: answered only while the service is ENABLED."""


def bodies(zone: Zone) -> dict[str, Body]:
    """Operation name -> what does it."""
    made = {name: _body(zone, function, gated=False) for name, function in ALWAYS.items()}
    made |= {name: _body(zone, function, gated=True) for name, function in ENABLED.items()}
    return made


def _body(zone: Zone, function: Callable[..., Awaitable[Message]], *, gated: bool) -> Body:
    async def body(call: Call, ask: Any) -> Any:
        if gated and not zone.enabled:
            where = zone.topology.partition or "here"
            raise UNAVAILABLE(
                reason=f"The cluster controller of zone {where} is {zone.state.shown}."
            )
        # One id follows a request through every daemon's log: the cloud's, where it sent one.
        known = replace(call, request_id=ask.correlation_id or call.request_id)
        return zone.answered(ask, await function(zone, known, ask))

    return body
