# SPDX-License-Identifier: BSD-2-Clause
"""The daemon as composed in service.py: signed SOAP above and below, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from clustercontroller.service import NEWS_PATH, SettingsFile, check, serve
from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts import service_control as sc
from eucalyptus.contracts.news import CHANGED, NEWS, Changed
from eucalyptus.contracts.refusals import Refused
from tests.clustercontroller.neighbours import A, Neighbours, run


class Street(Neighbours):
    """The controller in this process, between its neighbours."""

    def __init__(self, at: Path, spin: Callable[..., Any]) -> None:
        super().__init__(at, spin)
        self.write()
        self.running = spin(serve(SettingsFile(path=self.config), reactor))
        self.zone = self.running.zone
        self.url = f"http://127.0.0.1:{self.running.port.getHost().port}"

    def down(self) -> None:
        self.spin(self.running.stop())
        self.close()


@pytest.fixture
def street(tmp_path: Path, spin: Callable[..., Any]) -> Iterator[Street]:
    made = Street(tmp_path, spin)
    try:
        yield made
    finally:
        made.down()


def test_an_instance_lives_and_dies_over_signed_soap(
    street: Street, turn: Callable[[Callable[[], bool], float], None]
) -> None:
    """Enable, run, news from the node, described as running, news to the cloud, terminate."""
    with pytest.raises(Refused, match="LOADED"):
        street.ask(run())
    street.enable()
    assert street.ask(run()).instances[0].state_name == "Pending"
    turn(lambda: any("instances" in each for each in street.news), 5)
    street.host.boot()
    street.news.clear()
    tag = street.zone.roster.nodes[0].url
    news = street.stub(NEWS, NEWS_PATH, "node")
    assert street.spin(news.call(CHANGED, Changed(service_tag=tag))).succeeded
    turn(lambda: any("instances" in each for each in street.news), 5)
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
    assert street.zone.roster.nodes[0].state.name == "RESDOWN"
    with pytest.raises(Refused, match=r"0 more m1\.small"):
        street.ask(run())
    street.write(nodes="")
    turn(lambda: street.zone.roster.nodes == (), 5)


def test_what_keeps_it_from_working_is_said(street: Street) -> None:
    """A key that cannot be read fails the self check by name."""
    settings = street.zone.settings
    assert check(settings) == []
    (street.at / "keys/node-cert.pem").unlink()
    assert "node-cert.pem" in check(settings)[0]
