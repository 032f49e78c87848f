# SPDX-License-Identifier: BSD-2-Clause
"""What a file says it is: disk formats that are not a disk's own bytes, told by their marks.

A machine image is raw: the bytes that the guest's disk begins with. A file in another format would
either boot to nothing or, opened by a program that believes its header, name files of this host.
So it is refused by its mark, before any such program sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = 4096
TAIL = 512
"""Bytes of a file's beginning and end that are looked at."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """``bytes`` at ``place`` of the beginning, or of the last 512 bytes when ``at_end``."""

    format: str
    bytes: bytes
    place: int = 0
    at_end: bool = False


MARKS: Sequence[_Mark] = (
    _Mark("qcow2", b"QFI\xfb"),
    _Mark("QED", b"QED\0"),
    _Mark("VMDK", b"KDMV"),
    _Mark("VMDK", b"COWD"),
    _Mark("VMDK", b"# Disk DescriptorFile"),
    _Mark("VHDX", b"vhdxfile"),
    _Mark("VHD", b"conectix"),
    _Mark("VHD", b"conectix", at_end=True),
    _Mark("VDI", b"\x7f\x10\xda\xbe", place=0x40),
    _Mark("LUKS", b"LUKS\xba\xbe"),
    _Mark("Parallels", b"WithoutFreeSpace"),
    _Mark("Parallels", b"WithouFreSpacExt"),
    _Mark("DMG", b"koly", at_end=True),
    _Mark("cloop", b"#!/bin/sh\n#V2.0 Format"),
    _Mark("gzip", b"\x1f\x8b\x08"),
    _Mark("xz", b"\xfd7zXZ\0"),
    _Mark("bzip2", b"BZh"),
    _Mark("zstd", b"\x28\xb5\x2f\xfd"),
)


def foreign(head: bytes, tail: bytes) -> str:
    """The format that a file's first and last bytes claim; "" for the plain bytes of a disk."""
    for mark in MARKS:
        where = tail if mark.at_end else head
        if where.startswith(mark.bytes, mark.place):
            return mark.format
    return ""
