# SPDX-License-Identifier: BSD-2-Clause
"""Boot records become disks by the rules of the original, or are refused with a reason."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from nodecontroller.core.disks import (
    FIRST,
    GIB,
    SECTOR,
    BadBootRecord,
    Fetched,
    device,
    plan,
    sources,
)
from tests.nodecontroller.house import PARTITIONED, WHOLE, machine, record

MIB = 2**20
IMAGES = {
    "emi-machine": Fetched(size=4096, digest="m"),
    "emi-kernel": Fetched(size=10 * MIB, digest="k"),
    "emi-ramdisk": Fetched(size=MIB, digest="r"),
}


def test_a_partition_image_is_composed() -> None:
    """63 sectors, then root, ephemeral and swap without a gap; kernel and ramdisk outside."""
    made = plan(PARTITIONED, IMAGES)
    (disk,) = made.disks
    root, ephemeral, swap = disk.partitions
    assert (root.start, root.sectors, root.source) == (63, 8, "emi-machine")
    assert (ephemeral.start, ephemeral.sectors, ephemeral.filesystem) == (71, GIB // 512, "ext3")
    assert (swap.start, swap.filesystem) == (71 + GIB // 512, "none")
    assert disk.size == (swap.start + swap.sectors) * SECTOR and disk.device.disk == "sda"
    assert (made.kernel, made.ramdisk) == ("emi-kernel", "emi-ramdisk")


def test_a_whole_disk_image_stays_as_it_is() -> None:
    """The rest of the type's disk is a second disk."""
    root, ephemeral = plan(WHOLE, IMAGES).disks
    assert (root.source, root.size, root.key, root.partitions) == ("emi-machine", 4096, "", ())
    assert (ephemeral.filesystem, ephemeral.size, ephemeral.role) == ("ext3", GIB, "ephemeral0")


def test_a_composed_disk_is_known_by_content_and_layout() -> None:
    """Equal for equal images and sizes, whatever the images' ids; different otherwise."""
    key = plan(PARTITIONED, IMAGES).disks[0].key
    assert plan(PARTITIONED, IMAGES).disks[0].key == key
    newer = {**IMAGES, "emi-machine": Fetched(size=4096, digest="n")}
    assert plan(PARTITIONED, newer).disks[0].key != key
    larger = {**IMAGES, "emi-machine": Fetched(size=3000, digest="m")}
    assert plan(PARTITIONED, larger).disks[0].key == key


def test_what_is_fetched_comes_in_the_order_of_the_record() -> None:
    """With the size the cloud gave it."""
    found = [(s.kind, s.id, s.size) for s in sources(PARTITIONED)]
    assert found == [
        ("machine", "emi-machine", 4096), ("kernel", "emi-kernel", -1),
        ("ramdisk", "emi-ramdisk", -1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("sda1", ("sd", "a", 1)), ("/dev/vdb", ("vd", "b", 0)), ("xvda15", ("xvd", "a", 15)),
     ("hdc", ("hd", "c", 0))],
)  # fmt: skip
def test_device_names_are_read(name: str, wanted: tuple[str, str, int]) -> None:
    """With or without /dev/."""
    found = device(name)
    assert (found.bus, found.letter, found.number) == wanted


@pytest.mark.parametrize("name", ["none", "", "sda0", "sdaa", "../sda", "sda1\n", "nvme0n1", "sd1"])
def test_what_is_no_device_is_refused(name: str) -> None:
    """It would end up in XML and file names."""
    with pytest.raises(BadBootRecord):
        device(name)


ROOT = record("machine", "sda1", size=4096)
BAD = {
    "nothing to boot": machine(record("ephemeral", "sda", size=MIB)),
    "without gaps": machine(ROOT, record("ephemeral", "sda3", size=MIB)),
    "cannot also have": machine(ROOT, record("ephemeral", "sda", size=MIB)),
    "named in two ways": machine(ROOT, record("ephemeral", "vda2", size=MIB)),
    "61440 is the least": machine(ROOT, record("ephemeral", "sda2", size=61439)),
    "cannot be made": machine(ROOT, record("ephemeral", "sda2", size=MIB, format="ntfs")),
    "more than one": machine(ROOT, record("machine", "sdb1")),
    "needs a kernel": machine(ROOT, record("ramdisk", "none")),
    "'ebs' are not": machine(ROOT, record("ebs", "sdb")),
    "4 are the most": machine(
        ROOT, *(record("ephemeral", f"sda{n}", size=MIB) for n in range(2, 6))
    ),
    "64 are the most": machine(ROOT, *[record("kernel", "none")] * 64),
    "the type has 2 GiB": machine(ROOT, record("ephemeral", "sda2", size=2 * GIB)),
    "has no location": machine(record("machine", "sda1", resource_location=None)),
}


@pytest.mark.parametrize("why", BAD)
def test_an_unusable_record_is_refused_with_its_reason(why: str) -> None:
    """Before anything is fetched."""
    with pytest.raises(BadBootRecord, match=why):
        sources(BAD[why])


def test_an_image_larger_than_promised_is_refused() -> None:
    """The quota was reckoned with what was promised."""
    with pytest.raises(BadBootRecord, match="not the 4096"):
        plan(WHOLE, {**IMAGES, "emi-machine": Fetched(size=4097, digest="m")})


def test_an_empty_image_is_refused() -> None:
    """Nothing boots from it."""
    with pytest.raises(BadBootRecord, match="is empty"):
        plan(WHOLE, {**IMAGES, "emi-machine": Fetched(size=0, digest="m")})


def test_an_image_of_unknown_size_must_fit_the_type() -> None:
    """Whole disks too."""
    unknown = machine(record("machine", "sda"), disk=1)
    with pytest.raises(BadBootRecord, match="the type has 1 GiB"):
        plan(unknown, {"emi-machine": Fetched(size=GIB + SECTOR * 64, digest="m")})


SIZES = st.integers(min_value=61440, max_value=GIB // 8)


@given(image=st.integers(min_value=1, max_value=GIB // 8), blanks=st.lists(SIZES, max_size=3))
def test_partitions_never_overlap_and_hold_what_they_should(image: int, blanks: list[int]) -> None:
    """For every size: they begin after the first 63 sectors and follow each other."""
    rows: list[VirtualBootRecord] = [record("machine", "sda1", size=image)]
    rows += [record("ephemeral", f"sda{n}", size=s) for n, s in enumerate(blanks, 2)]
    wanted: VirtualMachine = machine(*rows)
    made = plan(wanted, {"emi-machine": Fetched(size=image, digest="m")})
    (disk,) = made.disks
    end = FIRST
    for part, size in zip(disk.partitions, [image, *blanks], strict=True):
        assert part.start == end and size <= part.sectors * SECTOR < size + SECTOR
        end += part.sectors
    assert disk.size == end * SECTOR


@given(st.permutations(list(PARTITIONED.virtual_boot_record)))
def test_the_order_of_records_does_not_matter(rows: list[VirtualBootRecord]) -> None:
    """Only their devices do."""
    shuffled = dataclasses.replace(PARTITIONED, virtual_boot_record=tuple(rows))
    assert plan(shuffled, IMAGES) == plan(PARTITIONED, IMAGES)
