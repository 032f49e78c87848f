# SPDX-License-Identifier: BSD-2-Clause
"""Telling every zone what the network should be: at once after a change, and now and then anyway.

Changes that come close together go out as one document: each of them goes to every node.
"""

from __future__ import annotations

import base64
import socket
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from twisted.logger import Logger

from cloudcontroller.compute.core.addressing import BadNetworkConfig
from cloudcontroller.compute.core.addressing import network as configured
from cloudcontroller.compute.core.dispatch import SYSTEM, Topology
from cloudcontroller.compute.core.networkview import ZoneSeat, wanted
from cloudcontroller.compute.database import (
    clusters,
    groups,
    instances,
    network,
    properties,
    work,
)
from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent
from cloudcontroller.compute.world import World
from eucalyptus.contracts import cluster
from eucalyptus.database.run import Tx
from eucalyptus.properties import NETWORK_CONFIGURATION
from eucalyptus.wire import networkinfo

INTERVAL = 30.0
"""Seconds after which a document is told again although it is the same."""
RETRY = 3.0
FLOOR = 1.0
"""Seconds between two documents: the first change is told at once, what follows it together."""
GATHER, LOOK = 1.0, 0.1
"""Seconds that a document waits for launches which find their nodes just now, and how often it
is looked whether all have: the first of them is not told alone."""

_log = Logger()


@dataclass(frozen=True, slots=True)
class _Told:
    """What a cluster has been told, where it was then, and when (POSIX seconds)."""

    version: str
    url: str
    when: float


class Broadcast:
    """Broadcasts the network-info document; remembers what each cluster has last been told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last = self._looked = float("-inf")
        self._since: float | None = None
        self._told: dict[str, _Told] = {}

    async def round(self) -> float:
        """Broadcast where it is due; returns seconds until the next round."""
        early = max(self._last + FLOOR, self._looked + LOOK) - self._world.clock()
        if early > 0:
            return early
        if await self._gathers():
            return LOOK
        try:
            document, targets = await self._world.database.run(_document, self._world)
        except BadNetworkConfig as wrong:
            _log.error("{name} cannot be used: {why}", name=NETWORK_CONFIGURATION.name, why=wrong)
            return INTERVAL
        if document is None:
            return INTERVAL
        due = [target for target in targets if self._is_due(target, document)]
        if due:
            self._last = self._world.clock()
        missed = [target for target in due if not await self._tell(target, document)]
        return RETRY if missed else INTERVAL

    async def _gathers(self) -> bool:
        """Whether what has changed is worth waiting for what is about to change."""
        now = self._looked = self._world.clock()
        self._since = now if self._since is None else self._since
        waits = now - self._since < GATHER and await self._world.database.read(
            work.is_under_way, work.LAUNCH, now
        )
        if not waits:
            self._since, self._looked = None, float("-inf")
        return bool(waits)

    def _is_due(self, target: clusters.Cluster, document: networkinfo.World) -> bool:
        """Whether a cluster lacks the document, or was told it so long ago that it may."""
        told = self._told.get(target.zone)
        if told is None or told.version != document.version or told.url != target.url:
            return True
        # A little early is better than once more after a whole interval.
        return self._world.clock() - told.when > INTERVAL * 0.9

    async def _tell(self, target: clusters.Cluster, document: networkinfo.World) -> bool:
        world = self._world
        topology = Topology(address=world.address, port=world.port)
        message = cluster.BroadcastNetworkInfo(
            user_id=SYSTEM,
            services=topology.services(target.zone, target.url),
            version=document.version,
            network_info=base64.b64encode(networkinfo.write(document)).decode("ascii"),
        )
        try:
            await world.clusters.broadcast_network_info(target.url, message)
        except (ClusterSilent, ClusterDeclined) as why:
            self._told.pop(target.zone, None)
            _log.warn("{zone} did not take the network: {why}", zone=target.zone, why=why)
            return False
        told = self._told.get(target.zone)
        if told is None or told.version != document.version:
            _log.info("{zone} has network {version}", zone=target.zone, version=document.version)
        self._told[target.zone] = _Told(document.version, target.url, world.clock())
        return True


def _document(
    tx: Tx, world: World
) -> tuple[networkinfo.World | None, tuple[clusters.Cluster, ...]]:
    config = configured(properties.text(tx, NETWORK_CONFIGURATION))
    if config is None:
        return None, ()
    everyone = clusters.everyone(tx)
    seats = [
        ZoneSeat(
            zone=one.zone,
            address=_address(one.url),
            nodes={node.url: node.address for node in clusters.seated(tx, one.zone)},
        )
        for one in everyone
    ]
    plain = wanted(config, seats, instances.alive(tx), groups.everyone(tx), address=world.address)
    stamped = networkinfo.stamp(plain)
    number = network.sequence(tx, stamped.version, world.clock())
    return replace(stamped, sequence=number), tuple(one for one in everyone if one.is_up)


def _address(url: str) -> str:
    """The address of a cluster controller; this runs in a database thread and may block."""
    try:
        return socket.gethostbyname(urlsplit(url).hostname or "")
    except OSError:
        return "0.0.0.0"  # noqa: S104 (unknown, as the original writes it)
