# SPDX-License-Identifier: BSD-2-Clause
"""Whole small files, replaced at once and durably."""

from __future__ import annotations

import os
from pathlib import Path

from eucalyptus.crashpoints import crashpoint


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Have ``path`` hold ``content``: readers, and a crash, see the old or the new, never half."""
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        crashpoint("nc.file.before_rename")
        partial.rename(path)
        crashpoint("nc.file.after_rename")
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """The same for what can be made or had again: a power cut may lose it."""
    partial = path.with_name(f".{path.name}.partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
    partial.rename(path)


def remove(path: Path) -> None:
    """Have ``path`` gone, durably."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in ``folder`` survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def head(path: Path, limit: int) -> bytes:
    """The first ``limit`` bytes of a file."""
    with path.open("rb") as file:
        return file.read(limit)


def tail(path: Path, limit: int) -> bytes:
    """The last ``limit`` bytes of a file, b"" when there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            return file.read(limit)
    except FileNotFoundError:
        return b""


def ends(path: Path, first: int, last: int) -> tuple[bytes, bytes]:
    """The first and the last so many bytes of a file."""
    return head(path, first), tail(path, last)
