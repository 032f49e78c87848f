# SPDX-License-Identifier: BSD-2-Clause
"""The program ``eucalyptus-cc``: settings -> drivers -> operations -> services on 8774."""

from __future__ import annotations

import argparse
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.threads import deferToThread

from clustercontroller.core.attempts import Book
from clustercontroller.core.roster import Roster
from clustercontroller.drivers.documents import DocumentFile, Documents
from clustercontroller.drivers.journal import FileJournal
from clustercontroller.drivers.placement import ProgramPlacer
from clustercontroller.drivers.power import WakeOnLan
from clustercontroller.drivers.soap import SoapCloud, SoapNodes, speaking
from clustercontroller.drivers.switchboard import Switchboard
from clustercontroller.operations.news import news_bodies
from clustercontroller.operations.table import bodies
from clustercontroller.periodic.broadcast import Broadcast
from clustercontroller.periodic.news import News
from clustercontroller.periodic.power import PowerSaving
from clustercontroller.periodic.refresh import Refresh
from clustercontroller.periodic.upkeep import Upkeep
from clustercontroller.settings import Settings
from clustercontroller.zone import Network, Zone
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.news import NEWS
from eucalyptus.contracts.node import NODE
from eucalyptus.daemon import run_daemon
from eucalyptus.ids import new_id
from eucalyptus.logs import start_logging
from eucalyptus.services import CLUSTER as SERVICE
from eucalyptus.settings import DEFAULT_FILE, read
from eucalyptus.web.client import Line
from eucalyptus.web.components import (
    Circumstances,
    Keyring,
    component_door,
    component_line,
    listen,
)
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.replay_file import FileReplayStore
from eucalyptus.wire.networkinfo import BadNetworkDocument
from eucalyptus.wire.networkinfo import read as read_network
from eucalyptus.wire.security.choice import verifier

NEWS_PATH = "/axis2/services/EucalyptusNews"
DOCUMENT = "cc_global_network_info.xml"
_NEEDED_KEYS = ("cluster-cert.pem", "cluster-pk.pem", "node-cert.pem", "cloud-cert.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A cluster controller at work: its zone, its loops, its open port."""

    zone: Zone
    loops: tuple[Any, ...]
    port: Any

    async def stop(self) -> None:
        """Stop the loops and close the port."""
        for loop in self.loops:
            loop.stop()
        await self.port.stopListening()


def addresses() -> frozenset[str]:
    """Names and addresses under which this host may be known."""
    found = {"localhost", "127.0.0.1", socket.gethostname()}
    try:
        found |= set(socket.gethostbyname_ex(socket.gethostname())[2])
    except OSError:
        # A host without a name service still knows its own name.
        return frozenset(found)
    return frozenset(found)


def load_network(zone: Zone) -> None:
    """Take up the network document from before the restart, unless it is damaged."""
    document = zone.documents.load()
    if not document:
        return
    try:
        zone.network = Network(document, read_network(document))
    except BadNetworkDocument as bad:
        zone.log.error("the remembered network document is not used: {why}", why=str(bad))


def check(settings: Settings) -> list[str]:
    """What keeps this controller from working; nothing when all is well."""
    found = [
        f"{settings.keys / name} cannot be read"
        for name in _NEEDED_KEYS
        if not os.access(settings.keys / name, os.R_OK)
    ]
    for directory in (settings.directory, settings.run):
        if not os.access(directory, os.W_OK):
            found.append(f"{directory} cannot be written")
    return found


def make_zone(settings: Settings, line: Line, keyring: Keyring, reactor: Any) -> Zone:
    """The zone with the real drivers."""
    documents: Documents = DocumentFile(settings.run / DOCUMENT)
    journal = FileJournal(settings.directory / "attempts", deferToThread)
    return Zone(
        settings=settings,
        hosts=addresses() | ({settings.address} if settings.address else set()),
        reactor=reactor,
        now=time.monotonic,
        wall=time.time,
        nodes=SoapNodes(speaking(NODE, keyring.peer("node"), line)),
        power=WakeOnLan(settings.directory / "sleepers.json", settings.macs()),
        placer=ProgramPlacer(settings.directory),
        documents=documents,
        journal=journal,
        roster=Roster(wake_patience=settings.wake_within, book=Book(journal.text())),
        switchboard=Switchboard(reactor, settings.fan_out),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """Where the settings come from; ``stamp`` differs after a change."""

    path: Path

    def read(self) -> Settings:
        """The settings as they are now; raises BadSettings."""
        return read(Settings, self.path)

    def stamp(self) -> object:
        """Time and size of the file and of the local one beside it."""
        stamps = []
        for file in (self.path, self.path.with_name("eucalyptus.local.conf")):
            try:
                status = file.stat()
                stamps.append((status.st_mtime_ns, status.st_size))
            except OSError:
                stamps.append((0, 0))
        return tuple(stamps)


async def serve(file: SettingsFile, reactor: Any) -> Running:
    """Open everything, listen, and begin the loops."""
    settings = file.read()
    for directory in (settings.directory, settings.run, settings.replay):
        directory.mkdir(parents=True, exist_ok=True)
    keyring = Keyring(directory=settings.keys)
    around = _circumstances(settings, reactor)
    line = component_line(keyring, "cluster", around, keep=2)
    zone = make_zone(settings, line, keyring, reactor)
    load_network(zone)
    broadcast = Broadcast(zone)
    refresh = Refresh(zone, broadcast)
    ours = f"http://{settings.address or socket.gethostname()}:{settings.port}{SERVICE.path}"
    news = News(zone, SoapCloud(speaking(NEWS, keyring.peer("cloud"), line), ours))
    zone.changed, zone.broadcast, zone.poll_all = news.changed, broadcast.kick, refresh.round
    upkeep = Upkeep(zone, file.read, file.stamp, lambda: check(zone.settings))
    cloud_door = component_door(keyring, "cluster", ("cloud",), around)
    node_door = component_door(keyring, "cluster", ("node",), around)
    mounts = {
        SERVICE.path: Endpoint(CLUSTER, bodies(zone), cloud_door),
        NEWS_PATH: Endpoint(NEWS, news_bodies(zone, refresh.soon), node_door),
    }
    loops = (upkeep, refresh, broadcast, PowerSaving(zone))
    for loop in loops:
        loop.start()
    port = listen(mounts, settings.port, around, settings.address)
    zone.log.info("listening on {port}, {count} nodes", port=settings.port,
                  count=len(settings.nodes))  # fmt: skip
    news.changed("state")
    return Running(zone=zone, loops=loops, port=port)


def _circumstances(settings: Settings, reactor: Any) -> Circumstances:
    return Circumstances(
        reactor=reactor,
        clock=time.time,
        new_id=new_id,
        replay=FileReplayStore(settings.replay / "cluster", deferToThread),
        verifier=verifier(settings.ws_security),
    )


def main(argv: Sequence[str] | None = None, run: Callable[..., None] = run_daemon) -> None:
    """The program ``eucalyptus-cc``."""
    parser = argparse.ArgumentParser(description="Control one availability zone.")
    default = Path(os.environ.get("EUCALYPTUS_CONF", DEFAULT_FILE))
    parser.add_argument("--config", type=Path, default=default, help="settings file (%(default)s)")
    file = SettingsFile(path=parser.parse_args(argv).config)
    start_logging(file.read().log_level, installed)

    async def start() -> None:
        await serve(file, installed)

    run(start(), installed)
