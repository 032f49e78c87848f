# SPDX-License-Identifier: BSD-2-Clause
"""A whole compute room on fakes: one world, two accounts, one zone, and hands to turn it by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from sqlalchemy import insert, select, text

from cloudcontroller.compute.core.instance import Instance
from cloudcontroller.compute.database import clusters, instances
from cloudcontroller.compute.database import schema as tables
from cloudcontroller.compute.drivers.fakeclusters import FakeClusters, Zone
from cloudcontroller.compute.drivers.manifests import FakeManifests
from cloudcontroller.compute.operations.bodies import bodies
from cloudcontroller.compute.periodic.launch import launch_round
from cloudcontroller.compute.periodic.network import Broadcast
from cloudcontroller.compute.periodic.reconcile import reconcile_round
from cloudcontroller.compute.periodic.terminate import reboot_round, terminate_round
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2 import images as ec2_images
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import properties
from tests.fixtures.reactor import spin

URL = "http://127.0.0.1:8774/axis2/services/EucalyptusCC"
START = 1_700_000_000.0
NETWORK = json.dumps(
    {
        "Mode": "EDGE",
        "InstanceDnsServers": ["172.31.0.1"],
        "Subnets": [
            {
                "Name": "172.31.0.0",
                "Subnet": "172.31.0.0",
                "Netmask": "255.255.255.0",
                "Gateway": "172.31.0.1",
            }
        ],
        "PrivateIps": ["172.31.0.10-172.31.0.200"],
    }
)
KEY: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)


def manifest(*, size: int = 64 << 20, kind: str = "machine", extra: str = "") -> bytes:
    """A manifest as the bundling tools write it, as far as registering reads it."""
    return f"""<?xml version="1.0"?><manifest><version>2007-10-10</version>
<machine_configuration><architecture>x86_64</architecture>{extra}</machine_configuration>
<image><name>guest</name><type>{kind}</type><size>{size}</size>
<parts count="1"><part index="0"><filename>guest.part.0</filename></part></parts></image>
</manifest>""".encode()


DOCUMENTS = {
    "images/disk.manifest.xml": manifest(),
    "images/root.manifest.xml": manifest(),
    "images/vmlinuz.manifest.xml": manifest(
        size=8 << 20, kind="kernel", extra="<kernel_id>true</kernel_id>"
    ),
    "images/initrd.manifest.xml": manifest(
        size=9 << 20, kind="ramdisk", extra="<ramdisk_id>true</ramdisk_id>"
    ),
    "images/huge.manifest.xml": manifest(size=6 << 30),
    "images/broken.manifest.xml": b"<manifest/>",
}


def person(name: str, number: int) -> Principal:
    """The admin user of account ``name``."""
    return Principal(
        account_id=f"{number:012d}",
        account_name=name,
        canonical_id=hashlib.sha256(name.encode()).hexdigest(),
        user_id=f"AID{name.upper():A<18}",
        user_name="admin",
        is_account_admin=True,
    )


ALICE, BOB, ADMIN = person("alice", 1), person("bob", 2), person("eucalyptus", 3)


NOBODY = "9" * 12
"""A number that no account has; every smaller one is some account's."""


class Died(BaseException):
    """A crash point was armed: the process is dead."""


@dataclass
class Dying:
    """Crash points by raising: ``arm`` one, and passing it is the end."""

    armed: str = ""
    passed: list[str] = field(default_factory=list)

    def arm(self, name: str) -> None:
        """Die at ``name``."""
        self.armed = name

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if name == self.armed:
            self.armed = ""
            raise Died(name)


class CountingChance:
    """Ids in order, one key for all."""

    def __init__(self) -> None:
        self._next = 0xA0000000

    def digits(self) -> str:
        """The next number."""
        self._next += 1
        return f"{self._next:08x}"

    def uuid(self) -> str:
        """A UUID made of the next number."""
        return f"00000000-0000-4000-8000-0000{self.digits()}"

    async def key(self) -> RSAPrivateKey:
        """Always the same key: making one is slow."""
        return KEY


class Street:
    """The room and everything around it."""

    def __init__(self, database: Database) -> None:
        self.now = START
        self.zone = Zone()
        self.fakes = FakeClusters({URL: self.zone})
        self.crash = Dying()
        self.world = World(
            database=database,
            clusters=self.fakes,
            manifests=FakeManifests(DOCUMENTS),
            chance=CountingChance(),
            clock=lambda: self.now,
            accounts=lambda tx, numbers: frozenset(n for n in numbers if n < NOBODY),
            crash=self.crash,
            address="172.31.0.1",
        )
        self.broadcast = Broadcast(self.world)
        self.database = database
        self.set("cloud.network.network_configuration", NETWORK)
        self.run(self.register, "one")
        self.reconcile()

    def register(self, tx: Tx, zone: str) -> None:
        """Register the zone's cluster."""
        clusters.register(tx, zone, URL, name=f"{zone}-cc", now=self.now)

    def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """One transaction."""
        return spin(self.database.run(work, *args))

    def set(self, name: str, value: str) -> None:
        """Set a cloud property."""

        def work(tx: Tx) -> None:
            tx.execute(text("DELETE FROM ground.properties WHERE name = :n"), {"n": name})
            tx.execute(insert(properties).values(name=name, value=value, changed_by="test"))

        self.run(work)

    def call(self, name: str, ask: Any, who: Principal = ALICE, **around: str) -> Any:
        """Carry out an operation as ``who``."""
        call = Call(request_id="req-1", principal=who, **around)
        return spin(bodies(self.world)[name](call, ask))

    def ask(self, operation_name: str, who: Principal = ALICE, **parts: Any) -> Any:
        """Carry out an operation given the parts of its message."""
        operation = EC2.operation(operation_name)
        assert operation is not None
        return self.call(operation_name, operation.asks(**parts), who)

    def image(self, location: str = "images/disk.manifest.xml", **parts: Any) -> str:
        """Register an image; gives its id."""
        parts.setdefault("name", location.split("/")[1].split(".")[0])
        answer: ec2_images.RegisterImageResponse = self.ask(
            "RegisterImage", image_location=location, **parts
        )
        return answer.image_id

    def launch(self, image_id: str, who: Principal = ALICE, **parts: Any) -> Any:
        """RunInstances with small defaults."""
        wishes = {"min_count": 1, "max_count": 1, "instance_type": "m1.small", **parts}
        return self.ask("RunInstances", who, image_id=image_id, **wishes)

    def terminate(self, *names: str, who: Principal = ALICE) -> Any:
        """TerminateInstances."""
        asked = tuple(ec2.InstanceId(instance_id=name) for name in names)
        return self.ask("TerminateInstances", who, instances=asked)

    def described(self, *names: str, who: Principal = ALICE) -> dict[str, str]:
        """DescribeInstances: id -> state."""
        asked = tuple(ec2.DescribeInstancesItem(instance_id=name) for name in names)
        answer: ec2.DescribeInstancesResponse = self.ask("DescribeInstances", who, instances=asked)
        return {
            one.instance_id: one.instance_state.name
            for reservation in answer.reservation
            for one in reservation.instances
        }

    def state_in(self, world: World, instance_id: str) -> str:
        """What another process, with its own world, says of one of Alice's instances."""
        call = Call(request_id="req-2", principal=ALICE)
        answer = spin(bodies(world)["DescribeInstances"](call, ec2.DescribeInstances()))
        (state,) = (
            one.instance_state.name
            for reservation in answer.reservation
            for one in reservation.instances
            if one.instance_id == instance_id
        )
        return str(state)

    def instances(self) -> dict[str, Instance]:
        """Every row, whoever owns it."""

        def work(tx: Tx) -> dict[str, Instance]:
            found = tx.execute(select(tables.instances.c.instance_id)).scalars().all()
            return dict(instances.named(tx, found))

        made: dict[str, Instance] = self.run(work)
        return made

    def rows(self, table: str) -> Sequence[Any]:
        """Every row of a table of compute's."""

        def work(tx: Tx) -> Sequence[Any]:
            return tx.execute(select(tables.METADATA.tables[f"compute.{table}"])).all()

        found: Sequence[Any] = self.run(work)
        return found

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def reconcile(self) -> float:
        """One round with the zone's cluster."""
        return float(spin(reconcile_round(self.world, "one")))

    def work(self) -> None:
        """One round of each loop that tells clusters something."""
        spin(launch_round(self.world))
        spin(terminate_round(self.world))
        spin(reboot_round(self.world))

    def turn(self, seconds: float = 3.0) -> None:
        """A while of ordinary life: loops run, the zone moves on, its report is heard."""
        self.work()
        self.zone.settle()
        self.reconcile()
        self.later(seconds)

    def reopened(self) -> Street:
        """The same street after the daemon died and came back."""
        self.world = replace(self.world)
        return self
