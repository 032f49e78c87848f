# SPDX-License-Identifier: BSD-2-Clause
"""What ``euca-verify`` is told of a node."""

from __future__ import annotations

from pathlib import Path

import pytest

from eucalyptus.verification import Belief, Finding, Inspection, compare
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.inspection import inspect, look
from tests.nodecontroller.house import EPOCH, ID, House, now, run_request

LATER = EPOCH + 10**9


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A node with one running instance."""
    made = House(tmp_path)
    made.ask("ncRunInstance", run_request())
    made.look()
    return made


def inspection(house: House) -> Inspection:
    """Look at the node from outside."""
    file = house.settings.run / "fake-domains.json"
    hypervisor = FakeHypervisor(lambda: 0.0, file=file)
    hypervisor.reachable = house.hypervisor.reachable
    return now(look(house.settings, hypervisor))


def problems(house: House, *beliefs: Belief) -> list[str]:
    """What is found, late enough that nothing is under way."""
    found: list[Finding] = compare([inspection(house), Inspection(beliefs=beliefs)], LATER)
    return [f"{f.problem} {f.kind} {f.id}" for f in found]


def test_a_healthy_node_is_clean(house: House) -> None:
    """By its own journal, and by the cloud's records."""
    assert problems(house) == []
    house.settings.keys.mkdir()
    (house.settings.keys / "cloud-pk.pem").touch()
    needs = frozenset({"domain", "disk"})
    assert problems(house, Belief(id=ID, needs=needs, may_have=frozenset({"record"}))) == []


def test_what_the_cloud_does_not_know_is_an_orphan(house: House) -> None:
    """Record, domain and folder alike."""
    house.settings.keys.mkdir()
    (house.settings.keys / "cloud-pk.pem").touch()
    assert problems(house) == [f"orphan {kind} {ID}" for kind in ("disk", "domain", "record")]


def test_a_domain_that_is_gone_is_missing(house: House) -> None:
    """So is a folder."""
    house.hypervisor._listeners.clear()
    house.hypervisor.vanish(ID)
    assert problems(house) == [f"missing domain {ID}"]


def test_a_damaged_record_is_a_fault(house: House) -> None:
    """And its domain belongs to nobody until it is mended."""
    (house.settings.journal / f"{ID}.json").write_text("{")
    assert f"faulty record {ID}" in problems(house) and f"orphan domain {ID}" in problems(house)


def test_a_hypervisor_that_does_not_answer_is_said(house: House) -> None:
    """Instead of calling every domain missing."""
    house.hypervisor.reachable = False
    assert problems(house) == ["faulty hypervisor libvirt"]


def test_a_host_without_a_node_has_nothing(tmp_path: Path) -> None:
    """The command serves every host."""
    conf = tmp_path / "eucalyptus.conf"
    conf.write_text(f'EUCALYPTUS_STATE="{tmp_path}"\n')
    assert now(inspect(conf)) == Inspection()
