# SPDX-License-Identifier: BSD-2-Clause
"""Looking at the hypervisor every few seconds, and at once when it reports something."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from eucalyptus.machine import WrongState
from nodecontroller.core.lifecycle import ENDING, Event
from nodecontroller.core.probe import NAME as PROBE
from nodecontroller.core.reconcile import Believed, Domain, Findings, Limits, reconcile
from nodecontroller.drivers.hypervisors import (
    Happened,
    Happening,
    HypervisorRefused,
    HypervisorUnreachable,
)
from nodecontroller.operations.ending import end
from nodecontroller.operations.staging import stage
from nodecontroller.world import World

ENOUGH = 64 * 2**20
"""Bytes of room at which machines that were paused for want of it go on."""
SOON = 0.05
"""Seconds by which looks that news ask for are gathered into one."""


class Watch:
    """One look after another, never two at once. ``quarantined`` is told of strangers when they
    change."""

    log = Logger()

    def __init__(self, world: World, quarantined: Callable[[tuple[Domain, ...]], None]) -> None:
        self._world, self._quarantined = world, quarantined
        self._next: IDelayedCall | None = None
        self._looking: Deferred[None] | None = None
        self._again = self._stopped = False
        self._starved: frozenset[str] = frozenset()

    def start(self) -> None:
        """Look now, and then every MONITORING_PERIOD."""
        self._world.drivers.hypervisor.listen(self.heard)
        self._schedule(0)

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        if self._next is not None and self._next.active():
            self._next.cancel()

    def heard(self, happened: Happened) -> None:
        """The hypervisor reported something."""
        if happened.what is Happening.STOPPED:
            self._world.standing.stopped.add(happened.name)
        self._world.ear.heard(happened)
        if happened.what is not Happening.LOST:
            self.nudge()

    def nudge(self) -> None:
        """Look as soon as possible."""
        if self._looking is not None:
            self._again = True
        else:
            self._schedule(SOON)

    def _schedule(self, delay: float) -> None:
        if self._stopped:
            return
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = self._world.tools.reactor.callLater(delay, self._begin)

    def _begin(self) -> None:
        self._looking = Deferred.fromCoroutine(self._turn())

    async def _turn(self) -> None:
        try:
            await self.look()
        except Exception:
            self.log.failure("a look at the hypervisor failed")
        finally:
            self._looking = None
            again, self._again = self._again, False
            self._schedule(SOON if again else self._world.settings.period)

    async def look(self) -> None:
        """Compare once, and act on what is found."""
        world = self._world
        stopped, world.standing.stopped = world.standing.stopped, set()
        try:
            world.standing.disk = await world.drivers.disks.room()
            domains = await world.drivers.hypervisor.domains()
            await self._greet()
        except (HypervisorUnreachable, HypervisorRefused) as failure:
            world.standing.stopped |= stopped
            self._miss(failure)
            return
        domains = tuple(d for d in domains if d.name != PROBE)
        domains = await self._adopt(domains)
        findings = reconcile(self._believed(stopped), domains, self._limits())
        await self._act(findings)
        await self._read_sensors()
        await world.roster.save_rest()

    async def _greet(self) -> None:
        standing = self._world.standing
        if not standing.is_reachable:
            standing.facts = await self._world.drivers.hypervisor.host()
            standing.is_reachable = True
            self.log.info("the hypervisor answers: {facts}", facts=standing.facts)
            # The cluster may have waited for this host: it can take instances from now on.
            self._world.drivers.news.changed("node")

    def _miss(self, failure: Exception) -> None:
        if self._world.standing.is_reachable:
            self.log.error("the hypervisor does not answer: {why}", why=failure)
        self._world.standing.is_reachable = False

    async def _adopt(self, domains: tuple[Domain, ...]) -> tuple[Domain, ...]:
        for domain in domains:
            if self._world.roster.get(domain.name) is None:
                await self._world.roster.adopt(domain.name)
        return domains

    def _believed(self, stopped: set[str]) -> list[Believed]:
        world = self._world
        return [
            Believed(
                record=record,
                age=world.roster.age(record.id),
                missed=world.standing.missed.get(record.id, 0),
                busy=world.jobs.is_busy(record.id),
                announced=record.id in stopped,
            )
            for record in world.roster.all()
        ]

    def _limits(self) -> Limits:
        return Limits(staging=self._world.settings.staging, booting=self._world.settings.booting)

    async def _act(self, findings: Findings) -> None:
        world = self._world
        world.standing.missed = findings.missed
        if findings.strangers != world.standing.strangers:
            world.standing.strangers = findings.strangers
            self._quarantined(findings.strangers)
        for instance_id, event in findings.events:
            await self._take(instance_id, event)
        for instance_id in findings.resume:
            self._begin_job(instance_id, partial(stage, world, instance_id))
        for instance_id in findings.prodigal:
            self.log.warn("{id} is over but its domain runs", id=instance_id)
            await self._destroy(instance_id)
        await self._feed(frozenset(findings.starved))
        for instance_id in self._to_end(findings):
            self._begin_job(instance_id, partial(end, world, instance_id))

    def _to_end(self, findings: Findings) -> list[str]:
        """What was found to be ending, and what has come to it by this look's events."""
        found = set(findings.end)
        for instance_id, _ in findings.events:
            record = self._world.roster.get(instance_id)
            if record is not None and record.state in ENDING:
                found.add(instance_id)
        return sorted(found)[: self._world.settings.cleanups]

    async def _take(self, instance_id: str, event: Event) -> None:
        record = self._world.roster.get(instance_id)
        if record is None:
            return
        if event is Event.STAGING_EXPIRED:
            self._world.jobs.cancel(instance_id)
        try:
            await self._world.roster.move(instance_id, event)
        except WrongState as wrong:
            # It moved on while the hypervisor was being asked; the next look sees it as it is.
            self.log.debug("{id}: {why}", id=instance_id, why=wrong)

    def _begin_job(self, instance_id: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if not self._world.jobs.is_busy(instance_id):
            self._world.jobs.begin(instance_id, work)

    async def _feed(self, starved: frozenset[str]) -> None:
        """Let machines go on that found no room to write, as soon as there is some."""
        world = self._world
        for instance_id in sorted(starved - self._starved):
            self.log.error("{id} is paused: no room for what it writes", id=instance_id)
        self._starved = starved
        for instance_id in sorted(starved) if world.standing.disk[1] >= ENOUGH else ():
            self.log.info("{id} goes on: there is room again", id=instance_id)
            try:
                await world.drivers.hypervisor.resume(instance_id)
            except (HypervisorRefused, HypervisorUnreachable) as failure:
                self.log.warn("{id} does not go on: {why}", id=instance_id, why=failure)

    async def _destroy(self, instance_id: str) -> None:
        try:
            await self._world.drivers.hypervisor.destroy(instance_id)
        except (HypervisorRefused, HypervisorUnreachable) as failure:
            self.log.error("{id} cannot be destroyed: {why}", id=instance_id, why=failure)

    async def _read_sensors(self) -> None:
        world = self._world
        if not world.history.is_due(world.tools.ticks()):
            return
        try:
            readings = await world.drivers.hypervisor.readings()
        except (HypervisorRefused, HypervisorUnreachable) as failure:
            self.log.warn("no readings: {why}", why=failure)
            return
        ours = {name: r for name, r in readings.items() if world.roster.get(name) is not None}
        world.history.add(ours, ticks=world.tools.ticks(), now=world.tools.clock())
