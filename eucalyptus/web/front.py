# SPDX-License-Identifier: BSD-2-Clause
"""A front worker: every service of this host on port 8773, HTTP and TLS alike.

Any number of workers share the port; the kernel spreads connections over them. A worker keeps no
state that another could need: replay store and recorded answers are in the database. What is
served is what installed houses name in the entry point group ``eucalyptus.services``.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

from twisted.internet import reactor as installed
from twisted.logger import Logger

from eucalyptus.access.principals import Principals
from eucalyptus.daemon import run_daemon
from eucalyptus.database.properties import Properties
from eucalyptus.database.recorded import RecordedAnswers
from eucalyptus.database.replay import DatabaseReplayStore
from eucalyptus.database.run import Database
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.ids import new_id
from eucalyptus.logs import start_logging
from eucalyptus.properties import ALLOW_SHA1, FAILURE_RATE, SIGN_REPLIES
from eucalyptus.secrets import open_sealer
from eucalyptus.services import FRONT_PORT
from eucalyptus.settings import from_arguments, setting
from eucalyptus.web.budgets import Budgets, Charging, Free
from eucalyptus.web.components import Keyring
from eucalyptus.web.ledger import SharedLedger
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.public_door import PublicDoor
from eucalyptus.web.query_door import QueryDoor, Recorded
from eucalyptus.web.site import Mount, shared_socket, site, tls_context
from eucalyptus.web.sniffing import SniffingFactory
from eucalyptus.web.soap_door import SoapDoor, Users
from eucalyptus.web.waiting import Caution, Doubts, Queue, Trust
from eucalyptus.wire.replay import ReplayStore
from eucalyptus.wire.security import Identity, Rules, Verifier, verify
from eucalyptus.wire.security.choice import verifier
from eucalyptus.wire.signable import Accepts

LEDGER = "budgets"
"""File under ``run/`` in which the workers of this host keep the accounts' budgets."""

log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontSettings(DatabaseSettings):
    """What a front worker may be told."""

    port: int = setting("CLOUD_PORT", FRONT_PORT, says="Port of all web services.")
    keys_ahead: int = setting(
        "KEYS_AHEAD", 64, says="RSA keys that a front worker makes ahead for CreateKeyPair."
    )
    bind: str = setting("CLOUD_BIND", "0.0.0.0", says="Address to listen on.")  # noqa: S104
    each: int = setting(
        "CLOUD_CONNECTIONS_PER_ADDRESS", 256,
        says="Connections that one address may have to one worker.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What every house on a front worker gets: settings, the database, who callers are, time,
    chance, and the stores against replays."""

    settings: FrontSettings
    database: Database
    principals: Principals
    reactor: Any
    clock: Callable[[], float]
    new_id: Callable[[], str]
    replay: ReplayStore
    recorded: Recorded
    properties: Properties
    identity: Identity
    verifier: Verifier = verify
    budgets: Charging = field(default_factory=Free)
    doubts: Caution = field(default_factory=Trust)

    def door(self, service: str, *, sha1: bool = True) -> PublicDoor:
        """The door of users to the service called ``service`` in signature scopes."""
        return PublicDoor(
            soap=SoapDoor(
                signers=Users(self.principals),
                rules=lambda: Rules.front_door(sha1=sha1 and self.properties.get(ALLOW_SHA1)),
                replay=self.replay,
                clock=self.clock,
                new_id=self.new_id,
                identity=lambda: self.identity if self.properties.get(SIGN_REPLIES) else None,
                verifier=self.verifier,
                budgets=self.budgets,
            ),
            query=QueryDoor(
                principals=self.principals,
                recorded=self.recorded,
                clock=self.clock,
                # Old EC2 clients sign "/" for the path, which must not open another service.
                accepts=Accepts(service=service, bare_path=service == "ec2"),
                budgets=self.budgets,
            ),
            doubts=self.doubts,
            budgets=self.budgets,
            seal=open_sealer(self.settings.keys).seal,
        )


Factory = Callable[[Front], Awaitable[Sequence[Mount]]]
"""What an entry point of group ``eucalyptus.services`` names."""


def entry(group: str) -> dict[str, Any]:
    """The objects that installed packages name in an entry point group."""
    return {point.name: point.load() for point in entry_points(group=group)}


async def open_front(settings: FrontSettings, reactor: Any) -> Front:
    """Database, principals and stores of one worker."""
    database = Database(settings.url, reactor=reactor, threads=settings.database_threads)
    (open_principals,) = entry("eucalyptus.principals").values()
    properties = Properties(database, reactor, settings.keys)
    await properties.start()
    return Front(
        settings=settings,
        database=database,
        principals=await open_principals(settings, database),
        reactor=reactor,
        clock=time.time,
        new_id=new_id,
        replay=DatabaseReplayStore(database),
        recorded=RecordedAnswers(database, open_sealer(settings.keys), reactor),
        properties=properties,
        identity=Keyring(directory=settings.keys).identity("cloud"),
        verifier=verifier(settings.ws_security),
        budgets=Budgets(SharedLedger(settings.run / LEDGER, time.monotonic), properties),
        doubts=doubts(reactor, properties),
    )


def doubts(reactor: Any, properties: Properties) -> Doubts:
    """Who has to wait in this worker."""
    queue = Queue(lambda call: reactor.callLater(0, call))
    return Doubts(queue, time.monotonic, lambda: properties.get(FAILURE_RATE))


async def serve(settings: FrontSettings, reactor: Any) -> None:
    """Open everything and listen."""
    front = await open_front(settings, reactor)
    mounts: list[Mount] = []
    for name, factory in sorted(entry("eucalyptus.services").items()):
        made = await factory(front)
        log.info("{name} serves {paths}", name=name, paths=[m.path for m in made])
        mounts += made
    factory = SniffingFactory(
        site(mounts, HttpLimits(each=settings.each), front.new_id),
        tls_context(settings),
        reactor,
    )
    listening = shared_socket(settings.bind, settings.port)
    reactor.adoptStreamPort(listening.fileno(), socket.AF_INET, factory)
    listening.close()
    log.info("listening on {bind}:{port}", bind=settings.bind, port=settings.port)


def main() -> None:
    """The program ``eucalyptus-front``."""
    settings = from_arguments(FrontSettings, "Serve every web service of this host on one port.")
    start_logging(settings.log_level, installed)
    run_daemon(serve(settings, installed), installed)
