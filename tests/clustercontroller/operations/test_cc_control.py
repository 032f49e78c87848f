# SPDX-License-Identifier: BSD-2-Clause
"""Service control, the gate in front of everything else, nodes, resources, the network."""

from __future__ import annotations

import base64
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from clustercontroller.operations.news import news_bodies
from clustercontroller.operations.table import ALWAYS, ENABLED
from eucalyptus.access.call import Call
from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts import node as nc
from eucalyptus.contracts import service_control as sc
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.internal import ServiceInfo, VirtualMachine
from eucalyptus.contracts.news import Changed
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.networkinfo import Cluster, NodeSeat, Subnet, World, stamp, write

ITSELF = ServiceInfo(
    partition="one", type="cluster", name="cc-one", uris=("http://10.1.1.100:8774/x",)
)


def refused(stage: Any, ask: Any, code: str) -> str:
    with pytest.raises(Refused) as caught:
        stage.ask(ask)
    assert caught.value.refusal.code == code
    return caught.value.message


def test_every_operation_has_a_body() -> None:
    """The table and the contract name the same operations."""
    assert set(ALWAYS) | set(ENABLED) == {each.name for each in CLUSTER.operations}


def test_the_way_to_enabled(make_stage: Any) -> None:
    """LOADED -> (identity) -> DISABLED -> ENABLED, and the nodes are known when it answers."""
    stage = make_stage()
    first = stage.ask(sc.DescribeServices(epoch=1, service_ids=(ITSELF,), services=(ITSELF,)))
    assert [(s.service_id.name, s.local_state, s.local_epoch) for s in first.service_statuses] == [
        ("cc-one", "LOADED", 1)
    ]
    refused(stage, sc.EnableService(service_ids=(ITSELF,)), "InvalidParameterCombination")
    stage.ask(sc.StartService(service_ids=(ITSELF,)))
    stage.ask(sc.EnableService(service_ids=(ITSELF,)))
    every = stage.ask(sc.DescribeServices()).service_statuses
    assert [(s.service_id.type, s.local_state) for s in every] == [
        ("cluster", "ENABLED"), ("node", "ENABLED"), ("node", "ENABLED"),
    ]  # fmt: skip
    assert every[0].details == ("ERRORS=0",)
    assert stage.ask(sc.StopService(service_ids=(ITSELF,))).succeeded
    assert stage.ask(sc.DescribeServices(service_ids=(ITSELF,))).service_statuses[
        0
    ].local_state == ("STOPPED")


def test_nothing_but_service_control_before_enabled(make_stage: Any) -> None:
    """Every other operation is refused by name of the state, and no node hears of it."""
    stage = make_stage()
    asks = [
        stage.run("i-0000000a"), cc.DescribeInstances(), cc.TerminateInstances(),
        cc.DescribeResources(), cc.RebootInstances(), cc.GetConsoleOutput(instance_id="i"),
        cc.BroadcastNetworkInfo(network_info=""), cc.DescribeSensors(),
        sc.ModifyNode(node_name="10.1.1.1", state_name="disabled"),
    ]  # fmt: skip
    assert len(asks) == len(ENABLED)
    for ask in asks:
        assert "LOADED" in refused(stage, ask, "ServiceUnavailable")
    assert not stage.node(0).asked


def test_a_request_for_another_cluster_is_refused(stage: Any) -> None:
    """Enabling cc-two here would give a zone two controllers."""
    other = ServiceInfo(type="cluster", name="cc-two")
    refused(stage, sc.DisableService(service_ids=(other,)), "InvalidParameterCombination")
    assert stage.ask(sc.DisableService(service_ids=(ITSELF,))).succeeded


def test_only_the_asked_are_described(stage: Any) -> None:
    """A list of services is answered with those of them that are here."""
    one = ServiceInfo(type="node", name="10.1.1.2")
    other = ServiceInfo(type="storage", name="sc-one")
    found = stage.ask(sc.DescribeServices(service_ids=(one, other))).service_statuses
    assert [(s.service_id.name, s.service_id.partition) for s in found] == [("10.1.1.2", "one")]


def test_a_dead_node_is_not_ready(stage: Any) -> None:
    """DescribeServices shows it, with an error count."""
    stage.node(1).up = False
    stage.poll()
    found = stage.ask(sc.DescribeServices()).service_statuses[2]
    assert (found.local_state, found.details) == ("NOTREADY", ("ERRORS=1",))


def test_a_node_is_disabled_and_enabled(stage: Any) -> None:
    """By ModifyNode, or by Disable and EnableService with type node; believed at once."""
    stage.ask(sc.ModifyNode(node_name="10.1.1.1", state_name="disabled"))
    assert stage.node(0).status == "disabled"
    small = VirtualMachine(name="m1.small", memory=1024, cores=1, disk=10)
    assert stage.ask(cc.DescribeResources(instance_types=(small,))).resources[0].max_instances == 4
    node = ServiceInfo(type="node", name="10.1.1.1")
    assert stage.ask(sc.DescribeServices(service_ids=(node,))).service_statuses[0].local_state == (
        "STOPPED"
    )
    stage.ask(sc.EnableService(service_ids=(node,)))
    assert stage.node(0).status == "enabled"
    stage.ask(sc.DisableService(service_ids=(node,)))
    assert stage.node(0).status == "disabled" and stage.zone.enabled


def test_a_node_that_cannot_be_modified(stage: Any) -> None:
    """Unknown, unnamed, to nonsense, or silent: refused, each in its way."""
    refused(stage, sc.ModifyNode(state_name="enabled"), "MissingParameter")
    bad = sc.ModifyNode(node_name="10.1.1.1", state_name="green")
    refused(stage, bad, "InvalidParameterValue")
    bad = sc.ModifyNode(node_name="10.9.9.9", state_name="enabled")
    refused(stage, bad, "InvalidParameterValue")
    stage.node(0).up = False
    bad = sc.ModifyNode(node_name="10.1.1.1", state_name="disabled")
    refused(stage, bad, "ServiceUnavailable")


def test_resources_are_asked_per_type(stage: Any) -> None:
    """Every type answered in order, with the nodes' URLs; a type without a size is refused."""
    types = tuple(
        VirtualMachine(name=f"t{n}", memory=n * 512, cores=1, disk=10) for n in (1, 2, 16)
    )
    answer = stage.ask(cc.DescribeResources(instance_types=types))
    assert [r.available_instances for r in answer.resources] == [8, 8, 0]
    assert answer.service_tags[0] == "http://10.1.1.1:8775/axis2/services/EucalyptusNC"
    assert answer.nodes[0].hypervisor == "KVM" and answer.nodes[0].iqn
    bad = cc.DescribeResources(instance_types=(VirtualMachine(name="t", memory=1, cores=1),))
    refused(stage, bad, "InvalidParameterValue")


def network(sequence: int = 0, prefix: str = "d0:0e") -> tuple[World, str]:
    subnet = Subnet(name="s", network=IPv4Network("10.0.0.0/24"), gateway=IPv4Address("10.0.0.1"))
    cluster = Cluster(
        name="one", subnet=subnet, enabled_cc_ip=IPv4Address(1), mac_prefix=prefix,
        private_ips=(), nodes=(NodeSeat(name="10.1.1.1"),),
    )  # fmt: skip
    made = stamp(
        World(
            version="0" * 8, enabled_clc_ip=IPv4Address(1), sequence=sequence, clusters=(cluster,)
        )
    )
    return made, base64.b64encode(write(made)).decode()


def broadcast(stage: Any, text: str, version: str | None = None) -> Any:
    return stage.ask(cc.BroadcastNetworkInfo(version=version, network_info=text))


def test_the_network_goes_to_every_node(stage: Any) -> None:
    """Kept durably, sent at once, byte for byte; its MAC prefix counts from now on."""
    made, text = network()
    assert broadcast(stage, text, made.version).succeeded
    assert stage.documents.document == write(made)
    assert [node.network_info for node in stage.hosts.values()] == [write(made)] * 2
    stage.ask(stage.run("i-0000000a"))
    (asked,) = stage.node(0).heard(nc.NcRunInstance)
    assert asked.net_params.private_mac_address.startswith("d0:0e:")


def test_what_is_in_force_is_not_told_again_to_every_node(stage: Any) -> None:
    """The cloud repeats itself; who has the document hears it again every half minute."""
    _, text = network()
    for _ in range(3):
        assert broadcast(stage, text).succeeded
    assert len(stage.node(0).heard(nc.NcBroadcastNetworkInfo)) == 1
    stage.broadcast.start()
    stage.wait(31)
    assert len(stage.node(0).heard(nc.NcBroadcastNetworkInfo)) == 2
    stage.broadcast.stop()


def test_a_node_that_was_away_gets_it_when_it_is_back(stage: Any) -> None:
    """With the poll that finds it up again, not with the next repetition."""
    stage.node(1).up = False
    stage.poll()
    made, text = network()
    broadcast(stage, text)
    stage.node(1).up = True
    stage.poll()
    assert stage.node(1).network_info == write(made)


def test_a_node_that_did_not_take_it_gets_it_again(stage: Any) -> None:
    """A declined or lost broadcast is repeated by the next poll."""
    stage.node(1).declines = {"NcBroadcastNetworkInfo"}
    made, text = network()
    broadcast(stage, text)
    stage.node(1).declines = set()
    stage.poll()
    assert stage.node(1).network_info == write(made)


@pytest.mark.parametrize("text", ["***", "", base64.b64encode(b"<network-data").decode()])
def test_a_document_that_no_host_would_take(stage: Any, text: str) -> None:
    """Refused; what was in force stays, no node hears of it."""
    _, good = network()
    broadcast(stage, good)
    kept, told = stage.documents.document, len(stage.node(0).asked)
    refused(stage, cc.BroadcastNetworkInfo(network_info=text), "InvalidParameterValue")
    assert stage.documents.document == kept and len(stage.node(0).asked) == told


def test_an_older_or_misnamed_document_is_refused(stage: Any) -> None:
    """A lower sequence, or a version that is not the document's, changes nothing."""
    made, text = network(sequence=5)
    broadcast(stage, text)
    _, old = network(sequence=4, prefix="d0:0f")
    refused(stage, cc.BroadcastNetworkInfo(network_info=old), "InvalidParameterValue")
    misnamed = cc.BroadcastNetworkInfo(network_info=text, version="00000000")
    refused(stage, misnamed, "InvalidParameterValue")
    assert stage.zone.network.world == made


def test_news_from_a_node_is_followed_at_once(stage: Any) -> None:
    """Its URL is known: it is polled now. A stranger's is not."""
    body = news_bodies(stage.zone, stage.refresh.soon)["Changed"]
    before = len(stage.node(1).asked)
    url = "http://10.1.1.2:8775/axis2/services/EucalyptusNC"
    call = Call(request_id="r")
    assert stage.done(body(call, Changed(service_tag=url))).succeeded
    assert len(stage.node(1).heard(nc.NcDescribeInstances)) == 2
    assert len(stage.node(1).asked) == before + 1
    known = Call(request_id="r", source="10.1.1.2")
    stage.done(body(known, Changed(service_tag="http://its-other-name/")))
    assert len(stage.node(1).asked) == before + 2
    stage.done(body(call, Changed(service_tag="http://10.9.9.9/")))
    assert len(stage.node(0).heard(nc.NcDescribeInstances)) == 1
