# SPDX-License-Identifier: BSD-2-Clause
"""The node itself and its network, on fakes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.command import CommandFailed, Finished
from eucalyptus.contracts.node import (
    NODE,
    NcAssignAddress,
    NcBroadcastNetworkInfo,
    NcDescribeInstances,
    NcDescribeResource,
    NcModifyNode,
    NcPowerDown,
    NcStartNetwork,
    NcTerminateInstance,
)
from eucalyptus.contracts.refusals import Refused
from tests.nodecontroller.house import ID, House, run_request


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A node controller on fakes."""
    return House(tmp_path)


def test_every_operation_of_the_contract_has_a_body(house: House) -> None:
    """And no other."""
    assert set(house.bodies) == {operation.name for operation in NODE.operations}


def test_a_node_says_what_it_has(house: House) -> None:
    """In MiB, GiB and cores, with what is free."""
    house.ask("ncRunInstance", run_request())
    said = house.ask("ncDescribeResource", NcDescribeResource())
    assert (said.memory_size_max, said.memory_size_available) == (16384 - 256, 16384 - 512)
    assert (said.number_of_cores_max, said.number_of_cores_available) == (8, 7)
    assert (said.disk_size_max, said.disk_size_available) == (500, 498)
    assert (said.hypervisor, said.public_subnets, said.migration_capable) == ("KVM", "none", False)


def test_a_disabled_node_keeps_its_instances_and_takes_no_new(house: House, tmp_path: Path) -> None:
    """Over a restart."""
    house.ask("ncRunInstance", run_request())
    assert house.ask("ncModifyNode", NcModifyNode(state_name="disabled")).succeeded
    with pytest.raises(Refused, match="disabled"):
        house.ask("ncRunInstance", run_request("i-00000002"))
    assert house.states() == {ID: "RUNNING"}
    said = house.ask("ncDescribeResource", NcDescribeResource())
    assert said.node_status == "disabled" and said.memory_size_available == 0
    assert House(tmp_path).world.drivers.journal.read_node() == {"is_enabled": False}
    house.ask("ncModifyNode", NcModifyNode(state_name="enabled"))
    assert house.ask("ncRunInstance", run_request("i-00000002")).succeeded


@pytest.mark.parametrize("state", [None, "", "asleep"])
def test_a_state_that_no_node_has_is_refused(house: House, state: str | None) -> None:
    """It stays as it was."""
    with pytest.raises(Refused, match="enabled or disabled"):
        house.ask("ncModifyNode", NcModifyNode(state_name=state))


def test_a_node_sleeps_only_when_nothing_lives_on_it(house: House) -> None:
    """An instance that is over is nothing."""
    house.ask("ncRunInstance", run_request())
    with pytest.raises(Refused, match="cannot sleep"):
        house.ask("ncPowerDown", NcPowerDown())
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    assert house.ask("ncPowerDown", NcPowerDown()).succeeded and house.power.slept == 1


def test_a_host_that_does_not_sleep_is_said(house: House) -> None:
    """Its reason stays in the log."""

    async def refuse() -> None:
        raise CommandFailed(["systemctl"], Finished(1, b"", b"secret"))

    house.power.sleep = refuse  # type: ignore[method-assign]
    with pytest.raises(Refused, match="does not go to sleep") as refused:
        house.ask("ncPowerDown", NcPowerDown())
    assert "secret" not in refused.value.message


def test_the_network_is_handed_to_eucanetd(house: House) -> None:
    """Decoded."""
    text = base64.b64encode(b"<network-data/>").decode()
    wrapped = "\n".join(text[n : n + 8] for n in range(0, len(text), 8))
    for info in (text, wrapped):
        ask = NcBroadcastNetworkInfo(network_info=info)
        assert house.ask("ncBroadcastNetworkInfo", ask).succeeded
        assert house.network.document == b"<network-data/>"


@pytest.mark.parametrize("text", ["", "x", "!!!", base64.b64encode(b"not XML").decode()])
def test_what_is_no_network_is_refused(house: House, text: str) -> None:
    """The former document stays."""
    house.network.publish(b"<old/>")
    with pytest.raises(Refused, match="networkInfo"):
        house.ask("ncBroadcastNetworkInfo", NcBroadcastNetworkInfo(network_info=text))
    assert house.network.document == b"<old/>"


def assign(house: House, instance_id: str, address: str) -> Any:
    """Assign an address."""
    ask = NcAssignAddress(instance_id=instance_id, public_ip=address)
    return house.ask("ncAssignAddress", ask)


def test_an_address_is_reported_from_then_on(house: House, tmp_path: Path) -> None:
    """Over a restart."""
    house.ask("ncRunInstance", run_request())
    assert assign(house, ID, "10.1.2.3").succeeded
    said = House(tmp_path).ask("ncDescribeInstances", NcDescribeInstances())
    assert said.instances[0].net_params.public_ip == "10.1.2.3"
    with pytest.raises(Refused, match="IPv4"):
        assign(house, ID, "10.1.2.3; rm")
    with pytest.raises(Refused, match="does not exist"):
        assign(house, "i-00000009", "10.1.2.3")


def test_networks_need_no_starting(house: House) -> None:
    """The answer is the original's."""
    said = house.ask("ncStartNetwork", NcStartNetwork(vlan=10))
    assert said.network_status == "SUCCESS"


def test_only_the_instances_asked_for_are_described(house: House) -> None:
    """Unknown ones are left out."""
    house.ask("ncRunInstance", run_request())
    house.ask("ncRunInstance", run_request("i-00000002"))
    ask = NcDescribeInstances(instance_ids=("i-00000002", "i-00000009"))
    said = house.ask("ncDescribeInstances", ask)
    assert [i.instance_id for i in said.instances] == ["i-00000002"]
