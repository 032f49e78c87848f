# SPDX-License-Identifier: BSD-2-Clause
"""The watch: news are acted on at once, losses are survived, strangers are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eucalyptus.contracts.node import NcDescribeResource, NcDescribeSensors, NcTerminateInstance
from nodecontroller.core import probe
from nodecontroller.core.domain import Guest, Host, xml
from nodecontroller.drivers.journal import Journal
from tests.nodecontroller.house import ID, House, now, run_request


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A node with one running instance."""
    made = House(tmp_path)
    made.ask("ncRunInstance", run_request())
    made.look()
    assert made.states() == {ID: "RUNNING"}
    return made


def stranger(name: str = "i-99999999") -> str:
    """The domain of somebody else."""
    guest = Guest(
        id=name, uuid="99999999-0000-4000-8000-000000000000", memory=1024, cores=2, drives=(),
        interfaces=(), console="",
    )  # fmt: skip
    return xml(guest, Host(kind="qemu", bridge="br0"))


def quarantined(house: House) -> list[str]:
    """Who is listed."""
    file = house.settings.run / "nc-quarantine.json"
    return [row["name"] for row in json.loads(file.read_text())] if file.exists() else []


def test_a_guest_that_powers_off_is_torn_down_at_once(house: House) -> None:
    """Without waiting for five looks: the hypervisor said so."""
    now(house.hypervisor.shutdown(ID))
    house.clock.advance(0.1)
    assert house.states() == {ID: "TEARDOWN"} and not list(house.settings.work.glob("*/*"))


def test_a_node_says_when_it_can_take_instances(tmp_path: Path) -> None:
    """Its cluster need not wait for a poll: at the first look, and after a hypervisor's silence."""
    house = House(tmp_path)
    house.look()
    assert house.news.subjects == ["node"]
    house.hypervisor.reachable = False
    house.look()
    house.hypervisor.reachable = True
    house.look()
    assert house.news.subjects == ["node", "node"]


def test_a_machine_without_room_waits_for_it(house: House) -> None:
    """It stays the cluster's, paused; with room again it goes on by itself; one that was ended
    meanwhile does not."""
    free, house.disks.free = house.disks.free, 0
    house.hypervisor.starve(ID)
    house.look()
    house.look()
    assert house.states() == {ID: "PAUSED"}
    house.disks.free = free
    house.look()
    house.look()
    assert house.states() == {ID: "RUNNING"}
    house.disks.free = 0
    house.hypervisor.starve(ID)
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    house.disks.free = free
    house.look()
    assert house.states() == {ID: "TEARDOWN"}


def test_a_silent_loss_takes_five_looks(house: House) -> None:
    """A hypervisor may be confused for a moment."""
    house.hypervisor._listeners.clear()
    house.hypervisor.vanish(ID)
    for _ in range(4):
        house.look()
        assert house.states() == {ID: "RUNNING"}
    house.look()
    assert house.states() == {ID: "TEARDOWN"}


def test_a_hypervisor_that_does_not_answer_costs_no_instance(house: House) -> None:
    """They are reported as they were; the node takes no new ones; then all goes on."""
    house.hypervisor.reachable = False
    for _ in range(10):
        house.look()
    assert house.states() == {ID: "RUNNING"}
    ask = NcDescribeResource()
    assert house.ask("ncDescribeResource", ask).node_status == "disabled"
    house.hypervisor.reachable = True
    house.look()
    assert house.ask("ncDescribeResource", ask).node_status == "enabled"


def test_an_instance_ends_after_its_hypervisor_is_back(house: House) -> None:
    """Its files stay until it is known that its domain is gone."""
    house.hypervisor.reachable = False
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    assert house.states() == {ID: "SHUTOFF"} and list(house.settings.work.glob("*/*"))
    house.hypervisor.reachable = True
    house.hypervisor.deaf = True
    house.look()
    house.clock.advance(60)
    assert house.states() == {ID: "TEARDOWN"} and not now(house.hypervisor.domains())


def test_a_stranger_is_listed_counted_and_left_alone(house: House) -> None:
    """Until it goes, or a record of it comes."""
    before = house.world.capacity().free
    now(house.hypervisor.start(stranger()))
    now(house.hypervisor.start(probe.xml("qemu", "/dev/null", "")))
    for _ in range(10):
        house.look()
    assert quarantined(house) == ["i-99999999"]
    after = house.world.capacity().free
    assert (before.memory - after.memory, before.cores - after.cores) == (1024, 2)
    house.hypervisor.vanish("i-99999999")
    house.look()
    assert quarantined(house) == []


def test_an_instance_whose_record_was_lost_is_a_stranger(house: House, tmp_path: Path) -> None:
    """Its files stay; brought back, its record makes it an instance again."""
    journal = house.settings.journal / f"{ID}.json"
    record = journal.read_bytes()
    journal.write_bytes(b"{")
    again = House(tmp_path)
    for _ in range(3):
        again.look()
        again.sweep_now()
    assert again.states() == {} and quarantined(again) == [ID]
    assert len(list(again.settings.work.glob("*/*"))) == 1
    journal.write_bytes(record)
    again.look()
    assert again.states() == {ID: "RUNNING"} and quarantined(again) == []


def test_running_instances_are_taken_over_after_a_restart(house: House, tmp_path: Path) -> None:
    """As they were."""
    again = House(tmp_path)
    assert again.states() == {ID: "RUNNING"} and again.boots() == 1


def test_an_accepted_instance_is_staged_after_a_restart(tmp_path: Path) -> None:
    """An answer is a promise."""
    first = House(tmp_path, network_wait=1200.0)
    first.network.ready = set()
    first.ask("ncRunInstance", run_request())
    assert first.states() == {ID: "STAGING"}
    again = House(tmp_path)
    again.look()
    assert again.states() == {ID: "RUNNING"} and again.boots() == 1


def test_a_domain_of_an_instance_that_is_over_is_destroyed(house: House) -> None:
    """It was started too late, by something that hung."""
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    now(house.hypervisor.start(stranger(ID)))
    house.look()
    assert not now(house.hypervisor.domains())


def test_staging_that_takes_for_ever_is_given_up(tmp_path: Path) -> None:
    """After NC_STAGING_CLEANUP_THRESHOLD."""
    house = House(tmp_path, network_wait=3600.0, staging=100.0)
    house.network.ready = set()
    house.ask("ncRunInstance", run_request())
    house.clock.advance(101)
    house.look()
    house.look()
    assert house.states() == {ID: "TEARDOWN"} and not house.world.jobs.is_busy(ID)


def test_looks_follow_each_other_by_the_clock(tmp_path: Path) -> None:
    """Every MONITORING_PERIOD, and soon after news."""
    house = House(tmp_path)
    house.ask("ncRunInstance", run_request())
    house.watch.start()
    house.clock.advance(0)
    assert house.states() == {ID: "RUNNING"}
    house.hypervisor._listeners.clear()
    house.hypervisor.vanish(ID)
    for _ in range(6):
        house.clock.advance(5)
    assert house.states() == {ID: "TEARDOWN"}
    house.watch.stop()


def test_sensors_are_read_in_their_interval(house: House) -> None:
    """Which a request may set."""
    ask = NcDescribeSensors(
        history_size=9, collection_interval_time_ms=5000, sensor_ids=("NetworkIn",)
    )
    house.ask("ncDescribeSensors", ask)
    for _ in range(4):
        house.clock.advance(5)
        house.look()
    (found,) = house.ask("ncDescribeSensors", ask).sensors_resources
    values = found.metrics[0].counters[0].dimensions[0].values
    assert found.resource_name == ID and len(values) >= 4
    assert values[-1].value > values[0].value
    other = NcDescribeSensors(instance_ids=("i-00000009",))
    assert house.ask("ncDescribeSensors", other).sensors_resources == ()


def test_a_record_that_could_not_be_written_is_written_by_the_next_look(house: House) -> None:
    """The journal follows."""
    journal, aside = house.settings.journal, house.settings.journal.with_name("aside")
    journal.rename(aside)
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    aside.rename(journal)
    house.look()
    assert Journal(journal).read(ID).state.name == "TEARDOWN"
