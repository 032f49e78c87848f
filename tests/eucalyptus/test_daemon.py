# SPDX-License-Identifier: BSD-2-Clause
"""What every daemon does before anything else."""

from __future__ import annotations

import sys

from eucalyptus.command import run_now

SCRIPT = """
import ctypes, resource
from eucalyptus.daemon import keep_memory_private
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
keep_memory_private()
print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_n15_keys_do_not_leave_by_a_core_dump() -> None:
    """None is written, and nobody who is not root may look into the process."""
    assert run_now([sys.executable, "-c", SCRIPT]).out.split()[:2] == [b"1", b"0"]
    assert run_now([sys.executable, "-c", SCRIPT]).out.endswith(b"(0, 0)\n")
