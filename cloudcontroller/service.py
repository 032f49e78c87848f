# SPDX-License-Identifier: BSD-2-Clause
"""The program ``eucalyptus-cloud``: the cloud's loops, run by whichever daemon leads.

Front workers answer callers; this daemon carries out what they recorded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from cloudcontroller.compute.database.leader import Leadership
from cloudcontroller.compute.periodic.loops import Loops
from cloudcontroller.compute.service import loops_world, register_cluster
from cloudcontroller.identity.enrolment import system_key
from cloudcontroller.settings import Settings
from eucalyptus.access.principals import AccessKey
from eucalyptus.contracts.refusals import Refused
from eucalyptus.daemon import run_daemon
from eucalyptus.database.properties import Properties
from eucalyptus.database.replay import DatabaseReplayStore
from eucalyptus.database.rounds import GROUP, Ground, Rounds
from eucalyptus.database.run import Database
from eucalyptus.ids import new_id
from eucalyptus.logs import start_logging
from eucalyptus.loop import Loop
from eucalyptus.secrets import open_sealer
from eucalyptus.settings import from_arguments
from eucalyptus.web.components import Circumstances
from eucalyptus.wire.security.choice import verifier

PAUSE = 2.0
"""Seconds between two tries while the cloud is not ready for its loops."""

log = Logger()


async def own_key(settings: Settings, database: Database, reactor: Any) -> AccessKey:
    """The cloud's own access key, once the cloud was bootstrapped; registers its cluster too."""
    sealer = open_sealer(settings.keys)
    while True:
        try:
            found = await system_key(database, sealer)
            if settings.cluster_url:
                await database.run(
                    register_cluster, settings.zone, settings.cluster_url, time.time()
                )
            return found
        except Refused as refused:
            log.warn("not ready yet: {why}", why=refused.message)
            await deferLater(reactor, PAUSE)


async def lend(settings: Settings, database: Database, reactor: Any) -> Ground:
    """What is lent to the loops of other houses."""
    properties = Properties(database, reactor, settings.keys)
    await properties.start()
    return Ground(
        state=settings.state, database=database, properties=properties, reactor=reactor,
        clock=time.time,
    )  # fmt: skip


async def house_loops(ground: Ground, points: Iterable[EntryPoint]) -> list[Loop]:
    """The loops of the houses that have no daemon of their own, by their entry points."""
    loops: list[Loop] = []
    for point in sorted(points, key=lambda point: point.name):
        rounds: Rounds = point.load()
        made = await rounds(ground)
        loops += [Loop(ground.reactor, name, work) for name, work in made.items()]
    return loops


async def lead(settings: Settings, database: Database, reactor: Any) -> None:
    """Wait to be the leader, run the loops while it lasts, and begin again."""
    around = Circumstances(
        reactor=reactor,
        clock=time.time,
        new_id=new_id,
        replay=DatabaseReplayStore(database),
        verifier=verifier(settings.ws_security),
    )
    own = await own_key(settings, database, reactor)
    lent = await lend(settings, database, reactor)
    houses = await house_loops(lent, entry_points(group=GROUP))
    leadership = Leadership(settings.url, reactor)
    while True:
        await leadership.gain()
        loops = Loops(loops_world(settings, database, own, around), reactor)
        try:
            await loops.start()
            for loop in houses:
                loop.start()
            await leadership.lose()
        except Refused as refused:
            log.warn("the loops could not start: {why}", why=refused.message)
            await leadership.give_up()
            await deferLater(reactor, PAUSE)
        finally:
            for loop in houses:
                await loop.stop()
            await loops.stop()


async def serve(settings: Settings, reactor: Any) -> None:
    """Open the database and lead, for as long as the daemon lives."""
    database = Database(settings.url, reactor=reactor, threads=settings.database_threads)
    leading = Deferred.fromCoroutine(lead(settings, database, reactor))

    def failed(failure: Any) -> None:
        log.failure("the cloud's loops ended", failure)
        reactor.stop()

    leading.addErrback(failed)


def main() -> None:
    """The program ``eucalyptus-cloud``."""
    settings = from_arguments(Settings, "Run the cloud's loops: launch, reconcile, broadcast.")
    start_logging(settings.log_level, installed)
    run_daemon(serve(settings, installed), installed)
