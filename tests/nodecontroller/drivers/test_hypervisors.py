# SPDX-License-Identifier: BSD-2-Clause
"""What every hypervisor driver promises: one suite, on the rehearsal and on a real libvirt."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from nodecontroller.core import probe
from nodecontroller.core.reconcile import DomainState
from nodecontroller.drivers.hypervisors import (
    Happened,
    Happening,
    Hypervisor,
    HypervisorRefused,
    HypervisorUnreachable,
)
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.drivers.hypervisors.libvirt import Libvirt
from nodecontroller.drivers.hypervisors.probe import runs_guests
from tests.fixtures.libvirtd import OwnLibvirtd
from tests.fixtures.reactor import Spin
from tests.nodecontroller.house import now

Turn = Callable[[Callable[[], bool], float], None]


@dataclass
class Bench:
    """A hypervisor, what it reported, and a guest to put on it."""

    hypervisor: Hypervisor
    folder: Path
    turn: Turn
    spin: Spin
    heard: list[Happened] = field(default_factory=list)

    def xml(self, name: str = "i-00000001", uuid: str = "0" * 8) -> str:
        """A guest of one sector, that says a word and rests."""
        disk = self.folder / f"{name}.disk"
        disk.write_bytes(probe.sector())
        text = probe.xml("qemu", str(disk), str(self.console(name)))
        text = text.replace(
            f'path="{self.console(name)}"', f'path="{self.console(name)}" append="on"'
        )
        return text.replace(probe.NAME, name).replace(
            probe.UUID, f"{uuid}-0000-4000-8000-{'0' * 12}"
        )

    def console(self, name: str = "i-00000001") -> Path:
        """Its console log."""
        return self.folder / f"{name}.log"

    def boots(self) -> int:
        """How often it has spoken."""
        text = self.console().read_bytes() if self.console().exists() else b""
        return text.count(b"eucalyptus was here") + text.count(b"Rehearsal guest")

    def await_heard(self, what: Happening) -> None:
        """Wait until the hypervisor has reported it."""
        self.turn(lambda: Happened(what=what, name="i-00000001") in self.heard, 20)

    def names(self) -> list[str]:
        """Names of the domains that run."""
        return [
            d.name for d in self.spin(self.hypervisor.domains()) if d.state is DomainState.RUNNING
        ]


@pytest.fixture(params=["fake", "libvirt"])
def bench(
    request: pytest.FixtureRequest, tmp_path: Path, spin: Spin, turn: Turn
) -> Iterator[Bench]:
    """The suite's subject, one driver after the other."""
    made: Any = FakeHypervisor(lambda: 5.0)
    if request.param == "libvirt":
        daemon = request.getfixturevalue("libvirtd")
        made = Libvirt(daemon.uri, "qemu", reactor)  # type: ignore[arg-type]
    found = Bench(made, tmp_path, turn, spin)
    made.listen(found.heard.append)
    yield found
    for domain in spin(made.domains(), 60):
        spin(made.destroy(domain.name))
    spin(made.close())


def test_a_domain_starts_speaks_and_is_listed(bench: Bench) -> None:
    """Its facts are as its XML said, the host has room for it, its readings have its name."""
    bench.spin(bench.hypervisor.start(bench.xml()), 60)
    (domain,) = bench.spin(bench.hypervisor.domains())
    assert (domain.name, domain.state) == ("i-00000001", DomainState.RUNNING)
    assert domain.uuid.startswith("00000000-") and domain.cores == 1
    bench.turn(lambda: bench.boots() == 1, 20)
    bench.await_heard(Happening.STARTED)
    facts = bench.spin(bench.hypervisor.host())
    assert facts.memory > 512 and facts.cores >= 1
    readings = bench.spin(bench.hypervisor.readings())
    assert readings["i-00000001"].cpu > 0 and readings["i-00000001"].disks


def test_a_name_is_given_once(bench: Bench) -> None:
    """A second domain of the same name is refused and the first not touched."""
    bench.spin(bench.hypervisor.start(bench.xml()), 60)
    with pytest.raises(HypervisorRefused):
        bench.spin(bench.hypervisor.start(bench.xml()))
    assert bench.names() == ["i-00000001"]


def test_destroying_is_done_when_it_is_gone(bench: Bench) -> None:
    """It is reported, nothing is left, and again is as good as once."""
    bench.spin(bench.hypervisor.start(bench.xml()), 60)
    bench.spin(bench.hypervisor.destroy("i-00000001"))
    assert bench.names() == []
    bench.await_heard(Happening.STOPPED)
    bench.spin(bench.hypervisor.destroy("i-00000001"))


def test_a_reset_boots_again_into_the_same_log(bench: Bench) -> None:
    """The domain stays the same, and the reboot is reported."""
    bench.spin(bench.hypervisor.start(bench.xml()), 60)
    bench.turn(lambda: bench.boots() == 1, 20)
    bench.spin(bench.hypervisor.reset("i-00000001"))
    bench.await_heard(Happening.REBOOTED)
    bench.turn(lambda: bench.boots() == 2, 20)
    assert bench.names() == ["i-00000001"]


def test_what_is_not_there_cannot_be_acted_on(bench: Bench) -> None:
    """And a domain whose disk is missing cannot start."""
    acts = (bench.hypervisor.shutdown, bench.hypervisor.reboot, bench.hypervisor.reset,
            bench.hypervisor.press)  # fmt: skip
    for act in acts:
        with pytest.raises(HypervisorRefused):
            bench.spin(act("i-00000001"))
    text = bench.xml()
    (bench.folder / "i-00000001.disk").unlink()
    with pytest.raises(HypervisorRefused):
        bench.spin(bench.hypervisor.start(text), 60)
    assert bench.names() == []


def test_a_machine_that_dies_is_reported(bench: Bench) -> None:
    """However it died."""
    bench.spin(bench.hypervisor.start(bench.xml()), 60)
    if isinstance(bench.hypervisor, FakeHypervisor):
        bench.hypervisor.vanish("i-00000001")
    else:
        (pid,) = _machines(bench.folder)
        os.kill(pid, signal.SIGKILL)
    bench.await_heard(Happening.STOPPED)
    assert bench.names() == []


def _machines(folder: Path) -> list[int]:
    """Processes that have a file of ``folder`` in their command line."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words and b"qemu" in words:
            found.append(int(place.name))
    return found


def test_domains_outlive_libvirtd(
    libvirtd: OwnLibvirtd, tmp_path: Path, spin: Spin, turn: Turn
) -> None:
    """libvirtd is killed: the loss is reported, calls fail; it comes back: the domain is there."""
    hypervisor = Libvirt(libvirtd.uri, "qemu", reactor)  # type: ignore[arg-type]
    bench = Bench(hypervisor, tmp_path, turn, spin)
    hypervisor.listen(bench.heard.append)
    spin(hypervisor.start(bench.xml()), 60)
    machines = _machines(tmp_path)
    libvirtd.kill()
    turn(lambda: Happened(what=Happening.LOST) in bench.heard, 20)
    with pytest.raises(HypervisorUnreachable):
        spin(hypervisor.domains(), 40)
    libvirtd.start()
    turn(lambda: _answers(spin, hypervisor), 30)
    assert bench.names() == ["i-00000001"] and _machines(tmp_path) == machines
    spin(hypervisor.destroy("i-00000001"))
    # A libvirtd that is still taking stock may not report this end: the next poll sees it.
    assert bench.names() == []
    spin(hypervisor.close())


def _answers(spin: Spin, hypervisor: Libvirt) -> bool:
    try:
        return bool(spin(hypervisor.domains(), 30))
    except HypervisorUnreachable:
        return False


def test_qemu_really_runs_guests(libvirtd: OwnLibvirtd, tmp_path: Path, spin: Spin) -> None:
    """The probe says so, and leaves nothing behind."""
    hypervisor = Libvirt(libvirtd.uri, "qemu", reactor)  # type: ignore[arg-type]
    assert spin(runs_guests(hypervisor, tmp_path, reactor), 60)  # type: ignore[arg-type]
    assert spin(hypervisor.domains()) == () and not list(tmp_path.iterdir())
    spin(hypervisor.close())


def test_a_hypervisor_that_starts_guests_but_does_not_run_them_is_found_out(
    tmp_path: Path,
) -> None:
    """The rehearsal accepts every guest; none of them says the probe's word."""
    fake, clock, found = FakeHypervisor(lambda: 0.0), Clock(), []
    Deferred.fromCoroutine(runs_guests(fake, tmp_path, clock)).addCallback(found.append)
    clock.pump([0.1] * 60)
    assert found == [False] and now(fake.domains()) == ()
