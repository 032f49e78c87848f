# SPDX-License-Identifier: BSD-2-Clause
"""The demo guest, built from Debian packages: no loop device, no mount, nothing installed.

``build(directory)`` gives a kernel, a ramdisk and a root partition (an EKI, an ERI and an EMI) and
a whole disk that boots by BIOS, all of the same small system: busybox, dropbear, e2fsprogs. It
takes about 20 seconds the first time; later calls find it in ``directory``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudinabox.guest import disk, packages, ramdisk, root

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "eucalyptus" / "guest"
ROOT_MIB = 24
BOOT_MIB = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Files of the demo guest: raw images except the kernel and the gzipped ramdisk.

    ``root`` is a bare ext4 partition (24 MiB, grows at boot); ``disk`` a whole BIOS-bootable disk.
    The login is ``root`` by the key pair of the instance, from the metadata service.
    """

    kernel: Path
    ramdisk: Path
    root: Path
    disk: Path

    @classmethod
    def at(cls, directory: Path) -> Guest:
        """The guest whose files lie in ``directory``."""
        return cls(
            kernel=directory / "kernel",
            ramdisk=directory / "ramdisk",
            root=directory / "root",
            disk=directory / "disk",
        )


def recipe() -> str:
    """Digest of everything this package does: a changed recipe is a new guest."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, so that two builders at once make one guest."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_built(directory: Path = CACHE) -> bool:
    """Whether ``build`` will find the guest made."""
    return (directory / recipe()).exists()


def build(directory: Path = CACHE) -> Guest:
    """The demo guest under ``directory``; built if it is not there yet.

    Needs apt-get and dpkg-deb with a reachable Debian archive, mke2fs, sfdisk and depmod. Raises
    eucalyptus.command.CommandFailed with the program's own words.
    """
    finished = directory / recipe()
    with _alone(directory):
        if not finished.exists():
            work = directory / "work"
            shutil.rmtree(work, ignore_errors=True)
            _make(work)
            (work / "result").rename(finished)
            shutil.rmtree(work, ignore_errors=True)
    return Guest.at(finished)


def _make(work: Path) -> None:
    guest = Guest.at(work / "result")
    guest.kernel.parent.mkdir(parents=True)
    stage = packages.unpack(work / "packages", work / "stage")
    shutil.copyfile(stage.kernel, guest.kernel)
    guest.ramdisk.write_bytes(ramdisk.text(stage))
    tree = root.tree(stage, work / "root")
    root.partition(tree, guest.root, ROOT_MIB)
    disk.compose(
        stage, guest.disk, disk.Parts.of(guest.kernel, guest.ramdisk, guest.root, BOOT_MIB)
    )
