# SPDX-License-Identifier: BSD-2-Clause
"""Around a cluster controller on loopback: keys, a cloud that asks and listens, a fake node."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from clustercontroller.drivers.fake_nodes import FakeNode, FakeNodes
from clustercontroller.drivers.nodes import Declined
from eucalyptus.access.call import Call
from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts import node as nc
from eucalyptus.contracts import service_control as sc
from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.internal import ServiceInfo, VirtualMachine
from eucalyptus.contracts.news import NEWS, Changed, ChangedResponse
from eucalyptus.contracts.refusals import DECLINED
from eucalyptus.services import CLUSTER, NODE
from eucalyptus.web.client import Stub
from eucalyptus.web.components import Circumstances, Keyring, component_door, component_line, listen
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import MemoryReplayStore

A = "i-0000000a"


def around() -> Circumstances:
    return Circumstances(
        reactor=reactor, clock=time.time, new_id=lambda: str(uuid.uuid4()),
        replay=MemoryReplayStore(),
    )  # fmt: skip


def keys(directory: Path) -> Keyring:
    directory.mkdir()
    for name in ("cluster", "node", "cloud"):
        key = certificates.make_key()
        pem = certificates.self_issue(key, certificates.subject(name, "Cloud"), time.time())
        (directory / f"{name}-cert.pem").write_bytes(pem)
        (directory / f"{name}-pk.pem").write_bytes(certificates.key_pem(key))
    return Keyring(directory=directory)


def node_bodies(host: FakeNode) -> dict[str, Callable[[Call, Any], Any]]:
    """The node contract answered by a fake node."""
    nodes = FakeNodes({"here": host})

    def body(operation: Operation) -> Callable[[Call, Any], Any]:
        words = re.sub(r"([A-Z])", r"_\1", operation.name.removeprefix("nc")).lower()[1:]

        async def answer(call: Call, ask: Any) -> Any:
            assert call.component == "cluster"
            try:
                return await getattr(nodes, words)("here", ask)
            except Declined as no:
                raise DECLINED(reason=str(no)) from no

        return answer

    return {operation.name: body(operation) for operation in nc.NODE.operations}


def run() -> cc.RunInstances:
    return cc.RunInstances(
        instance_type=VirtualMachine(name="m1.small", memory=256, cores=1, disk=5), max_count=1,
        min_count=1, reservation_id="r-1", instance_ids=(A,), net_names=("default",),
        net_ids=("sg-00000001",), mac_addresses=("",), private_ips=("172.31.0.9",), uuids=("u",),
        vlan=-1, user_data="", credential="", launch_index="0", key_name="ssh-rsa AAAA",
    )  # fmt: skip


class Neighbours:
    """What is above and below a controller: the cloud's front, and one node; on loopback.

    ``url`` is where the controller listens; whoever starts it sets it.
    """

    def __init__(self, at: Path, spin: Callable[..., Any]) -> None:
        self.at, self.spin, self.url = at, spin, ""
        self.keyring = keys(at / "keys")
        self.host = FakeNode()
        self.news: list[str] = []
        node_door = component_door(self.keyring, "node", ("cluster",), around())
        cloud_door = component_door(self.keyring, "cloud", ("cluster",), around())
        endpoint = Endpoint(nc.NODE, node_bodies(self.host), node_door)
        self.node = listen({NODE.path: endpoint}, 0, around(), "127.0.0.1")
        front = Endpoint(NEWS, {"Changed": self.heard}, cloud_door)
        self.front = listen({"/services/News": front}, 0, around(), "127.0.0.1")
        self.config = at / "eucalyptus.conf"

    def write(self, port: int = 0, nodes: str | None = None) -> None:
        """The controller's settings."""
        nodes = f"127.0.0.1:{self.node.getHost().port}" if nodes is None else nodes
        self.config.write_text(
            f'EUCALYPTUS_STATE="{self.at}"\nCC_PORT="{port}"\nCC_ADDRESS="127.0.0.1"\n'
            f'NODES="{nodes}"\nCLC_URL="http://127.0.0.1:{self.front.getHost().port}"\n'
        )

    async def heard(self, call: Call, ask: Changed) -> ChangedResponse:
        self.news.append(ask.subject or "")
        return ChangedResponse()

    def stub(self, contract: Any, path: str, us: str) -> Stub:
        line = component_line(self.keyring, us, around())
        return Stub(contract, self.url + path, self.keyring.peer("cluster"), line)

    def ask(self, ask: Any, us: str = "cloud") -> Any:
        """Ask the controller in the cloud's name."""
        (operation,) = [o for o in cc.CLUSTER.operations if o.asks is type(ask)]
        return self.spin(self.stub(cc.CLUSTER, CLUSTER.path, us).call(operation, ask))

    def enable(self) -> None:
        """Bring the controller from LOADED to ENABLED."""
        itself = ServiceInfo(partition="one", type="cluster", name="cc", uris=(self.url,))
        self.ask(sc.DescribeServices(epoch=1, service_ids=(itself,), services=(itself,)))
        self.ask(sc.StartService(service_ids=(itself,)))
        self.ask(sc.EnableService(service_ids=(itself,)))

    def close(self) -> None:
        """Close both ports."""
        for port in (self.node, self.front):
            self.spin(maybeDeferred(port.stopListening))
