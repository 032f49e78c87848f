# SPDX-License-Identifier: BSD-2-Clause
"""The street from the cloud's operations to a rehearsing node: a real database, the cloud's loops
in this process, the cluster and the node controller as processes that may die at any time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, FirstError, maybeDeferred
from twisted.internet.task import deferLater

from cloudcontroller.compute.database import clusters, instances, work
from cloudcontroller.compute.drivers.clusters import StubClusters
from cloudcontroller.compute.drivers.manifests import FakeManifests
from cloudcontroller.compute.inspection import beliefs
from cloudcontroller.compute.periodic.launch import launch_round
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.database.run import Database
from eucalyptus.services import CLUSTER as CLUSTER_PLACE
from eucalyptus.settings import read
from eucalyptus.verification import GRACE, Finding, Inspection, compare
from eucalyptus.web.client import Stub
from eucalyptus.web.components import component_line
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.inspection import look
from nodecontroller.settings import NodeSettings
from tests.cloudcontroller.compute.street import DOCUMENTS, Died, Street
from tests.clustercontroller.neighbours import around
from tests.fixtures.reactor import spin
from tests.streets import ROOT
from tests.world.node import RealNode, free_port, serve_images

ATTEMPTS = 10


class Images(FakeManifests):
    """Manifests whose images all are the file at ``url``."""

    url = ""

    def image_url(self, location: str, now: float, digest: str) -> str:
        """Where the node gets it."""
        return self.url


class Whole:
    """A cloud with one zone and one node under ``state``."""

    def __init__(self, state: Path, database: Database) -> None:
        self.state, self.cc_port = state, free_port()
        self.node = RealNode(
            state, None, CC_HOST="127.0.0.1", CC_PORT=self.cc_port, MONITORING_PERIOD=0.5,
            NC_SHUTDOWN_GRACE_PERIOD_SEC=0,
        )  # fmt: skip
        self.cc_conf = state / "cc.conf"
        self.cc_conf.write_text(
            f'EUCALYPTUS_STATE="{state}"\nCC_PORT="{self.cc_port}"\nCC_ADDRESS="127.0.0.1"\n'
            f'NODES="127.0.0.1:{self.node.port}"\n'
        )
        self._cc: subprocess.Popen[bytes] | None = None
        self.deaths: list[str] = []
        self._line = component_line(self.node.keyring, "cloud", around())
        self.clc = self._cloud(database)

    def _cloud(self, database: Database) -> Street:
        (self.state / "images").mkdir()
        (self.state / "images" / "disk").write_bytes(b"disk" * 1024)
        manifests = Images(DOCUMENTS)
        made, self._images = serve_images(self.state / "images")
        manifests.url = made + "disk"
        url = f"http://127.0.0.1:{self.cc_port}{CLUSTER_PLACE.path}"
        clc = Street(database)
        clc.world = replace(
            clc.world, clusters=StubClusters(self._stub), manifests=manifests, clock=time.time
        )
        clc.run(lambda tx: clusters.register(tx, "one", url, name="one-cc", now=time.time()))
        return clc

    def _stub(self, url: str) -> Stub:
        return Stub(CLUSTER, url, self.node.keyring.peer("cluster"), self._line)

    # --- daemons -----------------------------------------------------------------------------
    def start(self, crash: Mapping[str, str]) -> None:
        """Start everything; ``crash`` maps nc, cc, clc to the crash point each is to die at."""
        self.node.start(crash.get("nc", ""))
        self._start_cc(crash.get("cc", ""))
        self.clc.crash.arm(crash.get("clc", ""))
        self.until(self.has_room, 40)

    def _start_cc(self, crash: str = "") -> None:
        code = "from clustercontroller.service import main; main()"
        with (self.state / "cc.log").open("ab") as log:
            self._cc = subprocess.Popen(
                [sys.executable, "-c", code, "--config", str(self.cc_conf)], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT), "EUCA_CRASH": crash},
            )  # fmt: skip

    def kill_cc(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End the cluster controller."""
        if self._cc is not None:
            self._cc.send_signal(number)
            self._cc.wait(20)
            self._cc = None

    def _supervise(self) -> None:
        """Start again what has died."""
        if self._cc is not None and self._cc.poll() is not None:
            self.deaths.append("cc")
            self._start_cc()
        if self.node.has_died():
            self.deaths.append("nc")
            self.node.stop()
            self.node.start()

    def close(self) -> None:
        """End everything."""
        self.kill_cc()
        self.node.close()
        self._line.connections.close()
        spin(maybeDeferred(self._images.stopListening))

    # --- life --------------------------------------------------------------------------------
    def surviving(self, deed: Callable[[], Any]) -> Any:
        """What ``deed`` gave; None when the cloud's daemon died of it and a new one took over."""
        try:
            return deed()
        except (Died, FirstError):
            self.deaths.append("clc")
            self.clc.run(work.release, time.time())
            return None

    def turn(self) -> None:
        """A while of ordinary life."""
        self._supervise()
        self.surviving(self.clc.work)
        self.surviving(self.clc.reconcile)
        spin(deferLater(reactor, 0.2))  # type: ignore[arg-type]

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Live until ``done()``."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                logs = [self.state / "cc.log", self.node.log]
                said = [line for log in logs for line in log.read_text().splitlines()[-25:]]
                raise AssertionError("\n".join([f"not within {seconds} s", *said]))
            self.turn()

    def has_room(self) -> bool:
        """Whether the zone can take an instance."""
        rows = self.clc.run(lambda tx: clusters.capacity(tx)).get("one", {})
        zone = self.clc.run(clusters.of_zone, "one")
        return zone.is_up and rows["m1.small"].available > 0

    def launch(self, image: str, token: str) -> tuple[str, ...]:
        """RunInstances, asked again with its token until it is answered; the ids."""
        for _ in range(ATTEMPTS):
            made = self.surviving(lambda: self.clc.launch(image, client_token=token))
            if made is not None:
                return tuple(one.instance_id for one in made.instances)
        raise AssertionError("never answered")

    def begin_launch(self, image: str) -> Deferred[float]:
        """Record a launch, and have the cluster told without waiting for it."""
        self.clc.launch(image)
        return Deferred.fromCoroutine(launch_round(self.clc.world))

    def terminate(self, name: str) -> None:
        """TerminateInstances, asked again until it is answered."""
        for _ in range(ATTEMPTS):
            if self.surviving(lambda: self.clc.terminate(name)) is not None:
                return
        raise AssertionError("never answered")

    # --- the oracle --------------------------------------------------------------------------
    def findings(self) -> list[Finding]:
        """Every difference between the database and the node, without any grace."""
        settings = read(NodeSettings, self.node.conf)
        file = settings.run / "fake-domains.json"
        seen = spin(look(settings, FakeHypervisor(time.monotonic, file=file)))
        believed = Inspection(beliefs=beliefs(self.clc.run(instances.alive)))
        return compare([believed, seen], time.time() + 10 * GRACE)

    def domains(self) -> list[str]:
        """The names of the node's domains."""
        file = read(NodeSettings, self.node.conf).run / "fake-domains.json"
        found = spin(FakeHypervisor(time.monotonic, file=file).domains())
        return sorted(domain.name for domain in found)


@contextmanager
def whole(state: Path, database: Database) -> Iterator[Whole]:
    """A cloud that is not started yet; it ends with the block."""
    made = Whole(state, database)
    try:
        yield made
    finally:
        made.close()
