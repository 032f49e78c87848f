# SPDX-License-Identifier: BSD-2-Clause
"""Everything an operation of the node may touch, handed in by ``service.py``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime

from nodecontroller.core import domain
from nodecontroller.core.capacity import NOTHING, Amount, Capacity, Host, capacity
from nodecontroller.core.reconcile import Domain, DomainState
from nodecontroller.core.record import Record
from nodecontroller.core.sensors import History
from nodecontroller.drivers.disks import Disks
from nodecontroller.drivers.hooks import Hooks
from nodecontroller.drivers.hypervisors import HostFacts, Hypervisor
from nodecontroller.drivers.images import Images
from nodecontroller.drivers.journal import Journal
from nodecontroller.drivers.network import Network
from nodecontroller.drivers.power import Power
from nodecontroller.ear import Ear
from nodecontroller.jobs import Jobs
from nodecontroller.roster import Roster
from nodecontroller.settings import NodeSettings

GIB = 2**30
MB = 10**6


class News(Protocol):
    """Tells the cluster that it is worth asking."""

    def changed(self, subject: str) -> None:
        """Something about ``subject`` (an instance id) changed; never fails, never waits."""
        ...

    def learn(self, url: str) -> None:
        """The cluster controller of this node is at ``url``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """The outer world of one host."""

    hypervisor: Hypervisor
    images: Images
    disks: Disks
    network: Network
    hooks: Hooks
    power: Power
    journal: Journal
    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the process lends: time, threads. ``clock`` POSIX, ``ticks`` monotonic, in seconds."""

    reactor: IReactorTime
    clock: Callable[[], float]
    ticks: Callable[[], float]
    in_thread: Callable[..., Awaitable[Any]]


@dataclass(slots=True, kw_only=True)
class Standing:
    """How the host stands, as last seen."""

    url: str
    iqn: str = ""
    is_enabled: bool = True
    is_reachable: bool = False
    facts: HostFacts | None = None
    disk: tuple[int, int] = (0, 0)
    strangers: tuple[Domain, ...] = ()
    missed: Mapping[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One node controller."""

    settings: NodeSettings
    drivers: Drivers
    tools: Tools
    roster: Roster
    jobs: Jobs
    ear: Ear
    history: History
    standing: Standing

    def folder(self, record: Record) -> Path:
        """Where an instance's files are."""
        return self.settings.work / record.ask.owner_id / record.id

    def console(self, record: Record) -> Path:
        """An instance's console log."""
        return self.folder(record) / "console.log"

    def host(self) -> domain.Host:
        """The host as domains see it."""
        s = self.settings
        return domain.Host(
            kind=self.drivers.hypervisor.kind,
            bridge=s.bridge,
            virtio=domain.Virtio(root=s.virtio_root, disk=s.virtio_disk, net=s.virtio_net),
            vnc=s.vnc,
        )

    def is_serving(self) -> bool:
        """Whether new instances could boot: the hypervisor answers, the network is looked after."""
        needs_network = self.settings.network_wait > 0
        return self.standing.is_reachable and (
            not needs_network or self.drivers.network.is_served()
        )

    def capacity(self) -> Capacity:
        """What instances may have and what is free; nothing while no instance could boot."""
        facts, settings, (size, free) = self.standing.facts, self.settings, self.standing.disk
        if facts is None:
            return Capacity(most=NOTHING, free=NOTHING)
        cap = settings.work_size * MB // GIB if settings.work_size else settings.max_disk
        host = Host(
            has=Amount(memory=facts.memory, disk=size // GIB, cores=facts.cores),
            caps=Amount(memory=settings.max_memory, disk=cap, cores=settings.max_cores),
            disk_free=free // GIB,
        )
        strangers = [
            Amount(memory=d.memory, disk=0, cores=d.cores)
            for d in self.standing.strangers
            if d.state is not DomainState.SHUTOFF
        ]
        found = capacity(host, self.roster.all(), strangers)
        if not self.standing.is_enabled or not self.is_serving():
            return Capacity(most=found.most, free=NOTHING)
        return found
