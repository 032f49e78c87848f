# SPDX-License-Identifier: BSD-2-Clause
"""The loops of the leading daemon, and what wakes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.logger import Logger

from cloudcontroller.compute.database import clusters, launching, work
from cloudcontroller.compute.periodic.launch import launch_round
from cloudcontroller.compute.periodic.network import Broadcast
from cloudcontroller.compute.periodic.reconcile import reconcile_round
from cloudcontroller.compute.periodic.terminate import reboot_round, terminate_round
from cloudcontroller.compute.world import World
from eucalyptus.loop import Loop
from eucalyptus.properties import NETWORK_CONFIGURATION

PROPERTIES_CHANNEL = "properties"
LOOK_FOR_ZONES = 30.0
SOON = 1.0
"""Seconds after which a cluster is asked how something went that it was told."""

_log = Logger()


class Loops:
    """Launching, ending, rebooting, broadcasting, and listening to each zone's cluster."""

    def __init__(self, world: World, reactor: Any) -> None:
        self._world, self._reactor = world, reactor
        broadcast = Broadcast(world)
        self._telling = {
            work.LAUNCH: self._loop("launch", lambda: launch_round(world)),
            work.TERMINATE: self._loop("terminate", lambda: terminate_round(world)),
            work.REBOOT: self._loop("reboot", lambda: reboot_round(world)),
        }
        self._network = self._loop("network", broadcast.round)
        self._zones = self._loop("zones", self._look_for_zones)
        self._listening: dict[str, Loop] = {}
        self._urls: dict[str, str] = {}
        self._deaf: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Take up whatever a former leader left, and begin."""
        now = self._world.clock()
        await self._world.database.run(work.release, now)
        listen = self._world.database.listen
        self._deaf = [
            listen(work.CHANNEL, self._work),
            listen(launching.NETWORK_CHANNEL, lambda _: self._network.wake()),
            listen(clusters.CHANNEL, lambda _: self._zones.wake()),
            listen(clusters.NEWS_CHANNEL, self._news),
            listen(PROPERTIES_CHANNEL, self._property),
        ]
        for loop in self._all():
            loop.start()

    async def stop(self) -> None:
        """Begin nothing more and wait for what is under way."""
        for deaf in self._deaf:
            deaf()
        self._deaf = []
        for loop in self._all():
            await loop.stop()

    def _loop(self, name: str, round_: Callable[[], Awaitable[float]]) -> Loop:
        return Loop(self._reactor, name, round_)

    def _all(self) -> list[Loop]:
        return [*self._telling.values(), self._network, self._zones, *self._listening.values()]

    def _work(self, kind: str) -> None:
        for name, loop in self._telling.items():
            if kind in ("", name):
                loop.wake()
        for loop in self._listening.values():
            loop.wake_within(SOON)

    def _news(self, url: str) -> None:
        for zone, loop in self._listening.items():
            if url in ("", self._urls.get(zone)):
                loop.wake()

    def _property(self, name: str) -> None:
        if name in ("", NETWORK_CONFIGURATION.name):
            self._network.wake()

    async def _look_for_zones(self) -> float:
        found = {one.zone: one for one in await self._world.database.read(clusters.everyone)}
        for zone in self._listening.keys() - found.keys():
            await self._listening.pop(zone).stop()
        for zone, cluster in found.items():
            known = self._urls.get(zone)
            self._urls[zone] = cluster.url
            if zone not in self._listening:
                _log.info("zone {zone} is at {url}", zone=zone, url=cluster.url)
                self._listening[zone] = self._zone_loop(zone)
                self._listening[zone].start()
            elif known != cluster.url:
                self._listening[zone].wake()
        return LOOK_FOR_ZONES

    def _zone_loop(self, zone: str) -> Loop:
        return self._loop(f"zone {zone}", lambda: reconcile_round(self._world, zone))
