# SPDX-License-Identifier: BSD-2-Clause
"""Domain XML: by libvirt's own schema, for every hypervisor and every kind of instance."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from nodecontroller.core import probe
from nodecontroller.core.disks import Device
from nodecontroller.core.domain import Drive, Guest, Host, Interface, Virtio, command_line, xml

SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")
KINDS = ("kvm", "qemu", "xen")
VIRTIO = tuple(
    Virtio(root=root, disk=disk, net=net)
    for root, disk, net in itertools.product((True, False), repeat=3)
)


@cache
def schema() -> etree.RelaxNG:
    """libvirt's schema of domains."""
    if not SCHEMA.exists():
        pytest.skip("libvirt's schemas are not installed")
    return etree.RelaxNG(etree.parse(str(SCHEMA)))


def guest(**facts: Any) -> Guest:
    """A guest with two disks."""
    drives = (
        Drive(path="/i/disk-a.qcow2", format="qcow2", device=Device(bus="sd", letter="a")),
        Drive(path="/i/disk-b.raw", format="raw", device=Device(bus="sd", letter="b"),
              role="ephemeral0"),
    )  # fmt: skip
    made: dict[str, Any] = {
        "id": "i-0badcafe", "uuid": "0badcafe-0000-4000-8000-000000000000", "memory": 256,
        "cores": 2, "drives": drives, "console": "/i/console.log",
        "interfaces": (Interface(owner="i-0badcafe", mac="D0:0D:0B:AD:CA:FE"),),
    }  # fmt: skip
    return Guest(**{**made, **facts})


BOOTED = {"kernel": "/i/kernel", "ramdisk": "/i/ramdisk"}
GUESTS = {
    "disk": {},
    "kernel": BOOTED,
    "kernel only": {"kernel": "/i/kernel"},
    "root": {**BOOTED, "root": "root=LABEL=<&>"},
    "windows": {"windows": True},
}


def parsed(text: str) -> Any:
    """The XML as a tree."""
    return etree.fromstring(text.encode())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", GUESTS)
def test_every_domain_is_valid_for_libvirt(kind: str, name: str) -> None:
    """With every mixture of virtual devices, with and without a display."""
    for virtio, vnc in itertools.product(VIRTIO, (False, True)):
        text = xml(guest(**GUESTS[name]), Host(kind=kind, bridge="br0", virtio=virtio, vnc=vnc))
        assert schema().validate(parsed(text)), f"{schema().error_log}\n{text}"


@pytest.mark.parametrize("kind", ["kvm", "qemu"])
def test_the_probe_is_valid_for_libvirt(kind: str) -> None:
    """And its disk is a boot sector."""
    text = probe.xml(kind, "/p/disk", "/p/console")
    assert schema().validate(parsed(text)), str(schema().error_log)
    assert len(probe.sector()) == 512 and probe.sector().endswith(b"\x55\xaa")


def test_every_disk_names_its_format() -> None:
    """A guest that writes a qcow2 header into its raw disk gains nothing."""
    for kind in KINDS:
        tree = parsed(xml(guest(), Host(kind=kind, bridge="br0")))
        assert [d.get("type") for d in tree.iterfind(".//disk/driver")] == ["qcow2", "raw"]


def test_the_console_is_appended_to() -> None:
    """Over reboots and migrations."""
    tree = parsed(xml(guest(), Host(kind="qemu", bridge="br0")))
    source = tree.find(".//serial/source")
    assert dict(source.attrib) == {"path": "/i/console.log", "append": "on"}


def test_the_tap_carries_the_instance() -> None:
    """Its name is how eucanetd knows whose it is, and fits what Linux allows."""
    tree = parsed(xml(guest(), Host(kind="kvm", bridge="eucabr0")))
    assert tree.find(".//interface/target").get("dev") == "vn_i-0badcafe"
    assert tree.find(".//interface/mac").get("address") == "d0:0d:0b:ad:ca:fe"
    assert tree.find(".//interface/source").get("bridge") == "eucabr0"


def test_a_guest_under_emulation_gets_a_small_translation_cache() -> None:
    """KVM has none."""
    caches = [
        parsed(xml(guest(), Host(kind=kind, bridge="br0"))).find(".//tb-cache") is not None
        for kind in KINDS
    ]
    assert caches == [False, True, False]


@pytest.mark.parametrize(
    ("kind", "virtio", "wanted"),
    [
        ("kvm", True, ["vda", "vdb"]),
        ("kvm", False, ["sda", "sdb"]),
        ("xen", False, ["xvda", "xvdb"]),
    ],
)
def test_disks_are_named_by_their_bus(kind: str, virtio: bool, wanted: list[str]) -> None:
    """USE_VIRTIO_* turns sd into vd, Xen turns everything into xvd."""
    host = Host(kind=kind, bridge="br0", virtio=Virtio(root=virtio, disk=virtio))
    tree = parsed(xml(guest(), host))
    assert [t.get("dev") for t in tree.iterfind(".//disk/target")] == wanted


def test_the_command_line_names_root_and_console() -> None:
    """Unless the image's owner says otherwise."""
    kvm, xen = Host(kind="kvm", bridge="b"), Host(kind="xen", bridge="b")
    plain = Host(kind="kvm", bridge="b", virtio=Virtio(root=False))
    assert command_line(guest(**BOOTED), kvm) == "root=/dev/vda1 console=ttyS0"
    assert command_line(guest(**BOOTED), plain) == "root=/dev/sda1 console=ttyS0"
    assert command_line(guest(**BOOTED), xen) == "root=/dev/xvda1 console=hvc0"
    assert command_line(guest(root="root=/dev/md0"), kvm) == "root=/dev/md0 console=ttyS0"


def test_serial_numbers_tell_disks_apart() -> None:
    """As the original wrote them."""
    tree = parsed(xml(guest(), Host(kind="kvm", bridge="br0")))
    assert [s.text for s in tree.iterfind(".//disk/serial")] == [
        "euca-bdm-root-dev-sda", "euca-bdm-ephemeral0-dev-sdb",
    ]  # fmt: skip


def test_a_node_with_kvm_gives_guests_its_processor() -> None:
    """Cores are cores of one socket."""
    tree = parsed(xml(guest(), Host(kind="kvm", bridge="br0")))
    assert tree.find("cpu").get("mode") == "host-model"
    assert dict(tree.find("cpu/topology").attrib) == {"sockets": "1", "cores": "2", "threads": "1"}
    assert tree.find("memory").text == "256" and tree.find("vcpu").text == "2"
