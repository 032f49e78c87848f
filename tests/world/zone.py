# SPDX-License-Identifier: BSD-2-Clause
"""A zone with room for twenty: every daemon a process of its own, all real but the machines."""

from __future__ import annotations

import base64
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudcontroller.identity.core.bundle import Credentials
from eucalyptus.services import COMPUTE, PROPERTIES
from eucalyptus.settings import read
from eucalyptus.verification import GRACE, Inspection, compare
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.inspection import look
from nodecontroller.settings import NodeSettings
from tests.fixtures.reactor import spin
from tests.street.town import Key
from tests.world.bad_mix import query
from tests.world.flood import Plan
from tests.world.fronts import Fronts, fronts

ROOM = 20


class Zone:
    """A cloud whose one zone has room for twenty small instances."""

    def __init__(self, cloud: Fronts) -> None:
        self.cloud = cloud
        for name in ("nc", "cc", "cloud"):
            cloud.start(name)
        cloud.start_workers(2)
        # Small enough that the room is counted in cores, not in what this machine's disk has left.
        self.manage(COMPUTE.path, Action="ModifyInstanceTypeAttribute", Name="m1.small",
                    Cpu="1", Disk="1", Memory="64")  # fmt: skip
        self._launches = itertools.count()
        self.alice = cloud.user("alice")
        self.image = self.install(self.alice)
        cloud.until(lambda: self.room() == ROOM, 60)

    def manage(self, path: str, **asks: str) -> None:
        """Do something as the cloud's administrator."""
        admin = self.cloud.user("eucalyptus")
        request = query(Key(admin.key_id, admin.secret), time.time(), path, **asks)
        assert self.at_once([request]) == {"200": 1}

    def set(self, name: str, value: str) -> None:
        """Set a property of the cloud."""
        self.manage(PROPERTIES.path, Action="ModifyPropertyValue", Name=name, Value=value)

    def install(self, user: Credentials) -> str:
        """Bundle, upload and register an image as a user does."""
        image = self.cloud.state / "guest.img"
        image.write_bytes(os.urandom(256 << 10))
        files = {"cert": user.certificate, "privatekey": user.private_key,
                 "ec2cert": user.cloud_certificate}  # fmt: skip
        words = [str(image), "-b", "images", "-n", "guest", "--virtualization-type", "hvm",
                 "-I", user.key_id, "-S", user.secret, "-u", user.account_number,
                 "--ec2-url", user.url("compute"), "--s3-url", user.url("objectstorage"),
                 "--json"]  # fmt: skip
        for name, content in files.items():
            path = Path(self.cloud.state, f"{name}.pem")
            path.write_bytes(content)
            words += [f"--{name}", str(path)]
        found: str = self.cloud.run("eucalyptus.cli.install_image", *words)["image_id"]
        return found

    def room(self) -> int:
        """How many small instances the zone's report has room for."""
        rows = self.cloud.sql("SELECT available FROM compute.capacities WHERE type = 'm1.small'")
        return int(rows[0][0]) if rows else 0

    def states(self) -> dict[str, str]:
        """Instance -> state, as recorded."""
        return dict(self.cloud.sql("SELECT instance_id, state FROM compute.instances"))

    def running(self) -> list[str]:
        """Those that run."""
        return sorted(name for name, state in self.states().items() if state == "running")

    def request(self, **asks: str) -> bytes:
        """A signed request of alice's."""
        return query(Key(self.alice.key_id, self.alice.secret), time.time(), **asks)

    def launches(self, count: int) -> list[bytes]:
        """Launches of one instance each, no two alike."""
        return [
            self.request(
                Action="RunInstances", ImageId=self.image, MinCount="1", MaxCount="1",
                InstanceType="m1.small", ClientToken=f"race-{next(self._launches)}",
            )
            for _ in range(count)
        ]  # fmt: skip

    def at_once(self, requests: list[bytes]) -> dict[str, int]:
        """Send all at the same moment; how often each answer came."""
        plan = Plan(
            port=self.cloud.port, seconds=1,
            burst=[base64.b64encode(request).decode() for request in requests],
        )  # fmt: skip
        words = plan.write(self.cloud.state / "race.json")
        report = self.cloud.run("tests.world.flood", words)["burst"]
        assert report["count"] == len(requests), report
        outcomes: dict[str, int] = report["outcomes"]
        return outcomes

    def domains(self) -> list[str]:
        """What the node's hypervisor holds."""
        settings = read(NodeSettings, self.cloud.conf)
        file = settings.run / "fake-domains.json"
        found = spin(FakeHypervisor(time.monotonic, file=file).domains())
        return sorted(domain.name for domain in found)

    def left_on_the_node(self) -> list[str]:
        """Every thing of an instance on the node that nobody believes in."""
        settings = read(NodeSettings, self.cloud.conf)
        file = settings.run / "fake-domains.json"
        seen = spin(look(settings, FakeHypervisor(time.monotonic, file=file)))
        return [str(one) for one in compare([Inspection(), seen], time.time() + 10 * GRACE)]


@contextmanager
def zone_with_room() -> Iterator[Zone]:
    """The zone, started and with an image."""
    with fronts(MAX_CORES=ROOM, NC_WORK_SIZE=500_000, NC_CACHE_SIZE=10_000) as cloud:
        yield Zone(cloud)
