# SPDX-License-Identifier: BSD-2-Clause
"""A front worker: every service of this host on port 8773, HTTP and TLS alike.

Any number of workers share the port; the kernel spreads connections over them. A worker keeps no
state that another could need: replay store and recorded answers are in the database. What is
served is what installed houses name in the entry point group ``eucalyptus.services``.
"""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet import ssl
from twisted.logger import Logger
from twisted.web.resource import IResource

from eucalyptus.access.principals import Principals
from eucalyptus.daemon import run_daemon
from eucalyptus.database.replay import DatabaseReplayStore
from eucalyptus.database.run import Database
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.logs import start_logging
from eucalyptus.services import FRONT_PORT
from eucalyptus.settings import House, from_arguments, setting
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.requests import Mounted
from eucalyptus.web.sniffing import SniffingFactory
from eucalyptus.wire.replay import ReplayStore

log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontSettings(DatabaseSettings):
    """What a front worker may be told."""

    port: int = setting("CLOUD_PORT", FRONT_PORT, says="Port of all web services.")
    bind: str = setting("CLOUD_BIND", "0.0.0.0", says="Address to listen on.")  # noqa: S104


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A resource and the paths it answers at."""

    path: str
    resource: IResource
    aliases: tuple[str, ...] = ()


Factory = Callable[[Front], Awaitable[Sequence[Mount]]]
"""What an entry point of group ``eucalyptus.services`` names."""


def site(mounts: Sequence[Mount], limits: HttpLimits, new_id: Callable[[], str]) -> Mounted:
    """One site that serves every mount; two mounts of one path are a mistake."""
    table: dict[bytes, IResource] = {}
    for mount in mounts:
        for path in (mount.path, *mount.aliases):
            if table.setdefault(path.encode(), mount.resource) is not mount.resource:
                raise ValueError(f"two services are mounted at {path}")
    return Mounted(table, limits, new_id)


def shared_socket(address: str, port: int) -> socket.socket:
    """A listening socket that other workers may open too; the kernel spreads connections."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.setblocking(False)
    listening.bind((address, port))
    listening.listen(1024)
    return listening


def tls_context(settings: House) -> ssl.CertificateOptions | None:
    """TLS with ``keys/tls-{cert,pk}.pem``, else with the cloud's certificate; None without keys."""
    for stem in ("tls", "cloud"):
        certificate = settings.keys / f"{stem}-cert.pem"
        key = settings.keys / f"{stem}-pk.pem"
        if certificate.exists() and key.exists():
            pair = ssl.PrivateCertificate.loadPEM(certificate.read_bytes() + key.read_bytes())
            made: ssl.CertificateOptions = pair.options()
            return made
    return None


def entry(group: str) -> dict[str, Any]:
    """The objects that installed packages name in an entry point group."""
    return {point.name: point.load() for point in entry_points(group=group)}


async def open_front(settings: FrontSettings, reactor: Any) -> Front:
    """Database, principals and stores of one worker."""
    database = Database(settings.url, reactor=reactor, threads=settings.database_threads)
    (open_principals,) = entry("eucalyptus.principals").values()
    return Front(
        settings=settings,
        database=database,
        principals=await open_principals(settings, database),
        reactor=reactor,
        clock=time.time,
        new_id=lambda: str(uuid.uuid4()),
        replay=DatabaseReplayStore(database),
    )


async def serve(settings: FrontSettings, reactor: Any) -> None:
    """Open everything and listen."""
    front = await open_front(settings, reactor)
    mounts: list[Mount] = []
    for name, factory in sorted(entry("eucalyptus.services").items()):
        made = await factory(front)
        log.info("{name} serves {paths}", name=name, paths=[m.path for m in made])
        mounts += made
    factory = SniffingFactory(
        site(mounts, HttpLimits(), front.new_id), tls_context(settings), reactor
    )
    listening = shared_socket(settings.bind, settings.port)
    reactor.adoptStreamPort(listening.fileno(), socket.AF_INET, factory)
    listening.close()
    log.info("listening on {bind}:{port}", bind=settings.bind, port=settings.port)


def main() -> None:
    """The program ``eucalyptus-front``."""
    settings = from_arguments(FrontSettings, "Serve every web service of this host on one port.")
    start_logging(settings.log_level)
    run_daemon(serve(settings, installed), installed)
