# SPDX-License-Identifier: BSD-2-Clause
"""What a cluster knows of its nodes and instances, and whom it believes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clustercontroller.core.capacity import Needs, Resources
from clustercontroller.core.nodes import FALLING_ASLEEP
from clustercontroller.core.power import idle_since, tired
from clustercontroller.core.roster import Roster
from clustercontroller.core.scheduler import NodeState
from clustercontroller.core.translation import for_cloud, mac_address
from eucalyptus.contracts.internal import VirtualMachine
from eucalyptus.contracts.node import Instance, NcDescribeResourceResponse
from eucalyptus.machine import WrongState

NEEDS = Needs(memory=256, disk=5, cores=1)


def resource(memory: int = 1024, status: str = "enabled") -> NcDescribeResourceResponse:
    return NcDescribeResourceResponse(
        node_status=status, migration_capable=False, iqn="iqn", memory_size_max=1024,
        memory_size_available=memory, disk_size_max=100, disk_size_available=100,
        number_of_cores_max=8, number_of_cores_available=8, public_subnets="none",
        hypervisor="KVM",
    )  # fmt: skip


def instance(name: str = "i-00000001", state: str = "Extant", **more: Any) -> Instance:
    return Instance(
        uuid="u", reservation_id="r", instance_id=name, image_id="emi-1", user_id="", owner_id="",
        account_id="", key_name="", instance_type=VirtualMachine(), state_name=state, **more,
    )  # fmt: skip


@pytest.fixture
def roster() -> Roster:
    made = Roster(wake_patience=300)
    made.configure({"a": "http://a", "b": "http://b"}, 0)
    for name in ("a", "b"):
        made.answered(name, resource(), 0, 0)
    return made


def state(roster: Roster, name: str = "a") -> NodeState:
    node = roster.node(name)
    assert node is not None
    return node.state


def free(roster: Roster, name: str = "a") -> int:
    node = roster.node(name)
    assert node is not None
    return node.free.memory_free


def test_silence_takes_everything_away(roster: Roster) -> None:
    """A node that does not answer is down with no capacity; an answer brings it back."""
    assert roster.silent("a", 1) and not roster.silent("a", 2)
    assert state(roster) is NodeState.RESDOWN and free(roster) == 0
    assert len(roster.resources()) == 1
    assert roster.answered("a", resource(), 3, 3)
    assert state(roster) is NodeState.RESUP and free(roster) == 1024


def test_a_disabled_node_counts_nothing(roster: Roster) -> None:
    """STOPPED nodes have no room for the zone."""
    roster.answered("a", resource(status="disabled"), 1, 1)
    assert len(roster.resources()) == 1
    node = roster.node("a")
    assert node is not None and node.service_state == "STOPPED"


def test_room_is_promised_until_the_node_counts_it_itself(roster: Roster) -> None:
    """A report asked for before the instance was accepted does not give its room back."""
    roster.place("a", instance(state="Pending"), NEEDS, 1.0)
    assert free(roster) == 768
    roster.answered("a", resource(1024), 0.5, 1.5)
    assert free(roster) == 768
    roster.accepted("i-00000001", None, 2.0)
    roster.answered("a", resource(1024), 1.9, 2.5)
    assert free(roster) == 768
    roster.answered("a", resource(768), 2.1, 3.0)
    assert free(roster) == 768


def test_a_declined_instance_frees_its_room(roster: Roster) -> None:
    """Room comes back when the node said no, and the next node is tried with the same id."""
    roster.place("a", instance(state="Pending"), NEEDS, 1)
    roster.declined("i-00000001")
    assert free(roster) == 1024
    roster.place("b", instance(state="Pending"), NEEDS, 2)
    roster.accepted("i-00000001", instance(state="Pending"), 3)
    holder = roster.holder("i-00000001")
    assert holder is not None and holder.name == "b"


def test_the_holder_wins_and_a_tried_node_must_let_go(roster: Roster) -> None:
    """An instance that was run elsewhere after silence dies where it was left behind."""
    roster.place("a", instance(state="Pending"), NEEDS, 1)
    roster.silent("a", 2)
    roster.place("b", instance(state="Pending"), NEEDS, 3)
    roster.accepted("i-00000001", None, 4)
    roster.answered("a", resource(), 5, 5)
    account = roster.reported("a", [instance()], 5)
    assert account.strays == ("i-00000001",) and account.disputed == ("i-00000001",)
    assert roster.holder("i-00000001") is roster.node("b")
    assert not roster.reported("b", [instance()], 6).strays


def test_a_foreign_claim_is_not_believed(roster: Roster) -> None:
    """A node that reports another's instance changes nothing and is told nothing."""
    roster.reported("a", [instance()], 1)
    account = roster.reported("b", [instance(state="Teardown")], 2)
    assert account.disputed and not account.changed and not account.strays
    held = roster.held()[0]
    assert (held.node, held.report.state_name) == ("a", "Extant")


def test_growing_counters_are_no_news(roster: Roster) -> None:
    """A state that changed is news; bytes that were moved are not, but are kept."""
    assert roster.reported("a", [instance(netbytes=1)], 1).changed
    assert not roster.reported("a", [instance(netbytes=2, blkbytes=7)], 2).changed
    assert roster.held()[0].report.netbytes == 2
    assert roster.reported("a", [instance(guest_state_name="poweredOff")], 3).changed


def test_after_a_migration_the_destination_has_it(roster: Roster) -> None:
    """Once the source has let go, the destination's report is believed."""
    roster.reported("a", [instance(migration_state_name="migrating")], 1)
    assert roster.reported("b", [instance(migration_state_name="migrating")], 1).disputed
    roster.reported("a", [instance(state="Teardown")], 2)
    assert not roster.reported("b", [instance()], 3).disputed
    assert roster.holder("i-00000001") is roster.node("b")
    assert roster.reported("a", [instance(state="Teardown")], 4).disputed


def test_the_unseen_are_forgotten(roster: Roster) -> None:
    """300 seconds without a report, and the cache no longer has it; not one second earlier."""
    roster.reported("a", [instance()], 10)
    assert roster.purge(310, 300) == ()
    assert roster.purge(310.5, 300) == ("i-00000001",)
    assert roster.held() == () and roster.holder("i-00000001") is None


def test_the_doomed_die_where_they_show_up(roster: Roster) -> None:
    """What could not be terminated is, when it is reported; a pardon ends that."""
    roster.doom("i-00000001", 0)
    assert roster.reported("a", [instance()], 1).strays == ("i-00000001",)
    assert not roster.reported("a", [instance(state="Teardown")], 2).strays
    roster.pardon("i-00000001")
    assert not roster.reported("a", [instance()], 3).strays


def test_an_instance_nobody_took_is_not_shown(roster: Roster) -> None:
    """It leaves the cache and its room is free; a silent node that has it all the same keeps it."""
    roster.place("a", instance(state="Pending"), NEEDS, 1)
    roster.unplaced("i-00000001")
    assert roster.held() == () and free(roster) == 1024
    assert roster.reported("a", [instance()], 2).strays == ()
    assert [held.node for held in roster.held()] == ["a"]


def test_room_of_an_instance_nobody_took_is_told_of_after_the_instance(roster: Roster) -> None:
    """The cloud asks for the instances, then for the room: what it was told of at first must be in
    the second, though no node took it in between."""
    room = roster.resources()
    roster.place("a", instance(state="Pending"), NEEDS, 1)
    assert [held.report.instance_id for held in roster.shown()] == ["i-00000001"]
    placed = roster.resources()
    roster.declined("i-00000001")
    assert roster.resources() == placed != room, "the next node is not chosen yet"
    roster.unplaced("i-00000001")
    assert roster.resources() == placed, "the cloud believes that it is placed"
    assert free(roster) == 1024, "but another may have the room on the node"
    assert roster.shown() == ()
    assert roster.resources() == room, "now it knows better"


def test_room_of_one_between_two_nodes_is_taken_off_once(roster: Roster) -> None:
    """Declined here and placed there; and where nothing is left, nothing is taken off."""
    roster.place("a", instance(state="Pending"), NEEDS, 1)
    placed = [one.memory_free for one in roster.resources()]
    roster.declined("i-00000001")
    roster.place("b", instance(state="Pending"), NEEDS, 2)
    assert sorted(one.memory_free for one in roster.resources()) == sorted(placed)
    roster.declined("i-00000001")
    for name in ("a", "b"):
        roster.silent(name, 3)
    assert roster.resources() == []


def test_a_node_that_was_away_still_owes_what_it_is_being_asked_for(roster: Roster) -> None:
    """An instance is on its way to it; one that it had taken is in its own account."""
    roster.place("a", instance("i-00000001", "Pending"), NEEDS, 1)
    roster.accepted("i-00000001", None, 2)
    roster.place("a", instance("i-00000002", "Pending"), NEEDS, 3)
    roster.silent("a", 4)
    roster.answered("a", resource(768), 5, 6)
    assert free(roster) == 512


def test_a_copy_is_kept_until_another_node_has_taken_it(roster: Roster) -> None:
    """The first node's answer was lost, the second is being asked: only when that one has it must
    the first let go; when it declines, the first one's counts."""
    for taken in (True, False):
        roster.place("a", instance(state="Pending"), NEEDS, 1)
        roster.place("b", instance(state="Pending"), NEEDS, 2)
        assert roster.reported("a", [instance()], 3).strays == ()
        if taken:
            roster.accepted("i-00000001", None, 4)
            assert roster.reported("a", [instance()], 5).strays == ("i-00000001",)
            roster.reported("b", [instance(state="Teardown")], 6)
            roster.book.forget("i-00000001")
            continue
        roster.unplaced("i-00000001")
        assert roster.reported("a", [instance()], 5).strays == ()
        assert [held.node for held in roster.held()] == ["a"]


def test_a_removed_node_stays_while_it_holds(roster: Roster) -> None:
    """Removed from NODES: no candidate any more, forgotten once its instances are."""
    roster.reported("a", [instance()], 1)
    roster.configure({"b": "http://b", "c": "http://c"}, 2)
    assert [node.name for node in roster.nodes] == ["b", "c", "a"]
    assert not roster.candidates()[2].enabled
    roster.purge(1000, 300)
    assert [node.name for node in roster.nodes] == ["b", "c"]


def test_sleeping_and_waking(roster: Roster) -> None:
    """A sleeper keeps its room, its last words do not wake it, and oversleeping ends as down."""
    roster.slept("a", 10)
    assert not roster.answered("a", resource(), 11, 10 + FALLING_ASLEEP - 1)
    assert not roster.silent("a", 20) and state(roster) is NodeState.RESASLEEP
    assert len(roster.resources()) == 2
    roster.woken("a", 100)
    assert not roster.silent("a", 399) and state(roster) is NodeState.RESWAKING
    assert roster.silent("a", 401) and state(roster) is NodeState.RESDOWN
    with pytest.raises(WrongState):
        roster.slept("a", 402)


def test_a_sleeper_that_was_switched_on_is_up(roster: Roster) -> None:
    """After its last words a sleeping node that answers is awake."""
    roster.slept("a", 10)
    assert roster.answered("a", resource(), 100, 100) and state(roster) is NodeState.RESUP


def test_sleepers_are_remembered_over_a_restart() -> None:
    """A node that slept before the restart is not mistaken for a dead one."""
    roster = Roster()
    roster.configure({"a": "http://a"}, 0)
    roster.asleep("a", Resources(memory_max=512, memory_free=512), 0)
    assert state(roster) is NodeState.RESASLEEP and free(roster) == 512


def test_only_idle_nodes_get_tired(roster: Roster) -> None:
    """A node with a living instance or a promise is not idle; a gone instance does not count."""
    roster.reported("a", [instance()], 0)
    since = idle_since(roster.nodes, roster.idle(), {}, 100.0)
    assert dict(since) == {"b": 100.0}
    assert tired(since, 399, 300) == () and tired(since, 400, 300) == ("b",)
    roster.reported("a", [instance(state="Teardown")], 1)
    roster.place("b", instance("i-00000002"), NEEDS, 1)
    assert dict(idle_since(roster.nodes, roster.idle(), since, 200)) == {"a": 200}


def test_what_the_cloud_sees_of_an_instance() -> None:
    """Migration states are simplified, the node's URL is the service tag."""
    seen = for_cloud(replace(instance(), migration_state_name="ready"), "http://a")
    assert (seen.migration_state_name, seen.service_tag) == ("preparing", "http://a")
    assert mac_address("d0:0d", "i-aabbccdd") == "d0:0d:aa:bb:cc:dd"
    assert mac_address("d0:0d", "i-aabbccdd00112233f") == "d0:0d:aa:bb:cc:dd"
