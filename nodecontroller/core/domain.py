# SPDX-License-Identifier: BSD-2-Clause
"""An instance and its host -> the libvirt domain XML, for kvm, qemu and xen.

Every disk names its format, so that nothing a guest writes into a raw disk can ever be read as an
image header; every path, name and text goes through an XML writer, never through a format string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from nodecontroller.core.disks import Device

TAP = "vn_"
TB_CACHE = 32
"""MiB of translation cache for qemu without KVM: 190 instead of 400 MiB for a small guest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Virtio:
    """Which devices are paravirtual (USE_VIRTIO_ROOT, _DISK, _NET)."""

    root: bool = True
    disk: bool = True
    net: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What of the host shows in a domain. ``kind`` is "kvm", "qemu" or "xen"."""

    kind: str
    bridge: str
    virtio: Virtio = Virtio()
    vnc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A disk file: its ``format`` is "raw" or "qcow2"; ``role`` names it in its serial number."""

    path: str
    format: str
    device: Device
    role: str = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network interface: ``owner`` (instance or interface id) names its tap."""

    owner: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One instance as a machine. ``memory`` in MiB; ``kernel`` "" boots from the first disk.

    ``root`` replaces the root part of the kernel's command line (the original's rootDirective).
    """

    id: str
    uuid: str
    memory: int
    cores: int
    drives: tuple[Drive, ...]
    interfaces: tuple[Interface, ...]
    console: str
    kernel: str = ""
    ramdisk: str = ""
    root: str = ""
    windows: bool = False


def xml(guest: Guest, host: Host) -> str:
    """The domain XML of ``guest`` on ``host``."""
    domain = ET.Element("domain", type=host.kind)
    _text(domain, "name", guest.id)
    _text(domain, "uuid", guest.uuid)
    _text(domain, "memory", str(guest.memory), unit="MiB")
    _text(domain, "vcpu", str(guest.cores))
    _boot(domain, guest, host)
    _features(domain, guest, host)
    ET.SubElement(domain, "clock", offset="localtime" if guest.windows else "utc")
    for when, do in (("poweroff", "destroy"), ("reboot", "restart"), ("crash", "destroy")):
        _text(domain, f"on_{when}", do)
    devices = ET.SubElement(domain, "devices")
    for drive in guest.drives:
        _drive(devices, drive, host)
    for interface in guest.interfaces:
        _interface(devices, interface, host)
    _console(devices, guest, host)
    _extras(devices, host)
    return ET.tostring(domain, encoding="unicode")


def target(device: Device, host: Host) -> Device:
    """Where a device of the boot record shows up in the guest."""
    letters = device.bus
    if _is_paravirtual(host):
        letters = "xvd"
    elif letters != "hd" and (host.virtio.root if device.letter == "a" else host.virtio.disk):
        letters = "vd"
    return Device(bus=letters, letter=device.letter, number=device.number)


def command_line(guest: Guest, host: Host) -> str:
    """The kernel's command line: the root disk's first partition, the console we record."""
    drive = next((d for d in guest.drives if d.role == "root"), guest.drives[0])
    place = target(drive.device, host)
    root = guest.root or f"root=/dev/{place.disk}1"
    return f"{root} console={'hvc0' if _is_paravirtual(host) else 'ttyS0'}"


def _is_paravirtual(host: Host) -> bool:
    return host.kind == "xen"


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text


def _boot(domain: ET.Element, guest: Guest, host: Host) -> None:
    os = ET.SubElement(domain, "os")
    if _is_paravirtual(host) and guest.kernel:
        _text(os, "type", "linux", arch="x86_64", machine="xenpv")
    elif _is_paravirtual(host):
        _text(os, "type", "hvm", arch="x86_64", machine="xenfv")
    else:
        _text(os, "type", "hvm", arch="x86_64", machine="pc")
    if guest.kernel:
        _text(os, "kernel", guest.kernel)
        if guest.ramdisk:
            _text(os, "initrd", guest.ramdisk)
        _text(os, "cmdline", command_line(guest, host))
    else:
        ET.SubElement(os, "boot", dev="hd")


def _features(domain: ET.Element, guest: Guest, host: Host) -> None:
    if not (_is_paravirtual(host) and guest.kernel):
        features = ET.SubElement(domain, "features")
        ET.SubElement(features, "acpi")
        ET.SubElement(features, "apic")
        if host.kind == "qemu":
            tcg = ET.SubElement(features, "tcg")
            _text(tcg, "tb-cache", str(TB_CACHE), unit="MiB")
    if not _is_paravirtual(host):
        mode = "host-model" if host.kind == "kvm" else "maximum"
        cpu = ET.SubElement(domain, "cpu", mode=mode)
        ET.SubElement(cpu, "topology", sockets="1", cores=str(guest.cores), threads="1")


_BUSES: Mapping[str, str] = {"vd": "virtio", "xvd": "xen", "hd": "ide", "sd": "sata"}


def _drive(devices: ET.Element, drive: Drive, host: Host) -> None:
    disk = ET.SubElement(devices, "disk", type="file", device="disk")
    driver = {"name": "qemu", "type": drive.format, "cache": "none"}
    if _is_paravirtual(host):
        driver = {"name": "qemu", "type": drive.format}
    ET.SubElement(disk, "driver", driver)
    ET.SubElement(disk, "source", file=drive.path)
    place = target(drive.device, host)
    ET.SubElement(disk, "target", dev=place.disk, bus=_BUSES[place.bus])
    if not _is_paravirtual(host):
        _text(disk, "serial", f"euca-bdm-{drive.role}-dev-{drive.device.disk}")


def _interface(devices: ET.Element, interface: Interface, host: Host) -> None:
    nic = ET.SubElement(devices, "interface", type="bridge")
    ET.SubElement(nic, "mac", address=interface.mac.lower())
    ET.SubElement(nic, "source", bridge=host.bridge)
    ET.SubElement(nic, "target", dev=TAP + interface.owner)
    if not _is_paravirtual(host):
        ET.SubElement(nic, "model", type="virtio" if host.virtio.net else "e1000")


def _console(devices: ET.Element, guest: Guest, host: Host) -> None:
    if _is_paravirtual(host) and guest.kernel:
        # libxl writes guests' consoles by xenconsoled: a pty with a log file is all it can do.
        console = ET.SubElement(devices, "console", type="pty")
        ET.SubElement(console, "target", type="xen", port="0")
        return
    serial = ET.SubElement(devices, "serial", type="file")
    # Without append a restarted or migrated guest would begin by emptying its own log.
    ET.SubElement(serial, "source", path=guest.console, append="on")
    ET.SubElement(serial, "target", port="0")


def _extras(devices: ET.Element, host: Host) -> None:
    if not _is_paravirtual(host) and host.virtio.disk:
        rng = ET.SubElement(devices, "rng", model="virtio")
        _text(rng, "backend", "/dev/urandom", model="random")
    if host.vnc:
        ET.SubElement(
            devices, "graphics", type="vnc", port="-1", autoport="yes", listen="127.0.0.1"
        )
