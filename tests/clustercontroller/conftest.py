# SPDX-License-Identifier: BSD-2-Clause
"""A whole cluster controller on fake nodes and a hand-wound clock."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from clustercontroller.core.attempts import Book
from clustercontroller.core.roster import Roster
from clustercontroller.core.services import ServiceEvent
from clustercontroller.drivers.cloud import FakeCloud
from clustercontroller.drivers.documents import FakeDocuments
from clustercontroller.drivers.fake_nodes import FakeNode, FakeNodes
from clustercontroller.drivers.journal import FakeJournal
from clustercontroller.drivers.placement import FakePlacer
from clustercontroller.drivers.power import FakePower
from clustercontroller.drivers.switchboard import Switchboard
from clustercontroller.operations.table import bodies
from clustercontroller.periodic.broadcast import Broadcast
from clustercontroller.periodic.news import News
from clustercontroller.periodic.power import PowerSaving
from clustercontroller.periodic.refresh import Refresh
from clustercontroller.settings import Settings
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts.internal import ServiceInfo, VirtualMachine
from eucalyptus.contracts.service_control import DescribeServices


class Stage:
    """One zone with everything around it played by fakes; ``ask`` runs an operation."""

    def __init__(self, count: int = 2, journal: FakeJournal | None = None, **settings: Any) -> None:
        self.clock = Clock()
        names = tuple(f"10.1.1.{n}" for n in range(1, count + 1))
        self.settings = Settings(nodes=names, **settings)
        urls = self.settings.node_urls()
        self.hosts = {name: FakeNode() for name in names}
        self.nodes = FakeNodes({urls[name]: node for name, node in self.hosts.items()})
        self.power, self.placer, self.documents = FakePower(), FakePlacer(1), FakeDocuments()
        self.cloud, self.journal = FakeCloud(), journal or FakeJournal()
        self.zone = Zone(
            settings=self.settings, hosts=frozenset({"10.1.1.100"}), reactor=self.clock,
            now=self.clock.seconds, wall=self.clock.seconds, nodes=self.nodes, power=self.power,
            placer=self.placer, documents=self.documents, journal=self.journal,
            roster=Roster(wake_patience=self.settings.wake_within, book=Book(self.journal.text())),
            switchboard=Switchboard(self.clock, self.settings.fan_out),
        )  # fmt: skip
        self.broadcast = Broadcast(self.zone)
        self.refresh = Refresh(self.zone, self.broadcast)
        self.saving = PowerSaving(self.zone)
        self.zone.poll_all = self.refresh.round
        self.zone.broadcast = self.broadcast.kick
        self.news = News(self.zone, self.cloud)
        self.zone.changed = self.news.changed
        self.zone.roster.configure(urls, 0)
        self.bodies = bodies(self.zone)

    def node(self, slot: int) -> FakeNode:
        return list(self.hosts.values())[slot]

    def enable(self) -> Stage:
        itself = ServiceInfo(
            partition="one", type="cluster", name="cc-one", uris=("http://10.1.1.100:8774/x",)
        )
        cloud = ServiceInfo(type="eucalyptus", name="clc", uris=("http://10.1.1.99:8773/y",))
        self.ask(DescribeServices(epoch=3, service_ids=(itself,), services=(itself, cloud)))
        self.zone.on(ServiceEvent.START)
        self.zone.on(ServiceEvent.ENABLE)
        self.poll()
        return self

    def poll(self) -> None:
        self.done(self.refresh.round())

    def begin(self, ask: Any) -> Deferred[Any]:
        name = type(ask).__name__
        return Deferred.fromCoroutine(self.bodies[name](Call(request_id="req-1"), ask))

    def ask(self, ask: Any) -> Any:
        return self.result(self.begin(ask))

    def done(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.result(Deferred.fromCoroutine(work))

    def result(self, work: Deferred[Any]) -> Any:
        """The outcome, letting at most 400 seconds of the hand-wound clock go by."""
        outcome: list[Any] = []
        work.addBoth(outcome.append)
        for _ in range(800):
            if outcome:
                break
            self.clock.advance(0.5)
        assert outcome, "nothing came of it"
        if hasattr(outcome[0], "raiseException"):
            outcome[0].raiseException()
        return outcome[0]

    def wait(self, seconds: float, step: float = 1.0) -> None:
        for _ in range(int(seconds / step)):
            self.clock.advance(step)

    def run(self, *ids: str, memory: int = 256, **more: Any) -> cc.RunInstances:
        ask = cc.RunInstances(
            instance_type=VirtualMachine(name="m1.small", memory=memory, cores=1, disk=5),
            max_count=len(ids), min_count=len(ids), reservation_id="r-1", instance_ids=ids,
            net_names=("default",), net_ids=("sg-00000001",), mac_addresses=("",) * len(ids),
            private_ips=("172.31.0.9",), uuids=ids, vlan=-1, user_data="", credential="",
            launch_index="0", key_name="ssh-rsa AAAA", owner_id="u", account_id="a",
        )  # fmt: skip
        return replace(ask, **more)


@pytest.fixture
def stage() -> Stage:
    """Two nodes, ENABLED, polled once."""
    return Stage().enable()


@pytest.fixture
def make_stage() -> type[Stage]:
    """For other numbers of nodes and other settings."""
    return Stage
