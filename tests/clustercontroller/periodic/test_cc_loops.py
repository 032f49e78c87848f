# SPDX-License-Identifier: BSD-2-Clause
"""The loops: polls that no silent node delays, sleep and wake, news, changed settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from clustercontroller.core.capacity import Resources
from clustercontroller.core.scheduler import NodeState
from clustercontroller.core.services import ServiceEvent
from clustercontroller.periodic.upkeep import FAILURES, Upkeep
from clustercontroller.settings import Settings
from eucalyptus.contracts import node as nc
from eucalyptus.settings import BadSettings

A, B = "i-0000000a", "i-0000000b"


def states(stage: Any) -> list[str]:
    return [node.state.name for node in stage.zone.roster.nodes]


def test_nodes_are_polled_every_six_seconds(stage: Any) -> None:
    """At once and then every NC_POLLING_FREQUENCY, which has a floor of 6; not when disabled."""
    before = len(stage.node(0).heard(nc.NcDescribeResource))
    stage.refresh.start()
    stage.wait(13)
    assert len(stage.node(0).heard(nc.NcDescribeResource)) == before + 3
    stage.zone.on(ServiceEvent.DISABLE)
    stage.wait(30)
    assert len(stage.node(0).heard(nc.NcDescribeResource)) == before + 3
    stage.refresh.stop()
    assert Settings(polling_frequency=1).poll_every == 6


def test_a_thousand_nodes(make_stage: Any) -> None:
    """A sweep of 1,000 nodes keeps to NC_FANOUT calls at a time and reaches everybody."""
    stage = make_stage(count=1000, fan_out=16)
    for node in list(stage.hosts.values())[:100]:
        node.up = False
    stage.nodes.pause = lambda: deferLater(stage.clock, 0.01, lambda: None)
    stage.enable()
    assert stage.nodes.most_in_flight <= 2 * 16
    stage.wait(20, 0.1)
    assert states(stage).count("RESUP") == 900 and states(stage).count("RESDOWN") == 100
    stage.nodes.most_in_flight = 0
    stage.poll()
    stage.wait(60, 0.1)
    assert 16 <= stage.nodes.most_in_flight <= 2 * 16
    assert stage.nodes.in_flight == 0


def test_deaf_nodes_delay_nobody(make_stage: Any) -> None:
    """Nodes that never answer, more than there are places, do not keep the others waiting."""
    stage = make_stage(count=40, fan_out=8).enable()
    stage.refresh.start()
    stage.wait(1)
    for node in list(stage.hosts.values())[:20]:
        node.deaf = True
    stage.wait(60)
    living = list(stage.hosts.values())[20:]
    before = [len(node.heard(nc.NcDescribeResource)) for node in living]
    stage.wait(60)
    rounds = [len(n.heard(nc.NcDescribeResource)) - b for n, b in zip(living, before, strict=True)]
    assert min(rounds) >= 9
    assert states(stage).count("RESDOWN") == 20
    stage.refresh.stop()


def test_news_during_a_poll_leads_to_another(stage: Any) -> None:
    """What happened after the node was asked is not missed."""
    waiting: list[Deferred[None]] = []

    def pause() -> Deferred[None]:
        waiting.append(Deferred())
        return waiting[-1]

    stage.nodes.pause = pause
    assert stage.refresh.soon("10.1.1.1")
    stage.refresh.soon("10.1.1.1")
    stage.nodes.pause = None
    waiting[0].callback(None)
    assert len(stage.node(0).heard(nc.NcDescribeInstances)) == 3
    assert not stage.refresh.soon("nobody")


def test_news_asks_for_room_only_where_it_may_have_changed(stage: Any) -> None:
    """What runs has its room promised; what ended leaves some; who takes no part may do so now."""
    stage.ask(stage.run(A))
    stage.node(0).boot()
    rooms = stage.node(0).heard(nc.NcDescribeResource)
    stage.refresh.soon("10.1.1.1")
    (held,) = stage.zone.roster.held()
    assert held.report.state_name == "Extant"
    assert stage.node(0).heard(nc.NcDescribeResource) == rooms
    stage.node(0).instances[A] = replace(stage.node(0).instances[A], state_name="Teardown")
    stage.refresh.soon("10.1.1.1")
    stage.refresh.soon("10.1.1.1")
    assert len(stage.node(0).heard(nc.NcDescribeResource)) == len(rooms) + 1
    stage.zone.roster.enable("10.1.1.1", enabled=False)
    stage.refresh.soon("10.1.1.1")
    assert stage.zone.roster.nodes[0].enabled


def test_a_sweep_is_not_lost_to_news(stage: Any) -> None:
    """A sweep that finds a node being asked about its news asks for the rest afterwards."""
    waiting: list[Deferred[None]] = []

    def pause() -> Deferred[None]:
        waiting.append(Deferred())
        return waiting[-1]

    stage.nodes.pause = pause
    stage.refresh.soon("10.1.1.1")
    sweep = Deferred.fromCoroutine(stage.refresh.round())
    stage.nodes.pause = None
    before = len(stage.node(0).heard(nc.NcDescribeResource))
    for one in waiting:
        one.callback(None)
    stage.result(sweep)
    assert len(stage.node(0).heard(nc.NcDescribeResource)) == before + 1


def late(make_stage: Any) -> Any:
    """Forty nodes that are all down, and polls that take their time to find that out."""
    stage = make_stage(count=40, fan_out=4)
    for node in stage.hosts.values():
        node.up = False
    stage.enable()
    for node in stage.hosts.values():
        node.up = node.deaf = True
    stage.refresh.start()
    stage.wait(1)
    return stage


def test_a_node_that_comes_up_late_is_used_at_its_first_news(make_stage: Any) -> None:
    """However many silent nodes are waited for before it: who speaks is asked at once."""
    stage = late(make_stage)
    stage.node(30).deaf = False
    stage.refresh.soon("10.1.1.31")
    assert states(stage)[30] == "RESUP"
    assert [node.enabled for node in stage.zone.roster.nodes].count(True) == 1
    stage.refresh.stop()


def test_a_node_that_comes_up_late_is_used_within_a_sweep(make_stage: Any) -> None:
    """Without any news of its own: as many silent nodes are asked at a time as living ones."""
    stage = make_stage(count=100)
    for node in stage.hosts.values():
        node.up = False
    stage.enable()
    for node in stage.hosts.values():
        node.up = node.deaf = True
    stage.refresh.start()
    stage.wait(30)
    stage.node(99).deaf = False
    stage.wait(16)
    assert states(stage)[99] == "RESUP"
    stage.refresh.stop()


def test_a_report_beyond_all_measure_is_no_report(make_stage: Any) -> None:
    """A node that claims more instances than a zone may have is treated as silent."""
    stage = make_stage(instances_most=16).enable()
    stage.ask(stage.run(A))
    one = stage.node(0).instances[A]
    for n in range(20):
        name = f"i-{n:08x}"
        stage.node(0).instances[name] = replace(one, instance_id=name)
    stage.poll()
    assert states(stage)[0] == "RESDOWN"
    assert len(stage.zone.roster.held()) == 1


@pytest.mark.parametrize(
    "name", ["", "../../../etc/passwd", "i-1", "i-0000000g", "i-0000000b\n", "I-0000000B"]
)
def test_an_instance_without_an_id_is_not_believed(stage: Any, name: str) -> None:
    """What a node reports under a name that is no id goes no further; the rest does."""
    stage.ask(stage.run(A))
    one = stage.node(0).instances[A]
    stage.node(0).instances[name] = replace(one, instance_id=name)
    stage.node(0).boot()
    stage.poll()
    assert [(held.report.instance_id, held.report.state_name)
            for held in stage.zone.roster.held()] == [(A, "Extant")]  # fmt: skip
    assert states(stage)[0] == "RESUP"


def test_unseen_instances_are_forgotten(stage: Any) -> None:
    """After INSTANCE_TIMEOUT the cloud no longer hears of what no node reports."""
    stage.ask(stage.run(A))
    stage.refresh.start()
    stage.wait(12)
    stage.node(0).instances.clear()
    stage.wait(250)
    assert len(stage.zone.roster.held()) == 1
    stage.wait(80)
    assert stage.zone.roster.held() == ()
    stage.refresh.stop()


# --- POWERSAVE ---------------------------------------------------------------------------------
def saving(make_stage: Any, **more: Any) -> Any:
    stage = make_stage(policy="POWERSAVE", **more).enable()
    stage.refresh.start()
    stage.saving.start()
    return stage


def test_idle_nodes_sleep_and_are_woken_on_demand(make_stage: Any) -> None:
    """Idle for POWER_IDLETHRESH: ncPowerDown. No room elsewhere: woken, and the instance runs."""
    stage = saving(make_stage)
    stage.node(0).cores = 1
    stage.ask(stage.run(A))
    stage.wait(290)
    assert states(stage) == ["RESUP", "RESUP"]
    stage.wait(40)
    assert states(stage) == ["RESUP", "RESASLEEP"] and not stage.node(1).up
    assert stage.power.asleep == {"10.1.1.2": Resources(
        memory_max=4096, memory_free=4096, disk_max=100, disk_free=100, cores_max=4, cores_free=4
    )}  # fmt: skip
    work = stage.begin(stage.run(B))
    assert stage.power.woken == ["10.1.1.2"] and states(stage)[1] == "RESWAKING"
    stage.wait(60)
    assert stage.power.woken.count("10.1.1.2") > 3
    stage.node(1).up = True
    assert stage.result(work).instances[0].service_tag.startswith("http://10.1.1.2:")
    stage.wait(12)
    assert states(stage) == ["RESUP", "RESUP"] and stage.power.asleep == {}


def test_a_node_that_does_not_wake_is_down(make_stage: Any) -> None:
    """After POWER_WAKETHRESH it counts as dead, and the caller is told that nobody took it."""
    stage = saving(make_stage, count=1)
    stage.wait(330)
    assert states(stage) == ["RESASLEEP"]
    work = stage.begin(stage.run(A))
    failed: list[Any] = []
    work.addErrback(failed.append)
    stage.wait(340)
    assert failed and states(stage) == ["RESDOWN"]


def test_what_cannot_be_woken_stays_awake(make_stage: Any) -> None:
    """Without a hardware address a node is never put to sleep."""
    stage = saving(make_stage)
    stage.power.unwakeable = {"10.1.1.1"}
    stage.wait(400)
    assert states(stage) == ["RESUP", "RESASLEEP"]


def test_a_node_that_declines_to_sleep_is_not_remembered(make_stage: Any) -> None:
    """It stays up, and nothing says that it sleeps."""
    stage = saving(make_stage, count=1)
    stage.node(0).declines = {"NcPowerDown"}
    stage.wait(400)
    assert states(stage) == ["RESUP"] and stage.power.asleep == {}


def test_other_policies_let_nodes_be(make_stage: Any) -> None:
    """Only POWERSAVE puts nodes to sleep."""
    stage = make_stage(policy="ROUNDROBIN").enable()
    stage.refresh.start()
    stage.saving.start()
    stage.wait(700)
    assert states(stage) == ["RESUP", "RESUP"]


def test_sleepers_are_taken_over_after_a_restart(make_stage: Any) -> None:
    """What slept before still counts as asleep, with its room."""
    stage = make_stage(policy="POWERSAVE", count=1)
    stage.node(0).up = False
    stage.power.asleep["10.1.1.1"] = Resources(
        memory_max=4096, memory_free=4096, disk_max=100, disk_free=100, cores_max=4, cores_free=4
    )
    stage.saving.start()
    stage.enable()
    assert stage.zone.roster.nodes[0].state is NodeState.RESASLEEP
    work = stage.begin(stage.run(A))
    stage.node(0).up = True
    assert stage.result(work).succeeded


# --- news and upkeep ---------------------------------------------------------------------------
def test_changes_are_gathered_into_one_piece_of_news(stage: Any) -> None:
    """Many changes at a time are told once; without knowing where the cloud is, not at all."""
    stage.wait(1, 0.1)
    stage.cloud.told.clear()
    for subject in ("nodes", "instances", "nodes"):
        stage.zone.changed(subject)
    stage.wait(1, 0.1)
    assert stage.cloud.told == [("http://10.1.1.99:8773/services/News", "nodes instances")]
    for _ in range(40):
        stage.zone.changed("instances")
        stage.wait(0.1, 0.1)
    assert 8 <= len(stage.cloud.told) <= 10
    stage.wait(1, 0.1)
    stage.cloud.told.clear()
    stage.zone.changed("state")
    stage.wait(0.1, 0.05)
    stage.zone.changed("instances")
    stage.wait(0.25, 0.05)
    assert [subject for _, subject in stage.cloud.told] == ["state", "instances"], "the last, soon"
    stage.zone.settings = replace(stage.settings, cloud_url="https://c:1/services/x")
    assert stage.news.url == "https://c:1/services/News"
    stage.zone.settings, stage.zone.topology = stage.settings, type(stage.zone.topology)()
    assert stage.news.url == ""


class File:
    """A settings file that a test rewrites."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.version, self.bad = settings, 0, False
        self.troubles: list[str] = []

    def read(self) -> Settings:
        if self.bad:
            raise BadSettings(Path("eucalyptus.conf"), ["no"])
        return self.settings


def test_nodes_are_reread_without_a_restart(stage: Any) -> None:
    """A new node is polled, a removed one is gone, a file with mistakes changes nothing."""
    file = File(stage.settings)
    upkeep = Upkeep(stage.zone, file.read, lambda: file.version, lambda: file.troubles)
    upkeep.start()
    file.settings, file.version = replace(stage.settings, nodes=("10.1.1.2", "10.1.1.3")), 1
    stage.wait(2)
    assert [node.name for node in stage.zone.roster.nodes] == ["10.1.1.2", "10.1.1.3"]
    file.bad, file.version = True, 2
    stage.wait(2)
    assert [node.name for node in stage.zone.roster.nodes] == ["10.1.1.2", "10.1.1.3"]
    upkeep.stop()


def test_a_service_that_fails_its_checks_is_not_ready(stage: Any) -> None:
    """More than ten failures in a row: NOTREADY; when they end: DISABLED, to be enabled again."""
    file = File(stage.settings)
    upkeep = Upkeep(stage.zone, file.read, lambda: 0, lambda: file.troubles)
    upkeep.start()
    file.troubles = ["the disk is gone"]
    stage.wait(FAILURES)
    assert stage.zone.state.value == "ENABLED"
    stage.wait(1)
    assert stage.zone.state.value == "NOTREADY"
    file.troubles = []
    stage.wait(1)
    assert stage.zone.state.value == "DISABLED"
    upkeep.stop()
