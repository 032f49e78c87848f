# SPDX-License-Identifier: BSD-2-Clause
"""Image + type -> virtual boot record: what a node puts behind which device of the guest.

A partition image is composed into one disk: root ``sda1``, ephemeral ``sda2``, swap ``sda3``,
booted by kernel and ramdisk from outside. A whole-disk image is ``sda`` as it is; what the type
has beyond it becomes ``sdb``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudcontroller.compute.core.types import VmType
from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from eucalyptus.contracts.refusals import DISK_TOO_SMALL

GIB = 2**30
SWAP = 512 * 2**20
SMALLEST_EPHEMERAL = 61440
SECTOR = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Whether the cloud formats the extra disks (properties ``cloud.vmtypes.format_*``)."""

    ephemeral: bool = True
    swap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The images an instance is made of; ``kernel_id`` "" means a whole-disk image.

    ``sizes`` holds the bytes of each image unbundled, ``urls`` where a node fetches it.
    """

    image_id: str
    kernel_id: str = ""
    ramdisk_id: str = ""
    sizes: Mapping[str, int]
    urls: Mapping[str, str]


def ephemeral_size(sources: Sources, type: VmType) -> int:
    """Bytes left for the ephemeral disk; refuses a type whose disk cannot hold the image."""
    image = sources.sizes[sources.image_id]
    extra = SWAP if sources.kernel_id else 0
    left = (type.disk * GIB - image - extra) // SECTOR * SECTOR
    least = SMALLEST_EPHEMERAL if sources.kernel_id else 0
    if left < least:
        needed = -(-(image + extra + least) // GIB)
        raise DISK_TOO_SMALL(
            image_id=sources.image_id, needed=needed, type=type.name, disk=type.disk
        )
    return left if left >= SMALLEST_EPHEMERAL else 0


def boot_record(sources: Sources, type: VmType, formats: Formats) -> tuple[VirtualBootRecord, ...]:
    """The records in the order the original sends them: machine, kernel, ramdisk, disks."""
    whole = not sources.kernel_id
    records = [_image(sources, sources.image_id, "machine", "sda" if whole else "sda1")]
    if sources.kernel_id:
        records.append(_image(sources, sources.kernel_id, "kernel", "none"))
    if sources.ramdisk_id:
        records.append(_image(sources, sources.ramdisk_id, "ramdisk", "none"))
    left = ephemeral_size(sources, type)
    if left:
        filesystem = "ext3" if formats.ephemeral else "none"
        records.append(_blank("ephemeral0", "sdb" if whole else "sda2", left, filesystem))
    if not whole:
        records.append(_blank("swap", "sda3", SWAP, "swap" if formats.swap else "none"))
    return tuple(records)


def virtual_machine(sources: Sources, type: VmType, formats: Formats) -> VirtualMachine:
    """The type and its boot record as the cluster's contract carries them."""
    return VirtualMachine(
        name=type.name,
        memory=type.memory,
        cores=type.cpu,
        disk=type.disk,
        virtual_boot_record=boot_record(sources, type, formats),
    )


def _image(sources: Sources, image_id: str, kind: str, device: str) -> VirtualBootRecord:
    return VirtualBootRecord(
        resource_location=sources.urls[image_id],
        guest_device_name=device,
        size=sources.sizes[image_id] if kind == "machine" else -1,
        format="none",
        id=image_id,
        type=kind,
    )


def _blank(kind: str, device: str, size: int, filesystem: str) -> VirtualBootRecord:
    return VirtualBootRecord(
        resource_location="none",
        guest_device_name=device,
        size=size,
        format=filesystem,
        id="none",
        type=kind,
    )


def devices(root: str, *, partitioned: bool) -> dict[str, str]:
    """Virtual name -> device, as callers and guests are told of an image with root device ``root``.

    ``partitioned``: the image is one partition, booted by a kernel from outside.
    """
    beyond = {"ephemeral0": "sda2", "swap": "sda3"} if partitioned else {"ephemeral0": "sdb"}
    return {"emi": root.removeprefix("/dev/"), **beyond, "root": root}
