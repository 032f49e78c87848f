# SPDX-License-Identifier: BSD-2-Clause
"""Instances in a zone of fake nodes: placed once, moved on when a node fails, let go for good."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts import node as nc
from eucalyptus.contracts.internal import VirtualMachine
from eucalyptus.contracts.refusals import Refused

A, B = "i-0000000a", "i-0000000b"


def shown(stage: Any, *ids: str) -> Any:
    return stage.ask(cc.DescribeInstances(instance_ids=ids)).instances


def refused(stage: Any, ask: Any, code: str) -> str:
    with pytest.raises(Refused) as caught:
        stage.ask(ask)
    assert caught.value.refusal.code == code
    return caught.value.message


def test_an_instance_is_run_on_a_node(stage: Any) -> None:
    """The node gets the id's MAC, the head and the boot record; the cloud gets the node's URL."""
    answer = stage.ask(stage.run(A))
    assert answer.succeeded and answer.status_message == "0" and answer.epoch == 3
    (asked,) = stage.node(0).heard(nc.NcRunInstance)
    assert asked.net_params.private_mac_address == "d0:0d:00:00:00:0a"
    assert asked.net_params.private_ip == "172.31.0.9" and asked.net_params.network_index == -1
    assert (asked.correlation_id, asked.node_name, asked.epoch) == ("req-1", "10.1.1.1", 3)
    assert [s.type for s in asked.services] == ["cluster", "eucalyptus"]
    (seen,) = answer.instances
    assert (seen.instance_id, seen.state_name) == (A, "Pending")
    assert seen.service_tag == "http://10.1.1.1:8775/axis2/services/EucalyptusNC"


def test_the_clouds_request_id_is_passed_on(stage: Any) -> None:
    """What the cloud calls the request is what the node hears."""
    stage.ask(stage.run(A, correlation_id="req-9::sub"))
    assert stage.node(0).heard(nc.NcRunInstance)[0].correlation_id == "req-9::sub"


def test_running_becomes_visible_with_the_next_poll(stage: Any) -> None:
    """Pending -> Extant as the node reports it, and the cloud is told that something changed."""
    stage.ask(stage.run(A))
    stage.node(0).boot()
    stage.wait(1, 0.1)
    told = len(stage.cloud.told)
    stage.poll()
    assert shown(stage, A)[0].state_name == "Extant"
    stage.wait(1, 0.1)
    assert stage.cloud.told[told:] == [("http://10.1.1.99:8773/services/News", "instances")]


def test_a_repeated_request_has_no_second_effect(stage: Any) -> None:
    """The same ids again: answered as they are, asked of no node again."""
    stage.ask(stage.run(A))
    assert stage.ask(stage.run(A)).instances[0].instance_id == A
    assert len(stage.node(0).heard(nc.NcRunInstance)) == 1


def test_a_caller_that_leaves_does_not_stop_the_placement(stage: Any) -> None:
    """The first caller goes away while the node is slow; the second one gets the instance."""
    paused: list[Deferred[None]] = []

    def pause() -> Deferred[None]:
        paused.append(Deferred())
        return paused[-1]

    stage.nodes.pause = pause
    first = stage.begin(stage.run(A))
    first.addErrback(lambda _: None)
    first.cancel()
    second = stage.begin(stage.run(A))
    stage.nodes.pause = None
    paused[0].callback(None)
    assert stage.result(second).instances[0].instance_id == A
    assert len(stage.node(0).heard(nc.NcRunInstance)) == 1


def test_room_is_taken_at_once(stage: Any) -> None:
    """Between polls the zone knows what it gave away."""
    small = VirtualMachine(name="m1.small", memory=1024, cores=1, disk=10)
    before = stage.ask(cc.DescribeResources(instance_types=(small,))).resources[0]
    stage.ask(stage.run(A, memory=1024))
    after = stage.ask(cc.DescribeResources(instance_types=(small,))).resources[0]
    assert (before.max_instances, before.available_instances) == (8, 8)
    assert (after.max_instances, after.available_instances) == (8, 7)


def test_no_room_is_said_with_figures(stage: Any) -> None:
    """The refusal names the zone, the type and what is free."""
    message = refused(stage, stage.run(A, memory=5000), "InsufficientInstanceCapacity")
    assert "Zone one" in message and "m1.small" in message and " 0 " in message
    assert shown(stage) == ()


def test_a_dead_node_is_passed_over(stage: Any) -> None:
    """The first node dies before the call: it is down, and the other one takes the instance."""
    stage.node(0).up = False
    answer = stage.ask(stage.run(A))
    assert answer.instances[0].service_tag.startswith("http://10.1.1.2:")
    assert stage.zone.roster.node("10.1.1.1").state.name == "RESDOWN"


def test_a_node_that_comes_back_within_the_window_keeps_it(stage: Any) -> None:
    """Silence is borne for 15 seconds before another node is tried."""
    stage.node(0).up = False
    work = stage.begin(stage.run(A))
    stage.wait(5)
    stage.node(0).up = True
    assert stage.result(work).instances[0].service_tag.startswith("http://10.1.1.1:")


def test_a_lost_answer_makes_no_second_instance(stage: Any) -> None:
    """The node ran it but could not say so; asked again it has it, and it stays the only one."""
    stage.node(0).loses_answers = True
    work = stage.begin(stage.run(A))
    stage.wait(3)
    stage.node(0).loses_answers = False
    assert stage.result(work).succeeded
    assert len(stage.node(0).instances) == 1 and not stage.node(1).instances


def test_a_partitioned_node_loses_what_was_placed_elsewhere(stage: Any) -> None:
    """It ran it, was cut off, another node got it: back again, it must let its copy go."""
    stage.node(0).loses_answers = True
    stage.ask(stage.run(A))
    assert A in stage.node(0).instances and A in stage.node(1).instances
    stage.node(0).loses_answers = False
    stage.poll()
    stage.poll()
    assert stage.node(0).instances[A].state_name == "Teardown"
    assert stage.node(1).instances[A].state_name == "Pending"
    assert shown(stage, A)[0].service_tag.startswith("http://10.1.1.2:")


def test_a_restart_does_not_forget_who_was_asked(stage: Any, make_stage: Any) -> None:
    """The copy that was left behind dies after a restart too, in whatever order nodes report."""
    stage.node(0).loses_answers = True
    stage.ask(stage.run(A))
    stage.node(0).loses_answers = False
    again = make_stage(journal=stage.journal)
    for name in ("10.1.1.1", "10.1.1.2"):
        again.hosts[name].instances.update(stage.hosts[name].instances)
    again.enable()
    again.poll()
    assert again.node(0).instances[A].state_name == "Teardown"
    assert again.node(1).instances[A].state_name == "Pending"
    assert shown(again, A)[0].service_tag.startswith("http://10.1.1.2:")


def test_nobody_is_asked_what_cannot_be_written_down(stage: Any) -> None:
    """A full disk: refused before any node hears of it, and nothing stays reserved."""
    stage.journal.fails = OSError("no space left on device")
    assert "no space" in refused(stage, stage.run(A), "ServiceUnavailable")
    assert not stage.node(0).asked[2:] and shown(stage) == ()
    assert stage.zone.roster.node("10.1.1.1").promises == {}


def test_a_node_that_declines_is_not_marked_down(stage: Any) -> None:
    """One request that a node does not want must not take the zone down."""
    stage.node(0).declines = {"NcRunInstance"}
    assert stage.ask(stage.run(A)).instances[0].service_tag.startswith("http://10.1.1.2:")
    assert stage.zone.roster.node("10.1.1.1").state.name == "RESUP"


def test_when_nobody_takes_it_everybody_says_why(stage: Any) -> None:
    """All nodes decline: the refusal names each, and nothing is left behind."""
    for slot in (0, 1):
        stage.node(slot).declines = {"NcRunInstance"}
    message = refused(stage, stage.run(A), "ServiceUnavailable")
    assert "10.1.1.1" in message and "10.1.1.2" in message
    assert shown(stage) == ()
    assert stage.zone.roster.node("10.1.1.1").promises == {}


def test_what_a_silent_node_took_is_not_lost(stage: Any) -> None:
    """The only node has it but could not say so: the cloud is refused, hears of it when the node
    is back, and asking again finds it there."""
    stage.node(1).up = False
    stage.node(0).loses_answers = True
    refused(stage, stage.run(A), "ServiceUnavailable")
    stage.node(0).loses_answers = False
    stage.node(0).boot()
    stage.poll()
    stage.poll()
    assert shown(stage, A)[0].state_name == "Extant"
    assert stage.ask(stage.run(A)).instances[0].state_name == "Extant"
    assert stage.node(0).instances[A].state_name == "Extant"


def test_at_least_min_count(stage: Any) -> None:
    """Two asked for, one fits: an answer when one is enough, a refusal when not."""
    stage.node(1).up = False
    stage.node(0).cores = 1
    stage.poll()
    answer = stage.ask(stage.run(A, B, min_count=1))
    assert [i.instance_id for i in answer.instances] == [A]
    refused(stage, stage.run("i-0000000c"), "InsufficientInstanceCapacity")


def test_several_are_placed_at_a_time(make_stage: Any) -> None:
    """Each on its node, none waiting for another, and each with its own place in the launch."""
    stage = make_stage(policy="ROUNDROBIN").enable()
    paused: list[Deferred[None]] = []

    def pause() -> Deferred[None]:
        paused.append(Deferred())
        return paused[-1]

    stage.nodes.pause = pause
    work = stage.begin(stage.run(A, B, launch_index="7"))
    assert len(paused) == 2
    for one in paused:
        one.callback(None)
    assert [i.instance_id for i in stage.result(work).instances] == [A, B]
    asked = [stage.node(slot).heard(nc.NcRunInstance)[0] for slot in (0, 1)]
    assert [(one.instance_id, one.launch_index) for one in asked] == [(A, "7"), (B, "8")]


def test_a_silent_node_holds_back_no_answer_for_the_others(make_stage: Any) -> None:
    """After a few seconds the caller hears that not all are placed, asks for each, and is told of
    those that are."""
    stage = make_stage(policy="ROUNDROBIN").enable()
    stage.node(0).deaf = True
    begun = stage.clock.seconds()
    message = refused(stage, stage.run(A, B), "ServiceUnavailable")
    assert "1 of 2" in message and stage.clock.seconds() - begun < 5
    assert [i.instance_id for i in stage.ask(stage.run(B)).instances] == [B]
    assert stage.ask(stage.run(A)).instances[0].service_tag.startswith("http://10.1.1.2:")


@pytest.mark.parametrize(
    "change",
    [
        {"instance_type": None},
        {"instance_type": VirtualMachine(name="x", memory=0, cores=1, disk=1)},
        {"min_count": 0},
        {"max_count": 2},
        {"uuids": ()},
        {"instance_ids": ("../../etc",)},
    ],
)
def test_a_request_that_makes_no_sense(stage: Any, change: dict[str, Any]) -> None:
    """It is refused before any node hears of it."""
    refused(stage, stage.run(A, **change), "InvalidParameterValue")
    assert not stage.node(0).heard(nc.NcRunInstance)


def test_terminate_goes_to_the_holder(stage: Any) -> None:
    """The node that has it lets it go, and forgets its address."""
    stage.ask(stage.run(A))
    assert stage.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (True,)
    assert stage.node(0).instances[A].state_name == "Teardown"
    assert stage.node(0).heard(nc.NcAssignAddress)[0].public_ip == "0.0.0.0"
    assert not stage.node(1).heard(nc.NcTerminateInstance)


def test_terminate_asks_everybody_when_nobody_is_known(stage: Any) -> None:
    """After a restart the holder may be unknown: every node is asked."""
    stage.ask(stage.run(A))
    stage.zone.roster.purge(10_000, 300)
    assert stage.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (True,)
    assert stage.node(0).instances[A].state_name == "Teardown"


def test_what_no_node_has_is_terminated(stage: Any) -> None:
    """All nodes answer and none has it: that is as good as gone. With one silent, it is not."""
    assert stage.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (True,)
    stage.node(1).up = False
    stage.poll()
    assert stage.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (False,)


def test_a_termination_is_carried_out_when_the_node_is_back(stage: Any) -> None:
    """A node that cannot be told now is told when it answers again."""
    stage.ask(stage.run(A))
    stage.node(0).up = False
    assert stage.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (False,)
    stage.node(0).up = True
    stage.poll()
    assert stage.node(0).instances[A].state_name == "Teardown"


def test_terminated_while_being_placed(stage: Any) -> None:
    """A termination that overtakes the placement wins."""
    stage.node(0).up = stage.node(1).up = False
    work = stage.begin(stage.run(A))
    work.addErrback(lambda _: None)
    stage.ask(cc.TerminateInstances(instance_ids=(A,)))
    stage.node(0).up = stage.node(1).up = True
    stage.wait(20)
    stage.poll()
    stage.poll()
    alive = [
        n for n in stage.hosts.values() if n.instances and n.instances[A].state_name != "Teardown"
    ]
    assert alive == []


def test_reboot_and_console(stage: Any) -> None:
    """Both go to the holder; the console is passed on in base64 as it is."""
    stage.ask(stage.run(A))
    assert stage.ask(cc.RebootInstances(instance_ids=(A,))).succeeded
    console = stage.ask(cc.GetConsoleOutput(instance_id=A)).console_output
    assert base64.b64decode(console) == f"{A} login:".encode()
    refused(stage, cc.GetConsoleOutput(instance_id=B), "InvalidInstanceID.NotFound")
    refused(stage, cc.GetConsoleOutput(), "MissingParameter")
    assert B in refused(stage, cc.RebootInstances(instance_ids=(A, B)), "ServiceUnavailable")
    stage.node(0).up = False
    refused(stage, cc.GetConsoleOutput(instance_id=A), "ServiceUnavailable")


def test_sensors_are_gathered_from_the_holders(stage: Any) -> None:
    """A node speaks for its own instances only; a silent one adds nothing."""
    stage.ask(stage.run(A))
    stage.poll()
    found = stage.ask(cc.DescribeSensors(history_size=5, instance_ids=(A,))).sensors_resources
    assert [each.resource_name for each in found] == [A]
    assert not stage.node(1).heard(nc.NcDescribeSensors)
    stage.node(0).up = False
    assert stage.ask(cc.DescribeSensors()).sensors_resources == ()


def test_the_users_program_decides(make_stage: Any, tmp_path: Any) -> None:
    """SCHEDPOLICY as a path: its exit code is the node, 0 is no node."""
    program = tmp_path / "policy"
    program.write_text("#!/bin/sh\nexit 2\n")
    program.chmod(0o755)
    stage = make_stage(policy=str(program)).enable()
    stage.placer.codes = [2, 0]
    assert stage.ask(stage.run(A)).instances[0].service_tag.startswith("http://10.1.1.2:")
    stage.poll()
    refused(stage, stage.run(B), "InsufficientInstanceCapacity")
    asked = stage.placer.asked[-1]
    assert asked.nodes.count("\n") == 2 and f"id={A},state=Pending,nchost=2" in asked.instances
