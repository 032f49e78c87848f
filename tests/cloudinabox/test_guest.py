# SPDX-License-Identifier: BSD-2-Clause
"""The pure parts of the demo guest: the archive, the order of drivers, the partition table."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudinabox.guest import disk, packages, ramdisk
from eucalyptus.command import run_now

NAMES = st.lists(st.text("abcdefghij", min_size=1, max_size=9), min_size=1, max_size=6, unique=True)


@given(NAMES, st.binary(max_size=40))
def test_cpio_reads_our_archive(names: list[str], content: bytes) -> None:
    """The kernel's format, checked by cpio itself: the names come back, in order."""
    entries = [ramdisk.program(name, content) for name in names]
    listing = run_now(["cpio", "-t", "--quiet"], input=ramdisk.archive(entries)).out
    assert listing.decode().split() == names


def test_an_archive_holds_folders_programs_and_links(tmp_path: Path) -> None:
    """Types, modes and contents survive."""
    entries = [
        ramdisk.folder("bin"),
        ramdisk.program("bin/tool", b"#!/bin/sh\n"),
        ramdisk.link("bin/sh", "tool"),
    ]
    run_now(["cpio", "-i", "-d", "--quiet", "-D", str(tmp_path)], input=ramdisk.archive(entries))
    tool = tmp_path / "bin" / "tool"
    assert tool.read_bytes() == b"#!/bin/sh\n"
    assert stat.S_IMODE(tool.stat().st_mode) == 0o755
    assert (tmp_path / "bin" / "sh").readlink() == Path("tool")


def test_dependencies_load_first_and_once() -> None:
    """modules.dep lists the deepest dependency last."""
    listing = (
        "a/virtio.ko:\na/virtio_ring.ko: a/virtio.ko\na/net.ko: a/virtio_ring.ko a/virtio.ko\n"
    )
    order = ramdisk.load_order(listing, ["net", "virtio-ring", "built-in"])
    assert order == ["a/virtio.ko", "a/virtio_ring.ko", "a/net.ko"]


def test_the_kernel_behind_the_metapackage() -> None:
    """apt names the versioned package; an apt without index names none."""
    listing = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-99-cloud-amd64\n"
    assert packages.kernel_package(listing) == "linux-image-6.1.0-99-cloud-amd64"
    with pytest.raises(LookupError, match="apt-get update"):
        packages.kernel_package("")


def test_partitions_follow_each_other() -> None:
    """The boot partition begins at 1 MiB, the root partition where it ends."""
    parts = disk.Parts(kernel=Path("k"), ramdisk=Path("r"), root=Path("e"), boot_mib=2, root_mib=3)
    lines = parts.table().splitlines()
    assert lines[1].startswith("start=2048, size=4096,")
    assert lines[2].startswith("start=6144, size=6144,")


def test_a_part_is_placed_sparsely(tmp_path: Path) -> None:
    """Empty stretches stay holes; the rest lands at its offset."""
    part, image = tmp_path / "part", tmp_path / "image"
    part.write_bytes(b"\0" * disk.CHUNK + b"x" * 10)
    image.write_bytes(b"")
    disk.place(part, image, 4096)
    assert image.read_bytes()[4096 + disk.CHUNK :] == b"x" * 10
