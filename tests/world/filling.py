# SPDX-License-Identifier: BSD-2-Clause
"""A small disk, and how to fill it to the last block."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eucalyptus.command import run_now

MIB = 2**20


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of 1.4 GB, of which nothing is written before it is needed."""
    file = Path(tempfile.mkstemp(prefix="eucadisk", dir="/tmp")[1])
    place = Path(tempfile.mkdtemp(prefix="eucasmall", dir="/tmp"))
    os.truncate(file, 1400 * MIB)
    run_now(["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", str(file)])
    run_now(["mount", "-o", "loop", str(file), str(place)])
    try:
        yield place
    finally:
        run_now(["umount", "-l", str(place)])
        shutil.rmtree(place, ignore_errors=True)
        file.unlink()


def fill(place: Path) -> None:
    """Leave not a block."""
    with (place / "filler").open("wb") as file:
        facts = os.statvfs(place)
        for size in (facts.f_bavail * facts.f_frsize - 4 * MIB, MIB, 64 * 1024, 4096):
            grow(file.fileno(), size)


def grow(descriptor: int, size: int) -> None:
    """Take ``size`` bytes more, again and again until there is no room."""
    try:
        while True:
            os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, size)
    except OSError:
        return
