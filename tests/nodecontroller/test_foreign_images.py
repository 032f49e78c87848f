# SPDX-License-Identifier: BSD-2-Clause
"""Images that are not raw disks: each is refused by its mark and never opened by qemu."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from eucalyptus.command import run_now
from nodecontroller.core.formats import HEAD, TAIL, foreign
from nodecontroller.drivers.files import ends
from tests.nodecontroller.house import ID, House, machine, record, run_request

SECRET = "/etc/shadow"
Make = Callable[[Path], object]


def by_qemu(kind: str, *options: str) -> Make:
    """A file that qemu-img makes."""

    def make(path: Path) -> object:
        return run_now(["qemu-img", "create", "-q", "-f", kind, *options, str(path), "1M"])

    return make


def backed(backing: str) -> Make:
    """A qcow2 image over ``backing``, which need not exist."""
    return by_qemu("qcow2", "-u", "-b", backing, "-F", "raw")


def header(version: int = 3, features: int = 0, size: int = 2**20, bits: int = 16) -> Make:
    """A qcow2 header by hand: what no honest tool writes."""

    def make(path: Path) -> object:
        fields = (0x514649FB, version, 0, 0, bits, size, 0, 1, 2**40, 2**41, 1, 65535, 2**42)
        packed = struct.pack(">IIQIIQIIQQIIQ", *fields)
        return path.write_bytes(packed + struct.pack(">QQQII", features, 0, 0, 4, 104))

    return make


def written(content: bytes) -> Make:
    """A file of these bytes."""
    return lambda path: path.write_bytes(content)


DESCRIPTOR = (
    b'# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\nRW 2048 FLAT "/etc/shadow" 0\n'
)

HOSTILE: Mapping[str, tuple[str, Make]] = {
    "G-02 backing file": ("qcow2", backed(SECRET)),
    "G-02 relative backing file": ("qcow2", backed("../../../etc/shadow")),
    "G-02 json backing file": (
        "qcow2", backed('json:{"driver":"raw","file.filename":"/etc/shadow"}')),
    "G-02 nbd backing file": ("qcow2", backed("nbd://127.0.0.1:1/x")),
    "G-02 http backing file": ("qcow2", backed("http://127.0.0.1:1/x")),
    "G-03 external data file": ("qcow2", header(features=0b100)),
    "G-03 unknown incompatible features": ("qcow2", header(features=1 << 40)),
    "G-03 endless virtual size": ("qcow2", header(size=2**63)),
    "G-03 cluster bits 0": ("qcow2", header(bits=0)),
    "G-03 cluster bits 30": ("qcow2", header(bits=30)),
    "G-03 version 1": ("qcow2", header(version=1)),
    "G-04 VMDK flat descriptor": ("VMDK", written(DESCRIPTOR)),
    "G-04 VMDK sparse": ("VMDK", by_qemu("vmdk")),
    "G-04 VMDK stream": ("VMDK", by_qemu("vmdk", "-o", "subformat=streamOptimized")),
    "G-04 VHD dynamic": ("VHD", by_qemu("vpc")),
    "G-04 VHD fixed": ("VHD", by_qemu("vpc", "-o", "subformat=fixed")),
    "G-04 VHDX": ("VHDX", by_qemu("vhdx")),
    "G-04 VDI": ("VDI", by_qemu("vdi")),
    "G-04 QED": ("QED", by_qemu("qed")),
    "G-04 Parallels": ("Parallels", by_qemu("parallels")),
    "G-04 LUKS": ("LUKS", written(b"LUKS\xba\xbe\0\1".ljust(4096, b"\0"))),
    "G-04 gzip": ("gzip", written(gzip.compress(b"\0" * 4096))),
    "G-04 xz": ("xz", written(b"\xfd7zXZ\0".ljust(4096, b"\0"))),
}  # fmt: skip

PLAIN: Mapping[str, Make] = {
    "G-02 raw": by_qemu("raw"),
    "G-03 an empty file": written(b""),
    "G-04 a boot sector": written(b"\xeb\x63\x90".ljust(510, b"\0") + b"\x55\xaa"),
    "G-04 a raw disk that quotes a header": written(b"\0" * 512 + b"QFI\xfb" + b"\0" * 5000),
}


@pytest.mark.parametrize(("name", "make"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_in_another_format_is_told_by_its_mark(
    name: str, make: Make, tmp_path: Path
) -> None:
    """By its first or last bytes, whatever else it claims."""
    path = tmp_path / "image"
    make(path)
    assert foreign(*ends(path, HEAD, TAIL)) == name


@pytest.mark.parametrize("make", PLAIN.values(), ids=PLAIN)
def test_the_plain_bytes_of_a_disk_are_no_format(make: Make, tmp_path: Path) -> None:
    """The twin: what may run."""
    path = tmp_path / "image"
    make(path)
    assert foreign(*ends(path, HEAD, TAIL)) == ""


def launch(house: House, content: bytes) -> None:
    """Ask for an instance whose machine image holds ``content``."""
    house.images.contents["http://walrus/machine"] = content
    boot = machine(record("machine", "sda", size=2**20, resource_location="http://walrus/machine"))
    house.ask("ncRunInstance", run_request(instance_type=boot))


@pytest.mark.parametrize("name", HOSTILE, ids=str)
def test_an_instance_of_such_an_image_ends_before_a_disk_is_made(name: str, tmp_path: Path) -> None:
    """Its owner is told what to do; nothing of the file has been opened by a program."""
    form, make = HOSTILE[name]
    path = tmp_path / "image"
    make(path)
    house = House(tmp_path / "state")
    launch(house, path.read_bytes())
    assert house.states() == {ID: "TEARDOWN"} and house.disks.made == []
    reason = house.world.roster.get(ID).reason  # type: ignore[union-attr]
    assert f"{form} format" in reason and "qemu-img convert" in reason
    assert SECRET not in reason


def test_an_instance_of_a_plain_image_runs(tmp_path: Path) -> None:
    """The twin of them all."""
    house = House(tmp_path)
    launch(house, b"\xeb\x63\x90".ljust(4096, b"\0"))
    assert house.states() == {ID: "RUNNING"} and len(house.disks.made) == 1
