# SPDX-License-Identifier: BSD-2-Clause
"""Virtual boot record -> what to fetch and which disks to make of it, in order; never makes them.

Records that name partitions (``sda1``, ``sda2`` …) are composed into one disk: 63 sectors with an
MBR, then the partitions, gapless, all primary. A record that names a whole device (``sda``) is a
disk as it is. Sizes are bytes, places on a disk sectors of 512 bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine

SECTOR = 512
FIRST = 63
"""Sectors before the first partition, as BIOS disks have had them since the days of CHS."""
GIB = 2**30
SMALLEST_BLANK = 61440
"""Bytes below which no filesystem fits."""
MOST_PARTITIONS = 4
MOST_RECORDS = 64
BLANKS = ("ephemeral", "swap")
MACHINE = "machine"
FETCHED = (MACHINE, "kernel", "ramdisk")
FILESYSTEMS = ("none", "ext2", "ext3", "ext4", "swap")
DEVICE = re.compile(r"(?:/dev/)?(?P<bus>x?[hsv]d)(?P<letter>[a-z])(?P<number>[1-9][0-9]?)?\Z")


class BadBootRecord(ValueError):
    """A boot record that no disk can be made of; the text says why, for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A guest device: ``bus`` as the name's first letters ("sd", "vd", "xvd"), partition or 0."""

    bus: str
    letter: str
    number: int = 0

    @property
    def disk(self) -> str:
        """The disk's name, without the partition."""
        return self.bus + self.letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An image to fetch. ``size`` is what the cloud says it has, -1 when it does not."""

    kind: str
    id: str
    location: str
    size: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An image that is here: its exact size, and a digest that changes when its content does."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition: filled from the image ``source`` (an image id), or blank with a filesystem."""

    number: int
    start: int
    sectors: int
    source: str = ""
    filesystem: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk to make. ``key`` is the name of its base in the cache, "" for one that needs none.

    It has partitions, or it is the image ``source``, or it is blank, perhaps with a filesystem.
    """

    device: Device
    size: int
    key: str = ""
    source: str = ""
    filesystem: str = "none"
    partitions: tuple[Partition, ...] = ()
    role: str = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything an instance boots from: disks in device order, image ids of kernel, ramdisk."""

    disks: tuple[Disk, ...]
    kernel: str = ""
    ramdisk: str = ""


@dataclass(slots=True)
class _Sorted:
    fetched: dict[str, VirtualBootRecord] = field(default_factory=dict)
    disks: dict[str, list[tuple[Device, VirtualBootRecord]]] = field(default_factory=dict)


def device(name: str) -> Device:
    """Read a device name; raises BadBootRecord for one that no guest has."""
    found = DEVICE.match(name)
    if found is None:
        raise BadBootRecord(f"'{name}' is not a guest device; one looks like sda, sda1 or vdb")
    return Device(
        bus=found["bus"], letter=found["letter"], number=int(found["number"] or 0)
    )  # fmt: skip


def sources(machine: VirtualMachine) -> tuple[Source, ...]:
    """What to fetch, in the order of the boot record; raises BadBootRecord when it is unusable."""
    sort = _sort(machine.virtual_boot_record)
    _check_sizes(machine)
    return tuple(
        Source(
            kind=kind,
            id=record.id or kind,
            location=record.resource_location or "",
            size=-1 if record.size is None else record.size,
        )
        for kind, record in sort.fetched.items()
    )


def plan(machine: VirtualMachine, images: Mapping[str, Fetched]) -> Plan:
    """The disks to make, once every image is here; ``images`` by image id.

    Raises BadBootRecord when what came does not fit what was promised.
    """
    sort = _sort(machine.virtual_boot_record)
    _check_images(sort, images)
    disks = tuple(_disk(entries, images) for _, entries in sorted(sort.disks.items()))
    total = sum(d.size for d in disks)
    room = (machine.disk or 0) * GIB + FIRST * SECTOR * len(disks)
    if total > room:
        raise BadBootRecord(f"the disks need {total} bytes, the type has {machine.disk} GiB")
    ids = {kind: record.id or kind for kind, record in sort.fetched.items()}
    return Plan(disks=disks, kernel=ids.get("kernel", ""), ramdisk=ids.get("ramdisk", ""))


def _sort(records: Sequence[VirtualBootRecord]) -> _Sorted:
    if len(records) > MOST_RECORDS:
        raise BadBootRecord(f"{len(records)} boot records; {MOST_RECORDS} are the most")
    sort = _Sorted()
    for record in records:
        kind = (record.type or "").rstrip("0123456789")
        if kind in FETCHED:
            _sort_image(sort, kind, record)
        if kind == MACHINE or kind in BLANKS:
            place = device(record.guest_device_name or "none")
            sort.disks.setdefault(place.letter, []).append((place, record))
        elif kind not in FETCHED:
            raise BadBootRecord(f"boot records of type '{record.type}' are not supported here")
    if MACHINE not in sort.fetched:
        raise BadBootRecord("no boot record of type 'machine': there is nothing to boot")
    if "ramdisk" in sort.fetched and "kernel" not in sort.fetched:
        raise BadBootRecord("a ramdisk needs a kernel")
    for entries in sort.disks.values():
        _check_layout(entries)
    return sort


def _sort_image(sort: _Sorted, kind: str, record: VirtualBootRecord) -> None:
    if kind in sort.fetched:
        raise BadBootRecord(f"more than one boot record of type '{kind}'")
    if (record.resource_location or "none") == "none":
        raise BadBootRecord(f"the {kind} image {record.id} has no location")
    sort.fetched[kind] = record


def _check_layout(entries: list[tuple[Device, VirtualBootRecord]]) -> None:
    entries.sort(key=lambda entry: entry[0].number)
    name = entries[0][0].disk
    numbers = [place.number for place, _ in entries]
    if {place.bus for place, _ in entries} != {entries[0][0].bus}:
        raise BadBootRecord(f"disk {name} is named in two ways")
    if numbers[0] == 0 and len(numbers) > 1:
        raise BadBootRecord(f"{name} is a whole disk and cannot also have partitions")
    if numbers[0] > 0 and numbers != list(range(1, len(numbers) + 1)):
        raise BadBootRecord(f"the partitions of {name} must be 1, 2, 3 … without gaps: {numbers}")
    if len(numbers) > MOST_PARTITIONS:
        raise BadBootRecord(f"{name} has {len(numbers)} partitions; {MOST_PARTITIONS} are the most")


def _check_sizes(machine: VirtualMachine) -> None:
    total = 0
    for record in machine.virtual_boot_record:
        size = -1 if record.size is None else record.size
        if (record.type or "").rstrip("0123456789") in BLANKS:
            if size < SMALLEST_BLANK:
                raise BadBootRecord(f"{record.type} of {size} bytes; {SMALLEST_BLANK} is the least")
            if (record.format or "none") not in FILESYSTEMS:
                raise BadBootRecord(f"filesystem '{record.format}' cannot be made here")
        total += max(size, 0)
    if total > (machine.disk or 0) * GIB:
        raise BadBootRecord(f"the disks need {total} bytes, the type has {machine.disk} GiB")


def _check_images(sort: _Sorted, images: Mapping[str, Fetched]) -> None:
    for kind, record in sort.fetched.items():
        image = images.get(record.id or kind)
        if image is None or image.size <= 0:
            raise BadBootRecord(f"the {kind} image {record.id} is empty")
        if kind == MACHINE and 0 <= (record.size or -1) < image.size:
            raise BadBootRecord(
                f"image {record.id} has {image.size} bytes, not the {record.size} it was said to"
            )


def _up(size: int) -> int:
    return -(-size // SECTOR)


def _disk(
    entries: Sequence[tuple[Device, VirtualBootRecord]], images: Mapping[str, Fetched]
) -> Disk:
    place, record = entries[0]
    if place.number:
        return _composed(entries, images)
    if record.type == MACHINE:
        image = images[record.id or MACHINE]
        size = max(_up(image.size) * SECTOR, record.size or 0)
        return Disk(device=place, size=size, source=record.id or MACHINE)
    size, filesystem = _up(record.size or 0) * SECTOR, record.format or "none"
    # Two blanks of one instance must not be the same filesystem twice: its UUID would be, too.
    key = "" if filesystem == "none" else _key(f"{place.letter} {size} {filesystem}")
    return Disk(
        device=place, size=size, key=key, filesystem=filesystem, role=record.type or "ephemeral"
    )


def _composed(
    entries: Sequence[tuple[Device, VirtualBootRecord]], images: Mapping[str, Fetched]
) -> Disk:
    made, start = [], FIRST
    for place, record in entries:
        image = images[record.id or MACHINE] if record.type == MACHINE else None
        sectors = _up(max(record.size or 0, image.size if image else 0))
        made.append(
            Partition(
                number=place.number,
                start=start,
                sectors=sectors,
                source=(record.id or MACHINE) if image else "",
                filesystem="none" if image else record.format or "none",
            )
        )
        start += sectors
    whole = Device(bus=entries[0][0].bus, letter=entries[0][0].letter)
    key = _key(_layout(made, images))
    return Disk(device=whole, size=start * SECTOR, key=key, partitions=tuple(made))


def _layout(partitions: Sequence[Partition], images: Mapping[str, Fetched]) -> str:
    return "\n".join(
        f"{p.start} {p.sectors} {images[p.source].digest if p.source else p.filesystem}"
        for p in partitions
    )


def _key(text: str) -> str:
    return "dsk-" + hashlib.sha256(text.encode()).hexdigest()[:32]
