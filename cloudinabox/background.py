# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus-box-background PROGRAM ARGUMENTS``: run a program in the background.

The program becomes the parent of everything below it that loses its own parent. Guests and the
QEMUs that libvirt only asks for their abilities are such orphans, and libvirt waits until they are
buried; the first process of a container is sometimes slow at that.
"""

from __future__ import annotations

import ctypes
import os
import sys

_SET_CHILD_SUBREAPER = 36


def detach() -> None:
    """Leave the caller's session and its standard streams."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants; survives exec."""
    ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main() -> None:
    """The program."""
    detach()
    adopt_orphans()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606
