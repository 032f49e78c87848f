# SPDX-License-Identifier: BSD-2-Clause
"""Small files that several daemons of a host have mapped: memory they share."""

from __future__ import annotations

import mmap
import os
from pathlib import Path


def mapped(path: Path, size: int) -> mmap.mmap:
    """The file ``path`` of ``size`` bytes, mapped to be read and written; zeros when it is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(handle, size)
        return mmap.mmap(handle, size)
    finally:
        os.close(handle)
