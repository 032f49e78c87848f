# SPDX-License-Identifier: BSD-2-Clause
"""A node controller on fakes and a clock that stands still, and requests to put to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from eucalyptus.access.call import Call
from eucalyptus.command import Finished
from eucalyptus.contracts.internal import NetConfig, VirtualBootRecord, VirtualMachine
from eucalyptus.contracts.node import NcRunInstance
from nodecontroller.adoption import quarantine
from nodecontroller.core.sensors import History
from nodecontroller.drivers.disks.fake import FakeDisks
from nodecontroller.drivers.hooks import Hooks
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.drivers.images.fake import FakeImages
from nodecontroller.drivers.journal import Journal
from nodecontroller.drivers.network import FakeNetwork
from nodecontroller.drivers.news import FakeNews
from nodecontroller.drivers.power import FakePower
from nodecontroller.ear import Ear
from nodecontroller.jobs import Jobs
from nodecontroller.operations.bodies import bodies
from nodecontroller.periodic.sweep import Sweep
from nodecontroller.periodic.watch import Watch
from nodecontroller.roster import Roster, Times
from nodecontroller.settings import NodeSettings
from nodecontroller.world import Drivers, Standing, Tools, World

T = TypeVar("T")

GIB = 2**30
EPOCH = 1_400_000_000.0
ID = "i-12345678"


async def at_once(work: Any, *args: Any) -> Any:
    """A thread that is none: the call is made at once."""
    return work(*args)


async def no_program(argv: Any, **_: Any) -> Finished:
    """A program that does nothing and succeeds."""
    return Finished(0, b"", b"")


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of something that never has to wait; raises what it raised."""
    found: list[Any] = []
    Deferred.fromCoroutine(coroutine).addBoth(found.append)
    assert found, "it waits for something"
    if isinstance(found[0], Failure):
        found[0].raiseException()
    return found[0]  # type: ignore[no-any-return]


class House:
    """A node controller under ``state``; made again over the same ``state`` it is a restart."""

    def __init__(self, state: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.settings = NodeSettings(state=state, **{"network_wait": 0.0, **settings})
        for folder in (self.settings.run, self.settings.work):
            folder.mkdir(parents=True, exist_ok=True)
        self.hypervisor = FakeHypervisor(
            self.clock.seconds, file=self.settings.run / "fake-domains.json"
        )
        self.images, self.disks = FakeImages(), FakeDisks(self.settings.work)
        self.network, self.news, self.power = FakeNetwork(), FakeNews(), FakePower()
        self.world = self._world()
        self.bodies = bodies(self.world)
        noted = quarantine(
            self.settings.run, lambda: self.world.roster.damaged, self.world.tools.clock
        )
        self.watch, self.sweep = Watch(self.world, noted), Sweep(self.world)
        self.hypervisor.listen(self.watch.heard)
        self.look()

    def _world(self) -> World:
        drivers = Drivers(
            hypervisor=self.hypervisor,
            images=self.images,
            disks=self.disks,
            network=self.network,
            hooks=Hooks(Path("/nonexistent"), self.settings.state, no_program),
            power=self.power,
            journal=Journal(self.settings.journal),
            news=self.news,
        )
        tools = Tools(
            reactor=self.clock,
            clock=lambda: EPOCH + self.clock.seconds(),
            ticks=self.clock.seconds,
            in_thread=at_once,
        )
        times = Times(clock=tools.clock, ticks=tools.ticks)
        roster = Roster(drivers.journal, times, at_once)
        roster.open()
        roster.changed = self.news.changed
        return World(
            settings=self.settings,
            drivers=drivers,
            tools=tools,
            roster=roster,
            jobs=Jobs(),
            ear=Ear(self.clock),
            history=History(),
            standing=Standing(url="http://10.0.0.1:8775/axis2/services/EucalyptusNC"),
        )

    def ask(self, operation: str, message: Any) -> Any:
        """Put a request to the node and have its answer."""
        call = Call(request_id="test", component="cluster")
        return now(self.bodies[operation](call, message))  # type: ignore[arg-type]

    def look(self) -> None:
        """One look of the watch."""
        now(self.watch.look())

    def sweep_now(self) -> None:
        """One sweep."""
        now(self.sweep.sweep())

    def boots(self) -> int:
        """How often the guests of this node booted, by their console logs."""
        logs = self.settings.work.glob("*/*/console.log")
        return sum(log.read_text().count("Rehearsal guest") for log in logs)

    def states(self) -> dict[str, str]:
        """Instance id -> its state's name."""
        return {r.id: r.state.name for r in self.world.roster.all()}


def record(kind: str, device: str, **facts: Any) -> VirtualBootRecord:
    """A boot record: an image of some location, or a blank."""
    image = {"resource_location": f"http://walrus/{kind}?sig=1", "id": f"emi-{kind}", "size": -1}
    made = image if kind in ("machine", "kernel", "ramdisk") else {"id": "none", "format": "ext3"}
    return VirtualBootRecord(type=kind, guest_device_name=device, **{**made, **facts})


def machine(*records: VirtualBootRecord, **facts: Any) -> VirtualMachine:
    """A type of 256 MiB, one core and 2 GiB of disk."""
    made = {"name": "m1.small", "memory": 256, "cores": 1, "disk": 2, **facts}
    return VirtualMachine(virtual_boot_record=records, **made)  # type: ignore[arg-type]


PARTITIONED = machine(
    record("machine", "sda1", size=4096),
    record("kernel", "none"),
    record("ramdisk", "none"),
    record("ephemeral0", "sda2", size=GIB),
    record("swap", "sda3", size=512 * 2**20, format="none"),
)
WHOLE = machine(record("machine", "sda", size=4096), record("ephemeral0", "sdb", size=GIB))


def run_request(instance_id: str = ID, **facts: Any) -> NcRunInstance:
    """A request to run an instance."""
    number = instance_id[2:]
    mac = "d0:0d:" + ":".join(number[i : i + 2] for i in range(0, 8, 2))
    made: dict[str, Any] = {
        "correlation_id": "test",
        "user_id": "eucalyptus",
        "image_id": "emi-machine",
        "owner_id": "AIDA0000",
        "account_id": "000000000001",
        "reservation_id": "r-00000001",
        "instance_id": instance_id,
        "uuid": f"{number}-0000-4000-8000-000000000000",
        "instance_type": WHOLE,
        "key_name": "ssh-rsa AAAA test",
        "net_params": NetConfig(
            interface_id=instance_id,
            device=0,
            private_mac_address=mac,
            private_ip="172.31.0.5",
            public_ip="0.0.0.0",
            vlan=-1,
            network_index=-1,
        ),
    }
    return NcRunInstance(**{**made, **facts})


def changed(ask: NcRunInstance, **facts: Any) -> NcRunInstance:
    """The same request with other facts."""
    return dataclasses.replace(ask, **facts)
