# SPDX-License-Identifier: BSD-2-Clause
"""Handing the network-info document to the nodes: at once, and again to whoever may lack it."""

from __future__ import annotations

import base64

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from clustercontroller.core.nodes import Node
from clustercontroller.core.scheduler import NodeState
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.zone import Zone
from eucalyptus.contracts.node import NcBroadcastNetworkInfo

EVERY = 30.0
"""Seconds between repetitions to nodes that already have the document, as the original's."""

PATIENCE = 10.0


class Broadcast:
    """Sends the document in force; a newer one overtakes an older one that is still waiting."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._sending: set[str] = set()
        self._loop = LoopingCall(self.kick)
        self._loop.clock = zone.reactor

    def start(self) -> None:
        """Begin to repeat."""
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """Repeat no more."""
        if self._loop.running:
            self._loop.stop()

    def kick(self) -> None:
        """Send the document to every node that is up."""
        for node in self._zone.roster.nodes:
            self._begin(node)

    async def mend(self, name: str) -> None:
        """Send the document to a node that is up and was not told this version."""
        node, network = self._zone.roster.node(name), self._zone.network
        if node is None or network is None or node.network_version == network.world.version:
            return
        self._begin(node)

    def _begin(self, node: Node) -> None:
        ready = self._zone.enabled and self._zone.network is not None
        if not ready or node.name in self._sending or node.state is not NodeState.RESUP:
            return
        self._sending.add(node.name)
        turn = self._zone.switchboard.in_turn(node, lambda: self._send(node.name))
        Deferred.fromCoroutine(turn).addErrback(self._failed, node.name)

    def _failed(self, failure: Failure, name: str) -> None:
        self._sending.discard(name)
        self._zone.log.failure("telling {node} the network failed", failure=failure, node=name)

    async def _send(self, name: str) -> None:
        """Send until what the node has been told is what is in force."""
        zone, told = self._zone, b""
        try:
            while zone.network is not None and told != zone.network.document:
                node, network = zone.roster.node(name), zone.network
                if node is None:
                    return
                text = base64.b64encode(network.document).decode()
                ask = NcBroadcastNetworkInfo(network_info=text)
                await zone.ask(node, zone.nodes.broadcast_network_info, ask, patience=PATIENCE)
                zone.roster.told_network(name, network.world.version)
                told = network.document
        except (Unreachable, Declined) as failed:
            zone.roster.told_network(name, "")
            zone.log.info("{node} was not told the network: {why}", node=name, why=str(failed))
        finally:
            self._sending.discard(name)
