# SPDX-License-Identifier: BSD-2-Clause
"""POWERSAVE: idle nodes are put to sleep; placing.py wakes them on demand."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from clustercontroller.core.power import idle_since, tired
from clustercontroller.core.scheduler import NodeState
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.drivers.power import CannotWake
from clustercontroller.zone import Zone
from eucalyptus.contracts.node import NcPowerDown

EVERY = 10.0


class PowerSaving:
    """Looks for idle nodes every few seconds while SCHEDPOLICY is POWERSAVE."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._since: Mapping[str, float] = {}
        self._unwakeable: set[str] = set()
        self._loop = LoopingCall(self._tick)
        self._loop.clock = zone.reactor

    def start(self) -> None:
        """Begin, with what is known of sleepers from before a restart."""
        for host, resources in self._zone.power.sleepers().items():
            self._zone.roster.asleep(host, resources, self._zone.now())
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """Put nothing more to sleep."""
        if self._loop.running:
            self._loop.stop()

    def _tick(self) -> Deferred[None]:
        work = Deferred.fromCoroutine(self.look())
        work.addErrback(lambda f: self._zone.log.failure("power saving failed", failure=f))
        return work

    async def look(self) -> None:
        """Send every node to sleep that has been idle long enough; call waking ones again."""
        zone, now = self._zone, self._zone.now()
        self._call_again()
        if not zone.enabled or zone.settings.policy_name != "POWERSAVE":
            self._since = {}
            return
        roster = zone.roster
        self._since = idle_since(roster.nodes, roster.idle(), self._since, now)
        for name in tired(self._since, now, zone.settings.idle_after):
            await self._sleep(name)

    def _call_again(self) -> None:
        """A magic packet may get lost: a node that is waking is called until it answers."""
        for node in self._zone.roster.nodes:
            if node.state is NodeState.RESWAKING:
                try:
                    self._zone.power.wake(node.name)
                except (CannotWake, OSError) as failed:
                    self._zone.log.warn("{node} cannot be woken: {why}", node=node.name,
                                        why=str(failed))  # fmt: skip

    async def _sleep(self, name: str) -> None:
        zone, node = self._zone, self._zone.roster.node(name)
        if node is None or node.promises:
            return
        try:
            zone.power.remember(name, node.reported)
            await zone.ask(node, zone.nodes.power_down, NcPowerDown())
        except CannotWake as never:
            if name not in self._unwakeable:
                zone.log.warn("{node} stays awake: {why}", node=name, why=str(never))
            self._unwakeable.add(name)
            return
        except (Unreachable, Declined) as failed:
            zone.power.awake(name)
            zone.log.info("{node} did not go to sleep: {why}", node=name, why=str(failed))
            return
        current = zone.roster.node(name)
        if current is not None and current.state is NodeState.RESUP:
            zone.roster.slept(name, zone.now())
            zone.log.info("{node} sleeps", node=name)
            zone.changed("nodes")
