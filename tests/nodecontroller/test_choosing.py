# SPDX-License-Identifier: BSD-2-Clause
"""Which domain type guests get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from nodecontroller.choosing import BOOT_ID, choose
from nodecontroller.core import probe
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor


class Truthful(FakeHypervisor):
    """A hypervisor that runs what it starts: the probe speaks."""

    async def start(self, xml: str) -> None:
        """Start, and have the probe say its word."""
        await super().start(xml)
        path = xml.partition('<source path="')[2].partition('"')[0]
        with Path(path).open("ab") as console:
            console.write(probe.WORD)


def chosen(hypervisor: FakeHypervisor, run: Path, clock: Clock) -> list[str]:
    """What is chosen within ten seconds."""
    found: list[str] = []
    work: Deferred[Any] = Deferred.fromCoroutine(choose(hypervisor, run, clock))
    work.addCallback(found.append)
    clock.pump([0.1] * 100)
    return found


@pytest.mark.parametrize(("cls", "wanted"), [(Truthful, "kvm"), (FakeHypervisor, "qemu")])
def test_kvm_is_believed_when_a_guest_has_run(
    tmp_path: Path, cls: type[FakeHypervisor], wanted: str
) -> None:
    """The finding is noted, and holds until the next boot of the host."""
    hypervisor = cls(lambda: 0.0)
    hypervisor.kind = "kvm"
    assert chosen(hypervisor, tmp_path, Clock()) == [wanted]
    note = json.loads((tmp_path / "nc-probe.json").read_text())
    assert note == {"boot": BOOT_ID.read_text().strip(), "kind": wanted}
    hypervisor.reachable = False
    assert chosen(hypervisor, tmp_path, Clock()) == [wanted]


def test_a_note_of_another_boot_is_not_believed(tmp_path: Path) -> None:
    """Nor a damaged one."""
    for note in ('{"boot": "other", "kind": "kvm"}', "{", "[]"):
        (tmp_path / "nc-probe.json").write_text(note)
        hypervisor = FakeHypervisor(lambda: 0.0)
        hypervisor.kind = "kvm"
        assert chosen(hypervisor, tmp_path, Clock()) == ["qemu"]


def test_a_hypervisor_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """libvirtd may start later than we do."""
    hypervisor, clock = Truthful(lambda: 0.0), Clock()
    hypervisor.kind, hypervisor.reachable = "kvm", False
    found: list[str] = []
    work: Deferred[Any] = Deferred.fromCoroutine(choose(hypervisor, tmp_path, clock))
    work.addCallback(found.append)
    clock.pump([1] * 10)
    assert not found
    hypervisor.reachable = True
    clock.pump([1] * 3)
    assert found == ["kvm"]


@pytest.mark.parametrize("kind", ["qemu", "xen"])
def test_what_is_asked_for_is_taken(tmp_path: Path, kind: str) -> None:
    """Only KVM pretends."""
    hypervisor = FakeHypervisor(lambda: 0.0)
    hypervisor.kind = kind
    assert chosen(hypervisor, tmp_path, Clock()) == [kind]
