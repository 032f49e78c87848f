# SPDX-License-Identifier: BSD-2-Clause
"""The node controller as a process, with real machines: what it does, and what it survives."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import maybeDeferred

from cloudinabox import guest
from cloudinabox.guest import ramdisk
from eucalyptus.command import run_now
from eucalyptus.contracts import node as contract
from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from eucalyptus.contracts.refusals import Refused
from nodecontroller.core import probe
from tests.fixtures.libvirtd import OwnLibvirtd
from tests.fixtures.reactor import spin
from tests.world.node import Image, RealNode, serve_images

FIRST, SECOND, ENDED = "i-00000001", "i-00000002", "i-00000003"
MIB = 2**20

INIT = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /sbin /usr/bin /usr/sbin /mnt /mnt2 /etc/acpi/PWRF /var/log /var/run
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
while read -r module; do insmod /lib/modules/$module; done </lib/modules/order
until [ -b /dev/vda3 ]; do usleep 50000; done
mount -t ext4 /dev/vda1 /mnt && mount -t ext4 /dev/vda2 /mnt2 && swapon /dev/vda3
echo sees $(ls -d /mnt/root >/dev/null && echo root) $(ls -d /mnt/etc >/dev/null && echo home) \\
    $(ls -d /mnt2/lost+found >/dev/null && echo ephemeral) $(grep -q vda3 /proc/swaps && echo swap)
printf '#!/bin/sh\\npoweroff -f\\n' >/etc/acpi/PWRF/00000080
chmod +x /etc/acpi/PWRF/00000080
acpid
echo guest is up
while :; do sleep 60; done
"""
"""First program of the test's guest: looks at its disks, powers off at the power button. Quicker
than the demo guest, which looks for a network that is not there."""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the demo guest's images, and of a disk of one sector."""
    folder = tmp_path_factory.mktemp("images")
    demo = guest.build()
    for path in (demo.kernel, demo.root):
        shutil.copyfile(path, folder / path.name)
    # Two archives in one: the later one's first program is run.
    ours = gzip.compress(ramdisk.archive([ramdisk.program("init", INIT)]))
    (folder / "ramdisk").write_bytes(demo.ramdisk.read_bytes() + ours)
    # The BIOS does not boot from a virtio disk of a single sector.
    (folder / "sector").write_bytes(probe.sector().ljust(MIB, b"\0"))
    url, port = serve_images(folder)
    yield url
    spin(maybeDeferred(port.stopListening))


@pytest.fixture
def node(libvirtd: OwnLibvirtd) -> Iterator[RealNode]:
    """A node controller that takes instances; its machines end with the test."""
    state = Path(tempfile.mkdtemp(prefix="eucanc", dir="/tmp"))
    state.chmod(0o755)
    made = RealNode(state, libvirtd)
    made.start()
    try:
        made.until(made.is_enabled, 40)
        yield made
    finally:
        made.close()
        libvirtd.end_machines()
        shutil.rmtree(state, ignore_errors=True)


def record(kind: str, device: str, **facts: Any) -> VirtualBootRecord:
    """A boot record of a blank, unless told where its image is."""
    made = {"resource_location": "none", "id": "none", "size": -1, "format": "none", **facts}
    return VirtualBootRecord(type=kind, guest_device_name=device, **made)


def demo(images: str) -> VirtualMachine:
    """The demo guest, from kernel, ramdisk and partition."""
    root = {"resource_location": images + "root", "id": "emi-1", "size": 24 * MIB}
    return VirtualMachine(
        name="m1.small", memory=128, cores=1, disk=1,
        virtual_boot_record=(
            record("machine", "sda1", **root),
            record("kernel", "none", resource_location=images + "kernel", id="eki-1"),
            record("ramdisk", "none", resource_location=images + "ramdisk", id="eri-1"),
            record("ephemeral0", "sda2", size=64 * MIB, format="ext3"),
            record("swap", "sda3", size=32 * MIB, format="swap"),
        ),
    )  # fmt: skip


def sector(images: str) -> VirtualMachine:
    """A whole disk of one sector, that says a word and rests."""
    root = record("machine", "sda", resource_location=images + "sector", id="emi-2", size=MIB)
    return VirtualMachine(
        name="m1.tiny", memory=32, cores=1, disk=1, virtual_boot_record=(root,)
    )  # fmt: skip


def test_a_partition_image_boots_reboots_and_ends(
    node: RealNode, images: str, libvirtd: OwnLibvirtd
) -> None:
    """Disk composed, ephemeral mounted, swap on, console read; asked to reboot, it does; asked to
    end, it powers off by itself; nothing is left."""
    node.run(FIRST, demo(images))
    node.until(lambda: node.is_running(FIRST), 60)
    node.until(lambda: "guest is up" in node.console(FIRST), 60)
    said = node.console(FIRST)
    assert "sees root home ephemeral swap" in said, said
    (pid,) = libvirtd.machines()
    node.reboot(FIRST)
    node.until(lambda: node.console(FIRST).count("guest is up") == 2, 60)
    assert libvirtd.machines() == (pid,) and node.console(FIRST).startswith(said[:100])
    assert "rebooted" in node.log.read_text()
    node.terminate(FIRST, force=False)
    node.until(lambda: node.is_over(FIRST), 40)
    assert not node.folder(FIRST).exists() and not libvirtd.machines()
    assert "does not shut down" not in node.log.read_text()


def test_a_second_instance_costs_no_transfer(node: RealNode, images: str) -> None:
    """Its image comes from the cache; both run on layers over one base."""
    before = Image.sent
    node.run(FIRST, sector(images))
    node.until(lambda: "eucalyptus was here" in node.console(FIRST), 40)
    node.run(SECOND, sector(images))
    node.until(lambda: node.is_running(SECOND), 40)
    assert Image.sent == before + 1
    bases = [node.folder(i) / "disk-a.base" for i in (FIRST, SECOND)]
    assert bases[0].samefile(bases[1]) and bases[0].stat().st_nlink >= 3


def test_machines_outlive_the_node_controller_and_libvirtd(
    node: RealNode, images: str, libvirtd: OwnLibvirtd
) -> None:
    """Both killed: the machine is the same process and is reported as running within 30 s."""
    node.run(FIRST, sector(images))
    node.until(lambda: node.is_running(FIRST), 60)
    machines = libvirtd.machines()
    node.stop()
    node.start()
    node.until(lambda: node.is_running(FIRST), 30)
    libvirtd.kill()
    node.until(lambda: not node.is_enabled(), 20)
    assert node.is_running(FIRST)
    libvirtd.start()
    node.until(lambda: node.is_enabled() and node.is_running(FIRST), 30)
    assert libvirtd.machines() == machines
    node.terminate(FIRST)
    node.until(lambda: node.is_over(FIRST), 30)


@pytest.mark.parametrize("point", ["nc.run.after_disk", "nc.run.after_start"])
def test_an_accepted_instance_runs_wherever_the_node_dies(
    node: RealNode, images: str, libvirtd: OwnLibvirtd, point: str
) -> None:
    """One machine, once, in the end. (Every crash point: tests/nodecontroller/test_crashes.py.)"""
    node.crash_at(point)
    node.run(FIRST, sector(images))
    node.recover()
    node.until(lambda: node.is_running(FIRST), 60)
    assert len(libvirtd.machines()) == 1


@pytest.mark.parametrize("point", ["nc.end.before_destroy", "nc.end.after_clean"])
def test_an_ending_instance_ends_wherever_the_node_dies(
    node: RealNode, images: str, libvirtd: OwnLibvirtd, point: str
) -> None:
    """Nothing of it is left."""
    node.run(FIRST, sector(images))
    node.until(lambda: node.is_running(FIRST), 60)
    node.crash_at(point)
    node.terminate(FIRST)
    node.recover()
    node.until(lambda: node.is_over(FIRST), 60)
    assert not libvirtd.machines() and not node.folder(FIRST).exists()


def test_a_domain_without_a_record_is_quarantined(
    node: RealNode, images: str, libvirtd: OwnLibvirtd
) -> None:
    """Its record damaged, an instance is listed and left alone, and adopted once it is mended."""
    node.run(FIRST, sector(images))
    node.until(lambda: node.is_running(FIRST), 60)
    node.stop()
    journal = node.state / "instances" / "journal" / f"{FIRST}.json"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:100])
    node.start()
    listed = node.state / "run" / "nc-quarantine.json"
    node.until(lambda: listed.exists() and FIRST in listed.read_text(), 30)
    assert node.states() == {} and len(libvirtd.machines()) == 1 and node.folder(FIRST).exists()
    with pytest.raises(Refused, match="quarantine"):
        node.run(FIRST, sector(images))
    journal.write_bytes(whole)
    node.until(lambda: node.is_running(FIRST), 30)
    assert FIRST not in listed.read_text()


def test_sensors_are_read_from_libvirt(node: RealNode, images: str) -> None:
    """CPU, disk and network of a machine, by the names the cloud knows."""
    node.run(FIRST, sector(images))
    node.until(lambda: node.is_running(FIRST), 60)
    ask = contract.NcDescribeSensors(history_size=5, collection_interval_time_ms=1000)
    node.until(
        lambda: bool(node.ask(contract.NC_DESCRIBE_SENSORS, ask).sensors_resources), 30
    )  # fmt: skip
    (resource,) = node.ask(contract.NC_DESCRIBE_SENSORS, ask).sensors_resources
    assert resource.resource_name == FIRST
    assert {"CPUUtilization", "DiskReadBytes", "NetworkIn"} <= {
        m.metric_name for m in resource.metrics
    }


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RealNode]:
    """A node whose instances live on a file system with few inodes. It has its own libvirtd, that
    was started after the file system was mounted: an older one would not see it."""
    place = tmp_path / "instances"
    place.mkdir()
    run_now(["mount", "-t", "tmpfs", "-o", "size=4g,nr_inodes=60", "tmpfs", str(place)])
    state = Path(tempfile.mkdtemp(prefix="eucanc", dir="/tmp"))
    daemon = OwnLibvirtd(state / "libvirt", f"eucb{os.getpid()}")
    made = RealNode(state, daemon, INSTANCE_PATH=place)
    try:
        daemon.make()
        made.start()
        made.until(made.is_enabled, 40)
        yield made
    finally:
        made.close()
        daemon.remove()
        run_now(["umount", "-l", str(place)])
        shutil.rmtree(state, ignore_errors=True)


def test_a_full_disk_ends_what_needs_it_and_nothing_else(
    small: RealNode, images: str, tmp_path: Path
) -> None:
    """No inode is left: an instance is refused with the reason; with a few left it is accepted and
    ends; what runs goes on, can be ended, and nothing is left behind."""
    small.run(FIRST, sector(images))
    small.until(lambda: small.is_running(FIRST), 40)
    fillers = fill(tmp_path / "instances")
    with pytest.raises(Refused, match="disk is full"):
        small.run(SECOND, sector(images))
    for _ in range(3):
        fillers.pop().unlink()
    small.run(SECOND, sector(images))
    small.until(lambda: small.is_over(SECOND), 30)
    assert small.is_running(FIRST)
    assert not list((tmp_path / "instances" / "work").glob(f"*/{SECOND}"))
    small.terminate(FIRST)
    small.until(lambda: small.is_over(FIRST), 30)


def fill(place: Path) -> list[Path]:
    """Take every inode there is."""
    made = []
    for number in range(100):
        path = place / f"filler-{number}"
        try:
            path.touch()
        except OSError:
            return made
        made.append(path)
    raise AssertionError("it does not fill")


def test_a_libvirtd_that_hangs_costs_only_new_instances(
    node: RealNode, images: str, libvirtd: OwnLibvirtd
) -> None:
    """The node says so, goes on answering, and is back when libvirtd is; what was told to end
    meanwhile ends then."""
    for name in (FIRST, ENDED):
        node.run(name, sector(images))
    node.until(lambda: node.is_running(FIRST) and node.is_running(ENDED), 60)
    libvirtd.kill(signal.SIGSTOP)
    try:
        node.until(lambda: not node.is_enabled(), 45)
        assert node.is_running(FIRST)
        with pytest.raises(Refused, match="libvirt"):
            node.run(SECOND, sector(images))
        node.terminate(ENDED)
        assert node.states()[ENDED].startswith("Extant")
    finally:
        libvirtd.kill(signal.SIGCONT)
    node.until(lambda: node.is_enabled() and node.is_running(FIRST), 30)
    node.until(lambda: node.is_over(ENDED), 40)
    assert len(libvirtd.machines()) == 1 and not node.folder(ENDED).exists()
