# SPDX-License-Identifier: BSD-2-Clause
"""The node controller as a program, rehearsing: who may talk to it, and whom it tells."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from eucalyptus.access.call import Call
from eucalyptus.contracts import node as contract
from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from eucalyptus.contracts.news import NEWS, Changed, ChangedResponse
from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.client import Stub
from eucalyptus.web.components import Circumstances, component_door, component_line, listen
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.wire.replay import MemoryReplayStore
from nodecontroller.drivers.news import PATH
from tests.fixtures.reactor import spin
from tests.world.node import RealNode, free_port

FIRST = "i-00000001"


def around() -> Circumstances:
    """This process' own time and chance."""
    return Circumstances(
        reactor=reactor,
        clock=time.time,
        new_id=lambda: str(uuid.uuid4()),
        replay=MemoryReplayStore(),
    )


class Cluster:
    """A cluster controller's ear for news."""

    def __init__(self, port: int) -> None:
        self.port, self.heard = port, []  # type: ignore[var-annotated]

    async def changed(self, call: Call, ask: Changed) -> ChangedResponse:
        """Note who said what."""
        self.heard.append((call.component, ask.subject, ask.service_tag))
        return ChangedResponse()

    def listen(self, node: RealNode) -> Any:
        """Listen with the cluster's key."""
        door = component_door(node.keyring, "cluster", ("node",), around())
        endpoint = Endpoint(NEWS, {"Changed": self.changed}, door)
        return listen({PATH: endpoint}, self.port, around(), "127.0.0.1")


@pytest.fixture
def cluster() -> Cluster:
    """Not listening yet: its keys are made with the node's."""
    return Cluster(free_port())


@pytest.fixture
def node(cluster: Cluster, tmp_path: Path) -> Iterator[RealNode]:
    """A rehearsing node that knows its cluster by its settings."""
    state = Path(tempfile.mkdtemp(prefix="eucanc", dir="/tmp"))
    made = RealNode(state, None, CC_HOST="127.0.0.1", CC_PORT=cluster.port)
    made.start()
    try:
        made.until(made.is_enabled, 40)
        yield made
    finally:
        made.close()
        shutil.rmtree(state, ignore_errors=True)


def machine(folder: Path) -> VirtualMachine:
    """An instance whose image is a file of this host."""
    image = folder / "image"
    image.write_bytes(b"x" * 4096)
    root = VirtualBootRecord(
        type="machine", guest_device_name="sda", resource_location=f"file://{image}", size=4096,
        format="none", id="emi-1",
    )  # fmt: skip
    return VirtualMachine(name="m1", memory=64, cores=1, disk=1, virtual_boot_record=(root,))


def test_the_cluster_is_told_of_changes(node: RealNode, cluster: Cluster, tmp_path: Path) -> None:
    """At once, signed by the node, with its URL."""
    port = cluster.listen(node)
    node.run(FIRST, machine(tmp_path))
    node.until(lambda: bool(cluster.heard), 10)
    assert cluster.heard[0] == ("node", FIRST, node.stub.url)
    spin(maybeDeferred(port.stopListening))


def test_nobody_but_the_cluster_may_ask(node: RealNode, tmp_path: Path) -> None:
    """Another component of the same cloud is refused, and nothing happens."""
    line = component_line(node.keyring, "cloud", around())
    stub = Stub(contract.NODE, node.stub.url, node.keyring.peer("node"), line)
    with pytest.raises(Refused, match="not registered"):
        spin(stub.call(contract.NC_TERMINATE_INSTANCE,
                       contract.NcTerminateInstance(instance_id=FIRST, force=True)))  # fmt: skip
    line.connections.close()


def test_a_refusal_is_return_false(node: RealNode) -> None:
    """With its sentence, as the original's; no fault."""
    with pytest.raises(Refused, match="The instance ID 'i-00000001' does not exist"):
        node.terminate(FIRST)


def test_it_stops_when_told(node: RealNode, tmp_path: Path) -> None:
    """Promptly; its instances run on and are there after the next start."""
    node.run(FIRST, machine(tmp_path))
    node.until(lambda: node.is_running(FIRST), 20)
    began = time.monotonic()
    node.stop(signal.SIGTERM)
    assert time.monotonic() - began < 10
    node.start()
    node.until(lambda: node.is_running(FIRST), 30)
    assert node.console(FIRST).count("login:") == 1
