# SPDX-License-Identifier: BSD-2-Clause
"""The node controller killed at every one of its crash points, on the rehearsal hypervisor.

Everything else is real: the process, its journal, the images' transfer, the disks, the messages.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.defer import maybeDeferred

from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.connections import Unreachable
from tests.fixtures.reactor import spin
from tests.world.node import RealNode, serve_images

HOUSE = Path(__file__).parents[2] / "nodecontroller"
FIRST = "i-00000001"
MIB = 2**20

RUN = (
    "nc.run.before_record", "nc.run.after_record", "nc.run.before_fetch", "nc.run.after_fetch",
    "nc.run.before_disk", "nc.run.after_disk", "nc.run.after_disk_ready", "nc.run.before_start",
    "nc.run.after_start", "nc.run.after_started_recorded", "nc.file.before_rename",
    "nc.file.after_rename",
)  # fmt: skip
END = (
    "nc.end.before_record", "nc.end.after_record", "nc.end.before_destroy",
    "nc.end.after_destroy", "nc.end.before_clean", "nc.end.after_clean",
    "nc.end.after_cleaned_recorded", "nc.forget.before", "nc.forget.after",
)  # fmt: skip
REBOOT = ("nc.reboot.before_ask", "nc.reboot.before_reset", "nc.reboot.after_reset")


def test_every_crash_point_is_tried() -> None:
    """A new one must be added to a list here."""
    found = set()
    for path in HOUSE.rglob("*.py"):
        found |= set(re.findall(r'crashpoint\("([^"]+)"\)', path.read_text()))
    assert found == {*RUN, *END, *REBOOT}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMachine]:
    """An instance of a partition image, with a server that has the image."""
    folder = tmp_path_factory.mktemp("images")
    for name in ("root", "kernel"):
        (folder / name).write_bytes(name.encode() * 1000)
    url, port = serve_images(folder)
    rows = (
        ("machine", "sda1", url + "root", MIB, "none"),
        ("kernel", "none", url + "kernel", -1, "none"),
        ("ephemeral0", "sda2", "none", MIB, "ext3"),
    )
    records = tuple(
        VirtualBootRecord(
            type=kind, guest_device_name=device, resource_location=location, size=size, format=form,
            id=kind,
        )
        for kind, device, location, size, form in rows
    )  # fmt: skip
    yield VirtualMachine(name="m1", memory=64, cores=1, disk=1, virtual_boot_record=records)
    spin(maybeDeferred(port.stopListening))


@pytest.fixture
def node() -> Iterator[RealNode]:
    """A rehearsing node controller; it does not run yet."""
    state = Path(tempfile.mkdtemp(prefix="eucanc", dir="/tmp"))
    made = RealNode(
        state, None, NC_TEARDOWN_STATE_DURATION=0, NC_SHUTDOWN_GRACE_PERIOD_SEC=0,
        MONITORING_PERIOD=0.5,
    )  # fmt: skip
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(state, ignore_errors=True)


def domains(node: RealNode) -> int:
    """How many domains run."""
    file = node.state / "run" / "fake-domains.json"
    return file.read_text().count('"name"') if file.exists() else 0


def left(node: RealNode) -> list[str]:
    """What lies in the instances' directory, but for the cache's whole entries."""
    place = node.state / "instances"
    rows = [p for p in place.rglob("*") if p.is_file() and p.parent.name != "journal"]
    rows += list(place.glob("journal/i-*")) + list(place.glob("journal/.*"))
    return [str(p.relative_to(place)) for p in rows if not whole(p)]


def whole(path: Path) -> bool:
    """Whether a file belongs to a finished entry of the cache."""
    return path.parent.parent.name == "cache" and not path.parent.name.endswith(".partial")


@pytest.mark.parametrize("point", RUN)
def test_an_instance_runs_once_wherever_the_node_dies(
    node: RealNode, machine: VirtualMachine, point: str
) -> None:
    """Accepted or not, the cluster asks again: in the end it runs, once."""
    node.crash_at(point)
    with contextlib.suppress(Unreachable):
        node.run(FIRST, machine)
    node.recover()
    node.until(node.is_enabled, 40)
    node.run(FIRST, machine)
    node.until(lambda: node.is_running(FIRST), 40)
    assert domains(node) == 1 and node.console(FIRST).count("login:") == 1


@pytest.mark.parametrize("point", END)
def test_an_instance_ends_wherever_the_node_dies(
    node: RealNode, machine: VirtualMachine, point: str
) -> None:
    """In the end nothing of it is left: no domain, no file, no record."""
    node.crash_at(point)
    node.run(FIRST, machine)
    node.until(lambda: node.is_running(FIRST), 40)
    with contextlib.suppress(Unreachable):
        node.terminate(FIRST)
    node.recover()
    node.until(node.is_enabled, 40)
    with contextlib.suppress(Refused):
        node.terminate(FIRST)
    node.until(lambda: not node.states(), 40)
    assert domains(node) == 0 and left(node) == []


@pytest.mark.parametrize("point", REBOOT)
def test_an_instance_survives_a_reboot_in_which_the_node_dies(
    node: RealNode, machine: VirtualMachine, point: str
) -> None:
    """It runs, and can be rebooted again."""
    node.crash_at(point)
    node.run(FIRST, machine)
    node.until(lambda: node.is_running(FIRST), 40)
    with contextlib.suppress(Unreachable):
        node.reboot(FIRST)
    node.recover()
    node.until(lambda: node.is_running(FIRST), 40)
    before = node.console(FIRST).count("login:")
    node.reboot(FIRST)
    node.until(lambda: node.console(FIRST).count("login:") == before + 1, 20)
    assert domains(node) == 1
