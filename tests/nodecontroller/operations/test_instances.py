# SPDX-License-Identifier: BSD-2-Clause
"""Instances from being asked for to being over, on fakes."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.contracts.internal import ServiceInfo
from eucalyptus.contracts.node import (
    NcDescribeInstances,
    NcDescribeResource,
    NcGetConsoleOutput,
    NcRebootInstance,
    NcTerminateInstance,
)
from eucalyptus.contracts.refusals import Refused
from tests.nodecontroller.house import ID, PARTITIONED, House, changed, machine, record, run_request

UNKNOWN = "i-99999999"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A node controller on fakes."""
    return House(tmp_path)


def terminate(house: House, instance_id: str = ID, *, force: bool = True) -> Any:
    """Ask for an instance's end."""
    ask = NcTerminateInstance(instance_id=instance_id, force=force)
    return house.ask("ncTerminateInstance", ask)


def described(house: House) -> dict[str, str]:
    """Instance id -> what the cluster is told."""
    answer = house.ask("ncDescribeInstances", NcDescribeInstances())
    return {i.instance_id: i.state_name for i in answer.instances}


def test_an_instance_is_accepted_staged_and_booted(house: House) -> None:
    """The answer says Pending or better; then the domain runs and the cluster hears Extant."""
    answer = house.ask("ncRunInstance", run_request())
    assert answer.succeeded and answer.status_message == "0"
    assert answer.instance.instance_id == ID and answer.instance.state_name == "Pending"
    assert house.states() == {ID: "RUNNING"}
    house.look()
    assert house.states() == {ID: "RUNNING"} and described(house) == {ID: "Extant"}
    assert ID in house.news.subjects


def test_a_partition_image_becomes_one_disk_with_kernel_and_ramdisk(house: House) -> None:
    """The disk has three partitions; kernel and ramdisk are fetched too."""
    house.ask("ncRunInstance", run_request(instance_type=PARTITIONED))
    assert [p.number for p in house.disks.made[0].partitions] == [1, 2, 3]
    assert house.images.fetched == [f"http://walrus/{k}" for k in ("machine", "kernel", "ramdisk")]


def test_the_same_request_again_gets_the_same_answer(house: House) -> None:
    """Even when its locations were signed anew; nothing is started twice."""
    first = house.ask("ncRunInstance", run_request())
    newer = machine(
        record("machine", "sda", size=4096, resource_location="http://walrus/machine?sig=2"),
        record("ephemeral0", "sdb", size=2**30),
    )
    again = house.ask("ncRunInstance", run_request(instance_type=newer))
    assert again.instance.uuid == first.instance.uuid
    assert len(house.disks.made) == 2


def test_another_request_with_the_same_id_is_refused(house: House) -> None:
    """An id names one instance for ever."""
    house.ask("ncRunInstance", run_request())
    with pytest.raises(Refused, match="not the one asked for"):
        house.ask("ncRunInstance", run_request(key_name="another key"))


def test_an_ended_instance_is_torn_down_and_not_run_again(house: House) -> None:
    """Its files go, it is reported Teardown, and a late request to run it does nothing."""
    house.ask("ncRunInstance", run_request())
    assert house.world.folder(house.world.roster.all()[0]).exists()
    terminate(house)
    assert house.states() == {ID: "TEARDOWN"} and described(house) == {ID: "Teardown"}
    assert not list(house.settings.work.glob("*/*"))
    with pytest.raises(Refused, match="terminated"):
        house.ask("ncRunInstance", run_request())
    assert terminate(house).succeeded


def test_a_run_that_comes_after_its_terminate_is_refused(house: House) -> None:
    """Messages may overtake each other."""
    with pytest.raises(Refused, match="does not exist"):
        terminate(house)
    with pytest.raises(Refused, match="terminated"):
        house.ask("ncRunInstance", run_request())
    house.clock.advance(181)
    assert house.ask("ncRunInstance", run_request()).succeeded


def test_an_ended_instance_is_forgotten_after_a_while(house: House, tmp_path: Path) -> None:
    """180 s later neither memory nor journal know it."""
    house.ask("ncRunInstance", run_request())
    terminate(house)
    house.clock.advance(179)
    house.sweep_now()
    assert house.states()
    house.clock.advance(2)
    house.sweep_now()
    assert not house.states() and not House(tmp_path).states()


def test_a_deaf_guest_is_stopped_after_the_grace(house: House) -> None:
    """It is asked first; meanwhile it is reported Extant."""
    house.ask("ncRunInstance", run_request())
    house.hypervisor.deaf = True
    terminate(house, force=False)
    assert house.states() == {ID: "SHUTOFF"} and described(house) == {ID: "Extant"}
    house.clock.advance(60)
    assert house.states() == {ID: "TEARDOWN"}


def test_a_missing_image_ends_the_instance_and_leaves_nothing(house: House) -> None:
    """The reason is kept; the cluster hears Teardown."""
    house.images.missing.add("http://walrus/machine")
    house.ask("ncRunInstance", run_request())
    assert house.states() == {ID: "TEARDOWN"}
    assert "does not exist" in house.world.roster.all()[0].reason
    assert not list(house.settings.work.glob("*/*"))


def test_a_full_disk_ends_only_the_instance_that_needed_it(house: House) -> None:
    """Others go on, and the next is refused while asking with what is free."""
    house.ask("ncRunInstance", run_request("i-00000001"))
    house.disks.free = 0
    house.ask("ncRunInstance", run_request())
    house.look()
    assert house.states() == {"i-00000001": "RUNNING", ID: "TEARDOWN"}
    with pytest.raises(Refused, match=r"0 GiB of disk free, 2 wanted"):
        house.ask("ncRunInstance", run_request("i-00000003"))


def test_a_domain_that_cannot_start_is_tried_five_times(house: House) -> None:
    """A second apart; then the instance is over."""
    house.hypervisor.refuse_start = "no bridge"
    house.ask("ncRunInstance", run_request())
    for _ in range(3):
        house.clock.advance(1)
    assert house.states() == {ID: "STAGING"}
    house.clock.advance(1)
    assert house.states() == {ID: "TEARDOWN"}


def test_ending_while_staging_cancels_the_staging(tmp_path: Path) -> None:
    """An instance that waits for its network ends without ever having run."""
    house = House(tmp_path, network_wait=1200.0)
    house.network.ready = set()
    house.ask("ncRunInstance", run_request())
    assert house.states() == {ID: "STAGING"}
    terminate(house)
    assert house.states() == {ID: "TEARDOWN"} and not house.boots()


def test_an_instance_boots_once_its_network_is_applied(tmp_path: Path) -> None:
    """And is given up when that takes longer than the threshold."""
    house = House(tmp_path, network_wait=10.0)
    house.network.ready = set()
    house.ask("ncRunInstance", run_request())
    house.ask("ncRunInstance", run_request("i-00000002"))
    house.clock.advance(1)
    house.network.ready.add(ID)
    for _ in range(5):
        house.clock.advance(0.25)
    assert house.states() == {ID: "RUNNING", "i-00000002": "STAGING"}
    for _ in range(40):
        house.clock.advance(0.25)
    assert house.states() == {ID: "RUNNING", "i-00000002": "TEARDOWN"}


BAD = [
    ({"instance_id": "i-1/../../x"}, "is not an instance ID"),
    ({"uuid": "x"}, "uuid"),
    ({"owner_id": "../../etc"}, "ownerId"),
    ({"instance_type": machine()}, "nothing to boot"),
    ({"instance_type": machine(record("machine", "sda", size=4096), disk=0)}, "instanceType"),
    ({"instance_type": machine(record("machine", "sda", resource_location="none"))}, "no location"),
    ({"instance_type": machine(record("machine", "sda"), memory=10**6)}, "MiB of memory free"),
    ({"instance_type": machine(record("machine", "sda"), cores=99)}, "cores free, 99 wanted"),
]


@pytest.mark.parametrize(("facts", "why"), BAD)
def test_a_bad_request_changes_nothing(house: House, facts: dict[str, Any], why: str) -> None:
    """Each is refused with a sentence before anything is recorded."""
    with pytest.raises(Refused, match=why):
        house.ask("ncRunInstance", run_request(**facts))
    assert not house.states() and not list(house.settings.journal.glob("i-*"))


def test_a_bad_mac_address_is_refused(house: House) -> None:
    """It would end up in domain XML and rules."""
    ask = run_request()
    net = dataclasses.replace(ask.net_params, private_mac_address='"><evil/>')
    with pytest.raises(Refused, match="privateMacAddress"):
        house.ask("ncRunInstance", changed(ask, net_params=net))


def test_a_node_that_cannot_start_instances_accepts_none(tmp_path: Path) -> None:
    """Without eucanetd it reports itself disabled and empty."""
    house = House(tmp_path, network_wait=10.0)
    house.network.served = False
    with pytest.raises(Refused, match="eucanetd is down"):
        house.ask("ncRunInstance", run_request())
    answer = house.ask("ncDescribeResource", NcDescribeResource())
    assert answer.node_status == "disabled" and answer.memory_size_available == 0


def test_a_full_journal_refuses_the_instance(house: House) -> None:
    """What cannot be remembered is not begun."""
    house.settings.journal.rmdir()
    house.settings.journal.touch()
    with pytest.raises(Refused, match="cannot write its journal"):
        house.ask("ncRunInstance", run_request())
    assert not house.states() and not house.disks.made


def test_a_reboot_asks_and_then_resets(house: House) -> None:
    """A guest that listens reboots at once, a deaf one is reset later; its log goes on."""
    house.ask("ncRunInstance", run_request())
    ask = NcRebootInstance(instance_id=ID)
    assert house.ask("ncRebootInstance", ask).status
    assert house.boots() == 2
    house.hypervisor.deaf = True
    house.ask("ncRebootInstance", ask)
    house.ask("ncRebootInstance", ask)
    assert house.boots() == 2
    house.clock.advance(30)
    house.clock.advance(30)
    assert house.boots() == 3


def test_only_a_running_instance_is_rebooted(house: House) -> None:
    """Unknown and ended ones are refused."""
    with pytest.raises(Refused, match="does not exist"):
        house.ask("ncRebootInstance", NcRebootInstance(instance_id=UNKNOWN))
    house.ask("ncRunInstance", run_request())
    terminate(house)
    with pytest.raises(Refused, match="teardown"):
        house.ask("ncRebootInstance", NcRebootInstance(instance_id=ID))


def test_the_console_is_the_end_of_the_log(house: House) -> None:
    """64 KiB of it, in base64."""
    house.ask("ncRunInstance", run_request())
    log = house.world.console(house.world.roster.all()[0])
    ask = NcGetConsoleOutput(instance_id=ID)
    said = base64.b64decode(house.ask("ncGetConsoleOutput", ask).console_output)
    assert b"login:" in said
    log.write_bytes(b"x" * 100_000 + b"end")
    said = base64.b64decode(house.ask("ncGetConsoleOutput", ask).console_output)
    assert len(said) == 65536 and said.endswith(b"xend")
    with pytest.raises(Refused, match="does not exist"):
        house.ask("ncGetConsoleOutput", NcGetConsoleOutput(instance_id=UNKNOWN))


def test_the_cluster_is_learned_from_its_requests(house: House) -> None:
    """Any request names the services."""
    service = ServiceInfo(type="cluster", uris=("http://cc:8774/axis2/services/EucalyptusCC",))
    house.ask("ncDescribeInstances", NcDescribeInstances(services=(service,)))
    assert house.news.cluster.startswith("http://cc:8774/")
