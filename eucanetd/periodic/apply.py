# SPDX-License-Identifier: BSD-2-Clause
"""Keeping the wanted network in force: on a new document at once, and by looking again.

A look compares what is wanted with what is there and mends the difference; there is no other way
in which anything is changed, so a first start, a restart and a repair are the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from eucalyptus.command import CommandFailed
from eucalyptus.wire.networkinfo import BadNetworkDocument, World
from eucanetd.core.modes import MODES
from eucanetd.core.plan import Plan
from eucanetd.core.world import accept, here
from eucanetd.drivers.dhcp import DhcpServer
from eucanetd.drivers.files import Files
from eucanetd.drivers.firewall import Firewall
from eucanetd.drivers.links import Links
from eucanetd.settings import Settings

SCRUB_EVERY = 10.0
"""Seconds between looks while nothing seems to have changed."""

RETRY_AFTER = 1.0
"""Seconds after a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """The host's network and the files that steer it."""

    links: Links
    firewall: Firewall
    dhcp: DhcpServer
    files: Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """``now`` gives seconds of a monotonic clock, ``wall`` seconds since 1970."""

    reactor: IReactorTime
    now: Callable[[], float]
    wall: Callable[[], float]


class Applying:
    """The loop."""

    log = Logger()

    def __init__(self, settings: Settings, drivers: Drivers, time: Time) -> None:
        self._settings, self._drivers = settings, drivers
        self._now, self._wall = time.now, time.wall
        self._world: World | None = None
        self._stamp: object = None
        self._due = -math.inf
        self._turn = DeferredLock()
        self._said: tuple[str, tuple[str, ...]] | None = None
        self._loop = LoopingCall(self._tick)
        self._loop.clock = time.reactor

    def start(self) -> None:
        """Take up the last good document and begin."""
        self._take(self._drivers.files.last_good(), "the remembered document")
        self._loop.start(float(max(1, self._settings.polling)))

    def stop(self) -> None:
        """Change nothing more; what is in force stays in force."""
        if self._loop.running:
            self._loop.stop()

    def soon(self) -> None:
        """Look now: a document arrived, or somebody asks for it (SIGHUP)."""
        self._due = -math.inf
        self._tick()

    def _tick(self) -> None:
        if not self._turn.locked:
            Deferred.fromCoroutine(self.look()).addErrback(
                lambda f: self.log.failure("looking at the network failed", failure=f)
            )

    async def look(self) -> None:
        """Take in a new document if there is one; put in force what differs."""
        await self._turn.acquire()
        try:
            # What arrives meanwhile is taken at once, not at the next tick.
            while self._fetch() or self._now() >= self._due:
                self._due = self._now() + SCRUB_EVERY
                await self._put_in_force()
        finally:
            self._turn.release()

    def _fetch(self) -> bool:
        stamp = self._drivers.files.stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        document = self._drivers.files.document()
        if not self._take(document, "the document"):
            return False
        self._drivers.files.keep(document)
        return True

    def _take(self, document: bytes, what: str) -> bool:
        """Make ``document`` the wanted world; False, and the one before stays, when it is bad."""
        if not document:
            return False
        try:
            self._world = accept(document, self._world)
        except BadNetworkDocument as bad:
            self.log.error("{what} is refused, the last good one stays: {why}", what=what,
                           why=str(bad))  # fmt: skip
            return False
        return True

    async def _put_in_force(self) -> None:
        if self._world is None:
            return
        addresses = await self._drivers.links.addresses()
        names = addresses | {self._settings.host.partition(":")[0]} - {""}
        ours = here(self._world, names)
        if ours is None:
            # Being left out of a document is no reason to cut off the guests that are here.
            self.log.warn("the document {version} does not name this host; nothing is changed",
                          version=self._world.version)  # fmt: skip
            return
        plan = MODES[self._settings.mode](ours, self._settings.choices(addresses))
        try:
            mended = await self._apply(plan)
        except (CommandFailed, OSError) as failed:
            self._due = self._now() + RETRY_AFTER
            self.log.error("{version} is not in force: {why}", version=plan.version,
                           why=str(failed))  # fmt: skip
            return
        self._report(plan, mended)

    async def _apply(self, plan: Plan) -> list[str]:
        """Rules before leases: no guest gets an address before its rules are in force."""
        mended = await self._drivers.links.settle(plan.link)
        mended += await self._drivers.firewall.settle(plan.rules)
        mended += await self._drivers.dhcp.settle(plan.dhcp)
        return mended

    def _report(self, plan: Plan, mended: list[str]) -> None:
        state = (plan.version, plan.instances)
        if mended:
            self.log.info("{version} in force for {count} guests: {mended}", version=plan.version,
                          count=len(plan.instances), mended="; ".join(mended))  # fmt: skip
        if mended or state != self._said:
            self._drivers.files.applied(plan.version, plan.instances, self._wall())
            self._said = state
