# SPDX-License-Identifier: BSD-2-Clause
"""The initial ramdisk: busybox, the drivers a guest may meet, and ``files/init``."""

from __future__ import annotations

import gzip
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudinabox.guest.packages import Stage

FILES = Path(__file__).parent / "files"
DRIVERS = (
    "virtio_pci", "virtio_blk", "virtio_net", "virtio_scsi", "sd_mod", "ata_piix", "virtio_rng",
    "e1000", "8139cp", "button", "evdev", "xen-blkfront", "xen-netfront",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of an archive: ``mode`` with its file type, ``content`` bytes or a target."""

    name: str
    mode: int
    content: bytes = b""


def folder(name: str) -> Entry:
    """A directory."""
    return Entry(name=name, mode=stat.S_IFDIR | 0o755)


def program(name: str, content: bytes) -> Entry:
    """An executable file."""
    return Entry(name=name, mode=stat.S_IFREG | 0o755, content=content)


def link(name: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(name=name, mode=stat.S_IFLNK | 0o777, content=target.encode())


def _padded(text: bytes) -> bytes:
    return text + b"\0" * (-len(text) % 4)


def _record(number: int, entry: Entry) -> bytes:
    name = entry.name.encode() + b"\0"
    fields = (number, entry.mode, 0, 0, 1, 0, len(entry.content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return _padded(header + name) + _padded(entry.content)


def archive(entries: Iterable[Entry]) -> bytes:
    """The entries as a ``newc`` cpio archive, owned by root, without times: same in, same out."""
    numbered = enumerate([*entries, Entry(name="TRAILER!!!", mode=0)], start=1)
    return b"".join(_record(number, entry) for number, entry in numbered)


def _plain(path: str) -> str:
    return Path(path).name.split(".ko")[0].replace("-", "_")


def load_order(dependencies: str, drivers: Sequence[str]) -> list[str]:
    """Module paths in the order to load them, from the text of ``modules.dep``.

    A driver that is not there is built into the kernel, or the kernel does without it.
    """
    needs: Mapping[str, tuple[str, list[str]]] = {
        _plain(path): (path, rest.split())
        for path, _, rest in (line.partition(":") for line in dependencies.splitlines())
    }
    order: list[str] = []
    for driver in drivers:
        path, first = needs.get(_plain(driver), ("", []))
        # modules.dep lists the deepest dependency last.
        order += [one for one in (*reversed(first), path) if one and one not in order]
    return order


def text(stage: Stage) -> bytes:
    """The gzipped ramdisk."""
    paths = load_order((stage.modules / "modules.dep").read_text(), DRIVERS)
    names = [Path(path).name for path in paths]
    folders = ("bin", "proc", "sys", "dev", "newroot", "lib", "lib/modules")
    entries = [
        *map(folder, folders),
        program("init", (FILES / "init").read_bytes()),
        program("bin/busybox", stage.find("bin/busybox", "usr/bin/busybox").read_bytes()),
        link("bin/sh", "busybox"),
        program("lib/modules/order", "".join(f"{name}\n" for name in names).encode()),
    ]
    for path, name in zip(paths, names, strict=True):
        entries.append(program(f"lib/modules/{name}", (stage.modules / path).read_bytes()))
    return gzip.compress(archive(entries), mtime=0)
