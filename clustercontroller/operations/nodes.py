# SPDX-License-Identifier: BSD-2-Clause
"""ModifyNode: whether a node takes instances."""

from __future__ import annotations

from clustercontroller.core.nodes import Node
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts.node import NcModifyNode
from eucalyptus.contracts.refusals import INVALID_PARAMETER, MISSING_PARAMETER, UNAVAILABLE
from eucalyptus.contracts.service_control import ModifyNode, ModifyNodeResponse

_STATES = ("enabled", "disabled")


async def modify_node(zone: Zone, call: Call, ask: ModifyNode) -> ModifyNodeResponse:
    """Pass the wish on to the node named in the head of the message."""
    zone.hear(ask)
    if not ask.node_name:
        raise MISSING_PARAMETER(action="ModifyNode", name="nodeName")
    if ask.state_name not in _STATES:
        raise INVALID_PARAMETER(name="stateName", value=ask.state_name, wanted=" or ".join(_STATES))
    node = zone.roster.node(ask.node_name)
    if node is None:
        raise INVALID_PARAMETER(name="nodeName", value=ask.node_name, wanted="a node of this zone")
    await set_node_state(zone, call.request_id, node, ask.state_name)
    return ModifyNodeResponse()


async def set_node_state(zone: Zone, request_id: str, node: Node, state: str) -> None:
    """Tell a node; what it accepted is believed at once."""
    try:
        await zone.ask(
            node, zone.nodes.modify_node, NcModifyNode(state_name=state), request_id=request_id
        )
    except (Unreachable, Declined) as failed:
        raise UNAVAILABLE(reason=f"Node {node.name}: {failed}.") from failed
    zone.roster.enable(node.name, enabled=state == "enabled")
    zone.log.info("{request_id} node {node} is now {state}", request_id=request_id,
                  node=node.name, state=state)  # fmt: skip
    zone.changed("nodes")
