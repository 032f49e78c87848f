# SPDX-License-Identifier: BSD-2-Clause
"""What nodes and clusters say late, wrongly or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cloudcontroller.compute.core.lifecycle import VmState
from cloudcontroller.compute.operations.bodies import bodies
from cloudcontroller.compute.periodic.launch import launch_round
from cloudcontroller.compute.periodic.terminate import terminate_round
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.node import FAULT
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ALICE, Street


def running(street: Street) -> str:
    """One instance that runs; its id."""
    (one,) = street.launch(street.image()).instances
    street.turn()
    street.turn()
    name: str = one.instance_id
    assert street.described() == {name: "running"}
    return name


def test_what_a_lost_node_may_still_run_keeps_its_address(street: Street) -> None:
    """Ended while its node cannot be told: asked again and again; the address is nobody else's,
    even when the cluster no longer mentions the instance; told at last, it is free."""
    name = running(street)
    street.zone.lost.add(name)
    street.terminate(name)
    kept = street.zone.instances.pop(name)
    for _ in range(30):
        street.turn(10)
    row = street.instances()[name]
    assert row.private_ip and not row.heard
    street.zone.instances[name] = kept
    street.zone.lost.clear()
    for _ in range(10):
        street.turn(30)
    assert street.zone.living == []
    assert street.described() == {name: "terminated"}
    assert street.instances()[name].private_ip == ""


async def _launched_and_ended(street: Street, image: str) -> str:
    """An instance that was launched and told to end, and takes its time to go; its id."""
    call, does = Call(request_id="req-2", principal=ALICE), bodies(street.world)
    ask = ec2.RunInstances(image_id=image, min_count=1, max_count=1, instance_type="m1.small")
    (one,) = (await does["RunInstances"](call, ask)).instances
    await launch_round(street.world)
    end = ec2.TerminateInstances(instances=(ec2.InstanceId(instance_id=one.instance_id),))
    await does["TerminateInstances"](call, end)
    await terminate_round(street.world)
    name: str = one.instance_id
    street.zone.instances[name] = replace(street.zone.instances[name], state_name="Extant")
    return name


def test_a_report_asked_for_before_the_launch_ends_nothing(street: Street) -> None:
    """Launched, and told to end, while the cluster's answer was under way: that the answer lacks
    it means nothing."""
    image, real = street.image(), street.fakes.describe_instances
    names: list[str] = []

    async def slow(url: str) -> Any:
        before = await real(url)
        street.later(5)
        names.append(await _launched_and_ended(street, image))
        street.later(5)
        return before

    street.fakes.describe_instances = slow  # type: ignore[method-assign]
    street.reconcile()
    street.fakes.describe_instances = real  # type: ignore[method-assign]
    (name,) = names
    row = street.instances()[name]
    assert (row.state, bool(row.private_ip)) == (VmState.SHUTTING_DOWN, True)
    street.later(70)
    for _ in range(3):
        street.turn()
    assert street.described() == {name: "terminated"} and street.zone.living == []


def test_another_node_cannot_end_an_instance(street: Street) -> None:
    """A node that claims to have torn down what runs elsewhere is not believed."""
    name = running(street)
    true = street.zone.instances[name]
    street.later(100)
    street.zone.instances[name] = replace(true, state_name="Teardown", service_tag="http://b:8775/")
    street.turn()
    assert street.described() == {name: "running"}
    street.zone.instances[name] = true
    street.turn()
    assert street.described() == {name: "running"} and street.zone.living == [name]


def test_the_owner_is_told_why_it_could_not_start(street: Street) -> None:
    """The node's reason is in stateReason; its address is free."""
    (one,) = street.launch(street.image()).instances
    street.work()
    held = street.zone.instances[one.instance_id]
    guest = f"poweredOff{FAULT}the disk of the node is full"
    street.zone.instances[one.instance_id] = replace(
        held, state_name="Teardown", guest_state_name=guest
    )
    street.later(60)
    for _ in range(3):
        street.turn()
    answer = street.ask("DescribeInstances")
    (item,) = answer.reservation[0].instances
    assert item.instance_state.name == "terminated"
    assert item.state_reason.code == "Server.InternalError"
    assert "the disk of the node is full" in item.state_reason.message
    assert street.instances()[one.instance_id].private_ip == ""


def test_a_zone_without_nodes_says_what_is_free(street: Street) -> None:
    """Its nodes gone, what ran runs on; more is refused with zone, type and room; back again,
    there is room."""
    name, kernel = running(street), street.image("images/vmlinuz.manifest.xml")
    image = street.image("images/root.manifest.xml", kernel_id=kernel)
    street.zone.cores = 0
    street.reconcile()
    assert street.described() == {name: "running"}
    with pytest.raises(Refused) as refused:
        street.launch(image)
    assert refused.value.refusal.code == "InsufficientInstanceCapacity"
    said = refused.value.message
    assert "one" in said and "m1.small" in said and "0" in said, said
    street.zone.cores = 16
    street.reconcile()
    assert len(street.launch(image).instances) == 1


@pytest.mark.parametrize("is_shown", [False, True], ids=["not taken", "failed"])
def test_the_place_of_an_instance_that_lost_its_node_is_kept(
    street: Street, is_shown: bool
) -> None:
    """Told of and then let go by its node, it is neither in what the zone has room for nor new:
    nobody else is given its place while it is pending, and it runs in the end."""
    image, street.zone.cores = street.image(), 2
    street.reconcile()
    first, lost = (street.launch(image).instances[0].instance_id for _ in range(2))
    street.work()
    street.reconcile()
    taken = street.zone.instances[lost]
    street.zone.instances[lost] = replace(taken, state_name="Teardown")
    if not is_shown:
        del street.zone.instances[lost]
    street.reconcile()
    with pytest.raises(Refused) as refused:
        street.launch(image)
    assert refused.value.refusal.code == "InsufficientInstanceCapacity"
    street.zone.instances[lost] = taken
    street.turn()
    assert street.described() == {first: "running", lost: "running"}
    street.terminate(lost)
    street.turn()
    street.turn()
    assert len(street.launch(image).instances) == 1


def test_an_answer_that_speaks_of_fewer_than_were_asked(street: Street) -> None:
    """What the cluster's answer leaves out was not heard."""
    name = running(street)
    real = street.fakes.terminate_instances

    async def curt(url: str, ask: Any) -> Any:
        return replace(await real(url, ask), is_terminated=())

    street.fakes.terminate_instances = curt  # type: ignore[method-assign]
    street.terminate(name)
    street.work()
    assert [row.kind for row in street.rows("work")] == ["terminate"]
    assert not street.instances()[name].heard
