# SPDX-License-Identifier: BSD-2-Clause
"""The daemon as composed in service.py: signed SOAP above and below, on loopback."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from clustercontroller.drivers.fake_nodes import FakeNode, FakeNodes
from clustercontroller.drivers.nodes import Declined
from clustercontroller.service import NEWS_PATH, SettingsFile, check, serve
from eucalyptus.access.call import Call
from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts import node as nc
from eucalyptus.contracts import service_control as sc
from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.internal import ServiceInfo, VirtualMachine
from eucalyptus.contracts.news import CHANGED, NEWS, Changed, ChangedResponse
from eucalyptus.contracts.refusals import DECLINED, Refused
from eucalyptus.services import CLUSTER, NODE
from eucalyptus.web.client import Stub
from eucalyptus.web.components import (
    Circumstances,
    Keyring,
    component_door,
    component_line,
    listen,
)  # fmt: skip
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


class Street:
    """A cloud that asks and listens, the controller, and one node; all on loopback."""

    def __init__(self, at: Path, spin: Callable[..., Any]) -> None:
        self.at, self.spin = at, spin
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
        self.write(f"127.0.0.1:{self.node.getHost().port}")
        self.running = spin(serve(SettingsFile(path=self.config), reactor))

    def write(self, nodes: str) -> None:
        self.config.write_text(
            f'EUCALYPTUS_STATE="{self.at}"\nCC_PORT="0"\nCC_ADDRESS="127.0.0.1"\n'
            f'NODES="{nodes}"\nCLC_URL="http://127.0.0.1:{self.front.getHost().port}"\n'
        )

    async def heard(self, call: Call, ask: Changed) -> ChangedResponse:
        self.news.append(ask.subject or "")
        return ChangedResponse()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.running.port.getHost().port}"

    def stub(self, contract: Any, path: str, us: str) -> Stub:
        line = component_line(self.keyring, us, around())
        return Stub(contract, self.url + path, self.keyring.peer("cluster"), line)

    def ask(self, ask: Any, us: str = "cloud") -> Any:
        (operation,) = [o for o in cc.CLUSTER.operations if o.asks is type(ask)]
        return self.spin(self.stub(cc.CLUSTER, CLUSTER.path, us).call(operation, ask))

    def enable(self) -> None:
        itself = ServiceInfo(partition="one", type="cluster", name="cc", uris=(self.url,))
        self.ask(sc.DescribeServices(epoch=1, service_ids=(itself,), services=(itself,)))
        self.ask(sc.StartService(service_ids=(itself,)))
        self.ask(sc.EnableService(service_ids=(itself,)))

    def down(self) -> None:
        self.spin(self.running.stop())
        for port in (self.node, self.front):
            self.spin(maybeDeferred(port.stopListening))


@pytest.fixture
def street(tmp_path: Path, spin: Callable[..., Any]) -> Iterator[Street]:
    made = Street(tmp_path, spin)
    try:
        yield made
    finally:
        made.down()


def run() -> cc.RunInstances:
    return cc.RunInstances(
        instance_type=VirtualMachine(name="m1.small", memory=256, cores=1, disk=5), max_count=1,
        min_count=1, reservation_id="r-1", instance_ids=(A,), net_names=("default",),
        net_ids=("sg-00000001",), mac_addresses=("",), private_ips=("172.31.0.9",), uuids=("u",),
        vlan=-1, user_data="", credential="", launch_index="0", key_name="ssh-rsa AAAA",
    )  # fmt: skip


def test_an_instance_lives_and_dies_over_signed_soap(
    street: Street, turn: Callable[[Callable[[], bool], float], None]
) -> None:
    """Enable, run, news from the node, described as running, news to the cloud, terminate."""
    with pytest.raises(Refused, match="LOADED"):
        street.ask(run())
    street.enable()
    assert street.ask(run()).instances[0].state_name == "Pending"
    street.host.boot()
    street.news.clear()
    tag = street.running.zone.roster.nodes[0].url
    news = street.stub(NEWS, NEWS_PATH, "node")
    assert street.spin(news.call(CHANGED, Changed(service_tag=tag))).succeeded
    turn(lambda: "instances" in street.news, 5)
    assert street.ask(cc.DescribeInstances()).instances[0].state_name == "Extant"
    assert street.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (True,)
    assert street.host.instances[A].state_name == "Teardown"


@pytest.mark.parametrize("us", ["node", "cluster"])
def test_only_the_cloud_commands(street: Street, us: str) -> None:
    """A node's key, or our own, commands nothing; the cloud's key brings no node's news."""
    with pytest.raises(Refused, match="not registered"):
        street.ask(sc.DescribeServices(), us)
    news = street.stub(NEWS, NEWS_PATH, "cloud")
    with pytest.raises(Refused, match="not registered"):
        street.spin(news.call(CHANGED, Changed(service_tag="x")))


def test_a_dead_node_is_down_and_nodes_are_reread(
    street: Street, turn: Callable[[Callable[[], bool], float], None]
) -> None:
    """No listener: RESDOWN at the first poll; a node struck from NODES is gone in a second."""
    street.spin(maybeDeferred(street.node.stopListening))
    street.enable()
    assert street.running.zone.roster.nodes[0].state.name == "RESDOWN"
    with pytest.raises(Refused, match=r"0 more m1\.small"):
        street.ask(run())
    street.write("")
    turn(lambda: street.running.zone.roster.nodes == (), 5)


def test_what_keeps_it_from_working_is_said(street: Street) -> None:
    """A key that cannot be read fails the self check by name."""
    settings = street.running.zone.settings
    assert check(settings) == []
    (street.at / "keys/node-cert.pem").unlink()
    assert "node-cert.pem" in check(settings)[0]
