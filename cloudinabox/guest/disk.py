# SPDX-License-Identifier: BSD-2-Clause
"""A whole disk that boots by BIOS: a FAT partition with syslinux, and the root partition."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cloudinabox.guest.packages import Stage
from cloudinabox.guest.root import LABEL
from eucalyptus.command import run_now

MIB = 1 << 20
SECTORS_PER_MIB = MIB // 512
CHUNK = 64 << 10
MENU = f"""SERIAL 0 115200
DEFAULT linux
PROMPT 0
TIMEOUT 0
LABEL linux
  KERNEL vmlinuz
  INITRD initrd
  APPEND root=LABEL={LABEL} rw console=ttyS0,115200 quiet
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What goes onto the disk, and the sizes of both partitions in MiB."""

    kernel: Path
    ramdisk: Path
    root: Path
    boot_mib: int
    root_mib: int

    @classmethod
    def of(cls, kernel: Path, ramdisk: Path, root: Path, boot_mib: int) -> Parts:
        """Parts whose root partition is as large as its image."""
        root_mib = -(-root.stat().st_size // MIB)
        return cls(kernel=kernel, ramdisk=ramdisk, root=root, boot_mib=boot_mib, root_mib=root_mib)

    def table(self) -> str:
        """The partition table as sfdisk reads it; the first partition begins at 1 MiB."""
        boot, root = self.boot_mib * SECTORS_PER_MIB, self.root_mib * SECTORS_PER_MIB
        first = SECTORS_PER_MIB
        return (
            "label: dos\n"
            f"start={first}, size={boot}, type=e, bootable\n"
            f"start={first + boot}, size={root}, type=83\n"
        )


def compose(stage: Stage, image: Path, parts: Parts) -> None:
    """Write the disk; sparse where the parts are empty."""
    with image.open("wb") as file:
        file.truncate((parts.boot_mib + parts.root_mib + 2) * MIB)
    run_now(["/sbin/sfdisk", "-q", str(image)], input=parts.table().encode())
    boot_code = stage.find("usr/lib/syslinux/mbr/mbr.bin").read_bytes()
    with image.open("r+b") as file:
        file.write(boot_code)
    _boot_partition(stage, image, parts)
    place(parts.root, image, (parts.boot_mib + 1) * MIB)


def _boot_partition(stage: Stage, image: Path, parts: Parts) -> None:
    # FAT16 with small clusters by force: mkfs.vfat would choose FAT12, which syslinux boots slowly.
    make = stage.find("sbin/mkfs.fat", "usr/sbin/mkfs.fat")
    shape = ("-F", "16", "-s", "4", "--offset", str(SECTORS_PER_MIB), "-n", "BOOT")
    run_now([str(make), *shape, str(image), str(parts.boot_mib * 1024)])
    menu = image.with_name("syslinux.cfg")
    menu.write_text(MENU)
    contents = ((parts.kernel, "vmlinuz"), (parts.ramdisk, "initrd"), (menu, "syslinux.cfg"))
    tools = stage.find("usr/bin/mtools").parent
    # syslinux calls mcopy and mattrib by name.
    env = {"PATH": f"{tools}:{os.environ.get('PATH', '/usr/bin:/bin')}", "MTOOLS_SKIP_CHECK": "1"}
    for source, name in contents:
        run_now(["mcopy", "-i", f"{image}@@1M", str(source), f"::/{name}"], env=env)
    installer = str(stage.find("usr/bin/syslinux"))
    run_now([installer, "--install", "--offset", str(MIB), str(image)], env=env)
    menu.unlink()


def place(part: Path, image: Path, offset: int) -> None:
    """Copy ``part`` into ``image`` at ``offset`` bytes, leaving holes where it is empty."""
    with part.open("rb") as source, image.open("r+b") as target:
        position = offset
        while chunk := source.read(CHUNK):
            if chunk.strip(b"\0"):
                target.seek(position)
                target.write(chunk)
            position += len(chunk)
