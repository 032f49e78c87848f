# SPDX-License-Identifier: BSD-2-Clause
"""The node controller's front door: settings -> drivers -> operations -> a listening daemon."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.web.client import Agent, HTTPConnectionPool

from eucalyptus import command
from eucalyptus.contracts.news import NEWS
from eucalyptus.contracts.node import NODE
from eucalyptus.daemon import run_daemon
from eucalyptus.ids import new_id
from eucalyptus.logs import start_logging
from eucalyptus.services import NODE as PLACE
from eucalyptus.settings import from_arguments
from eucalyptus.web.client import Line, Peer, Stub
from eucalyptus.web.components import (
    Circumstances,
    Keyring,
    component_door,
    component_line,
    listen,
)
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.replay_file import FileReplayStore
from eucalyptus.web.soap_door import SoapDoor
from eucalyptus.wire.security.choice import verifier
from nodecontroller import rehearsal
from nodecontroller.adoption import adopt, quarantine
from nodecontroller.choosing import choose
from nodecontroller.core.sensors import History
from nodecontroller.drivers import hooks
from nodecontroller.drivers.disks.files import FileDisks
from nodecontroller.drivers.disks.files import Tools as DiskTools
from nodecontroller.drivers.hypervisors.opening import open_hypervisor
from nodecontroller.drivers.images.cache import Cache
from nodecontroller.drivers.images.http import HttpImages
from nodecontroller.drivers.images.http import Tools as ImageTools
from nodecontroller.drivers.journal import Journal
from nodecontroller.drivers.network import EucanetdNetwork
from nodecontroller.drivers.news import ClusterNews
from nodecontroller.drivers.power import CommandPower
from nodecontroller.ear import Ear
from nodecontroller.jobs import Jobs
from nodecontroller.operations.bodies import bodies
from nodecontroller.periodic.sweep import Sweep
from nodecontroller.periodic.watch import Watch
from nodecontroller.roster import Roster, Times
from nodecontroller.settings import NodeSettings
from nodecontroller.world import MB, Drivers, News, Standing, Tools, World

log = Logger()

US = "node"
CALLERS = ("cluster",)
INITIATOR = Path("/etc/iscsi/initiatorname.iscsi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node controller that runs: its world and its loops."""

    world: World
    watch: Watch
    sweep: Sweep


def open_cache(settings: NodeSettings) -> Cache:
    """The cache; by default it may take a third of what is free, or has it, when we start."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    facts = os.statvfs(settings.cache)
    limit = settings.cache_size * MB or facts.f_bavail * facts.f_frsize // 3
    cache = Cache(settings.cache, limit)
    cache.open()
    return cache


def open_drivers(settings: NodeSettings, news: News, reactor: Any) -> Drivers:
    """The outer world of this host."""
    hypervisor, cache = open_hypervisor(settings, reactor, time.monotonic), open_cache(settings)
    agent = Agent(reactor, connectTimeout=10, pool=HTTPConnectionPool(reactor, persistent=False))
    return Drivers(
        hypervisor=hypervisor,
        images=HttpImages(
            cache,
            ImageTools(
                agent=agent, reactor=reactor, in_thread=deferToThread, attempts=settings.attempts
            ),
        ),
        disks=FileDisks(
            settings.work,
            cache,
            DiskTools(
                run=command.run,
                in_thread=deferToThread,
                slots=DeferredSemaphore(settings.disk_operations),
                layers=not settings.no_layers,
            ),
        ),
        network=EucanetdNetwork(settings.run),
        hooks=hooks.Hooks(Path(settings.hooks), settings.state, command.run),
        power=CommandPower(settings.power_down.split(), command.run),
        journal=Journal(settings.journal),
        news=news,
    )


def make_world(settings: NodeSettings, drivers: Drivers, tools: Tools, standing: Standing) -> World:
    """A world with its roster read from the journal."""
    times = Times(clock=tools.clock, ticks=tools.ticks)
    roster = Roster(drivers.journal, times, tools.in_thread)
    roster.open()
    roster.changed = drivers.news.changed
    standing.is_enabled = bool(drivers.journal.read_node().get("is_enabled", True))
    return World(
        settings=settings,
        drivers=drivers,
        tools=tools,
        roster=roster,
        jobs=Jobs(),
        ear=Ear(tools.reactor),
        history=History(),
        standing=standing,
    )


def make_node(world: World) -> Node:
    """A world with its loops, which do not run yet."""
    noted = quarantine(
        world.settings.run, lambda: world.roster.damaged, world.tools.clock
    )  # fmt: skip
    return Node(world=world, watch=Watch(world, noted), sweep=Sweep(world))


async def begin(node: Node) -> None:
    """Find out what runs guests, take the running ones over, and look after them."""
    world = node.world
    await world.drivers.hooks.call(hooks.PRE_HYP_CHECK)
    hypervisor = world.drivers.hypervisor
    hypervisor.kind = await choose(hypervisor, world.settings.run, world.tools.reactor)
    await adopt(world)
    node.watch.start()
    node.sweep.start()
    await world.drivers.hooks.call(hooks.POST_INIT)


async def end(node: Node) -> None:
    """Stop looking after instances; they run on, and unfinished work is resumed by the journal."""
    node.watch.stop()
    node.sweep.stop()
    node.world.jobs.cancel_all()
    await node.world.drivers.hypervisor.close()


def _initiator() -> str:
    try:
        lines = INITIATOR.read_text().splitlines()
    except OSError:
        return ""
    prefix = "InitiatorName="
    return next((x.removeprefix(prefix) for x in lines if x.startswith(prefix)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is outside of a node controller: time, chance, the memory of messages; whom it lets
    in; whose answers it believes and how it signs what it says itself."""

    around: Circumstances
    door: SoapDoor
    line: Line
    cluster: Peer


def surroundings(settings: NodeSettings, replay: Path, reactor: Any) -> Surroundings:
    """The surroundings by the keys of ``settings``, with their memory in the file ``replay``."""
    around = Circumstances(
        reactor=reactor,
        clock=time.time,
        new_id=new_id,
        replay=FileReplayStore(replay, deferToThread),
        verifier=verifier(settings.ws_security),
    )
    keyring = Keyring(directory=settings.keys)
    return Surroundings(
        around=around,
        door=component_door(keyring, US, CALLERS, around),
        line=component_line(keyring, US, around, keep=1),
        cluster=keyring.peer("cluster"),
    )


def open_news(settings: NodeSettings, outside: Surroundings, standing: Standing) -> ClusterNews:
    """News for the cluster: by a setting, or as soon as the cluster has called."""

    def stub(url: str) -> Stub:
        return Stub(NEWS, url, outside.cluster, outside.line)

    host = settings.cluster_host
    url = f"http://{host}:{settings.cluster_port}/" if host else ""
    return ClusterNews(stub, lambda: standing.url, outside.around.reactor, url)


async def serve(settings: NodeSettings, reactor: Any) -> None:
    """Open everything, listen, and begin."""
    await open_node(settings, surroundings(settings, settings.replay / "node", reactor))


async def serve_rehearsal(asked: rehearsal.Rehearsal, reactor: Any) -> None:
    """Open every node of a rehearsal."""
    outside = surroundings(asked.settings, asked.replay, reactor)
    for address in asked.hosts:
        await open_node(rehearsal.settings_of(asked.settings, address), outside)


async def open_node(settings: NodeSettings, outside: Surroundings) -> None:
    """Open the node controller of ``settings``, have it listen, and begin."""
    reactor = outside.around.reactor
    for folder in (settings.run, settings.work):
        folder.mkdir(parents=True, exist_ok=True)
    address = settings.address or "127.0.0.1"
    url = f"http://{address}:{settings.port}{PLACE.path}"
    standing = Standing(url=url, iqn=_initiator())
    drivers = open_drivers(settings, open_news(settings, outside, standing), reactor)
    await drivers.hooks.call(hooks.PRE_INIT)
    tools = Tools(
        reactor=reactor, clock=time.time, ticks=time.monotonic, in_thread=deferToThread
    )  # fmt: skip
    node = make_node(make_world(settings, drivers, tools, standing))
    endpoint = Endpoint(NODE, bodies(node.world), outside.door)
    listen({PLACE.path: endpoint}, settings.port, outside.around, settings.listen)
    log.info("listening on {listen}:{port}", listen=settings.listen, port=settings.port)
    beginning = Deferred.fromCoroutine(begin(node))
    beginning.addErrback(lambda failure: log.failure("the node cannot begin", failure))
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: Deferred.fromCoroutine(end(node))
    )  # fmt: skip


def main() -> None:
    """The program ``eucalyptus-nc``."""
    settings = from_arguments(NodeSettings, "Run virtual machines on this host.")
    start_logging(settings.log_level, installed)
    run_daemon(serve(settings, installed), installed)


def rehearse() -> None:
    """The program ``eucalyptus-nc-rehearsal``."""
    asked = rehearsal.from_arguments()
    start_logging(asked.settings.log_level)
    run_daemon(serve_rehearsal(asked, installed), installed)
