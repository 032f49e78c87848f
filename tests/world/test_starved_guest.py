# SPDX-License-Identifier: BSD-2-Clause
"""A real machine whose host's disk is full: it waits, and goes on when there is room again."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import maybeDeferred

from cloudinabox import guest
from cloudinabox.guest import ramdisk
from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from tests.fixtures.libvirtd import OwnLibvirtd
from tests.fixtures.reactor import spin
from tests.world.filling import MIB, fill, small_disk
from tests.world.node import RealNode, serve_images

NAME = "i-00000001"
WRITER = b"""#!/bin/busybox sh
/bin/busybox --install -s
/bin/busybox mkdir -p /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
while read -r module; do insmod /lib/modules/$module; done </lib/modules/order
until [ -b /dev/vda2 ]; do usleep 50000; done
n=0
while :; do
    n=$((n + 1))
    dd if=/dev/urandom of=/dev/vda2 bs=64k count=8 seek=$((n * 8)) conv=fsync 2>/dev/null &&
        echo wrote $n
    usleep 200000
done
"""


@pytest.fixture
def images(tmp_path: Path) -> Iterator[str]:
    """The demo guest with another first program."""
    demo = guest.build()
    for path in (demo.kernel, demo.root):
        shutil.copyfile(path, tmp_path / path.name)
    ours = gzip.compress(ramdisk.archive([ramdisk.program("init", WRITER)]))
    (tmp_path / "ramdisk").write_bytes(demo.ramdisk.read_bytes() + ours)
    url, port = serve_images(tmp_path)
    yield url
    spin(maybeDeferred(port.stopListening))


@pytest.fixture
def node(libvirtd: OwnLibvirtd) -> Iterator[RealNode]:
    """A node with a small disk for its instances, at ``node.place``."""
    state = Path(tempfile.mkdtemp(prefix="eucanc", dir="/tmp"))
    state.chmod(0o755)
    with small_disk() as place:
        place.chmod(0o755)
        renew(libvirtd)
        made = RealNode(state, libvirtd, INSTANCE_PATH=place, MAX_DISK=4)
        made.start()
        try:
            made.until(made.is_enabled, 40)
            yield made
        finally:
            made.close()
            libvirtd.end_machines()
            shutil.rmtree(state, ignore_errors=True)
    renew(libvirtd)


def renew(libvirtd: OwnLibvirtd) -> None:
    """Start libvirtd again: its mounts are those of when it started."""
    libvirtd.kill()
    libvirtd.start()


def machine(images: str) -> VirtualMachine:
    """A root partition, and an ephemeral one to write to."""

    def record(kind: str, device: str, **facts: Any) -> VirtualBootRecord:
        made = {"resource_location": images + kind, "id": kind, "size": -1, "format": "none"}
        return VirtualBootRecord(type=kind, guest_device_name=device, **{**made, **facts})

    return VirtualMachine(
        name="m1.small", memory=128, cores=1, disk=1,
        virtual_boot_record=(
            record("machine", "sda1", resource_location=images + "root", size=24 * MIB),
            record("kernel", "none"),
            record("ramdisk", "none"),
            record("ephemeral0", "sda2", resource_location="none", size=256 * MIB),
        ),
    )  # fmt: skip


def test_a_machine_waits_for_room_and_goes_on(
    node: RealNode, images: str, libvirtd: OwnLibvirtd
) -> None:
    """Paused, not ended, not told of errors; the same machine writes on."""
    place = Path(node.settings["INSTANCE_PATH"])
    node.run(NAME, machine(images))
    node.until(lambda: "wrote 3" in node.console(NAME), 60)
    machines = libvirtd.machines()
    fill(place)
    node.until(lambda: f"{NAME} is paused" in node.log.read_text(), 40)
    assert node.states()[NAME].startswith("Extant")
    before = node.console(NAME).count("wrote")
    (place / "filler").unlink()
    node.until(lambda: node.console(NAME).count("wrote") > before + 3, 40)
    assert libvirtd.machines() == machines
    assert "goes on: there is room again" in node.log.read_text()
