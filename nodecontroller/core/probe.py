# SPDX-License-Identifier: BSD-2-Clause
"""A guest of one sector that says a word on its serial port: proof that a hypervisor runs guests.

``/dev/kvm`` that opens, and even a guest that "runs", prove nothing: there are machines whose KVM
accepts a guest and never executes an instruction of it, and such whose KVM gets as far as a boot
sector but not into an operating system. So the sector does what a kernel does first: it enters
64-bit mode, with paging, and computes.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

NAME = "eucalyptus-probe"
UUID = "e0ca1e57-0000-4000-8000-000000000001"
WORD = b"eucalyptus was here\r\n"

_CODE = bytes.fromhex(
    "31c0 8ed8 8ec0 8ed0 bc007c fa"  # real mode: segments 0, stack below us, no interrupts
    "66bf00100000 66b9000c0000 6631c0 fc 66f3ab"  # clear three pages from 0x1000
    "c70600100320 c70600200330 c70600308300"  # page tables: the first 2 MiB, mapped to themselves
    "66b820000000 0f22e0"  # cr4: PAE
    "66b800100000 0f22d8"  # cr3: the page tables
    "66b9800000c0 0f32 660d00010000 0f30"  # EFER: long mode
    "0f20c0 660d01000080 0f22c0"  # cr0: paging and protection
    "0f0116987c ea697c0800"  # load the descriptors, jump into 64-bit code
    "b980969800 ffc9 75fc"  # count down from ten million: an instant, unless it is emulated
    "be9e7c0000 baf8030000"  # the word, the first serial port
    "ac 84c0 7403 ee ebf8"  # write byte after byte until a zero
    "f4 ebfd 90"  # rest
    "0000000000000000 00000000009a2000"  # descriptors: none, 64-bit code
    "0f00 887c0000"  # where they are
)


def sector() -> bytes:
    """The 512 bytes that the probe boots from."""
    body = _CODE + WORD + b"\0"
    return body.ljust(510, b"\0") + b"\x55\xaa"


def xml(kind: str, disk: str, console: str) -> str:
    """The domain XML of a probe of domain type ``kind``."""
    domain = ET.Element("domain", type=kind)
    for name, text in (("name", NAME), ("uuid", UUID), ("memory", "32768"), ("vcpu", "1")):
        ET.SubElement(domain, name).text = text
    os = ET.SubElement(domain, "os")
    ET.SubElement(os, "type", arch="x86_64", machine="pc").text = "hvm"
    ET.SubElement(os, "boot", dev="hd")
    devices = ET.SubElement(domain, "devices")
    drive = ET.SubElement(devices, "disk", type="file", device="disk")
    ET.SubElement(drive, "driver", name="qemu", type="raw")
    ET.SubElement(drive, "source", file=disk)
    ET.SubElement(drive, "target", dev="hda", bus="ide")
    serial = ET.SubElement(devices, "serial", type="file")
    ET.SubElement(serial, "source", path=console)
    return ET.tostring(domain, encoding="unicode")
