# SPDX-License-Identifier: BSD-2-Clause
"""Places where a test may make a daemon die, on both sides of every effect outside the process.

``EUCA_CRASH=name`` kills the process with SIGKILL at the first pass through ``name``,
``EUCA_CRASH=name:3`` at the third. Without the variable a crash point does nothing. The variable
is read once, when the process starts.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

VARIABLE = "EUCA_CRASH"


def die() -> None:
    """End this process the way a power cut would: no cleaning up, no last words."""
    os.kill(os.getpid(), signal.SIGKILL)


class CrashPlan:
    """Which crash point kills, and at which pass; ``CrashPlan("")`` kills never."""

    def __init__(self, wish: str, kill: Callable[[], None] = die) -> None:
        name, _, nth = wish.partition(":")
        self._name, self._left = name, int(nth or 1) if name else 0
        self._kill = kill

    def reached(self, name: str) -> None:
        """Note that crash point ``name`` was passed; kills when it is the wished one."""
        if name != self._name or self._left == 0:
            return
        self._left -= 1
        if self._left == 0:
            self._kill()


_PLAN = CrashPlan(os.environ.get(VARIABLE, ""))


def crashpoint(name: str) -> None:
    """Mark a boundary of an effect outside the process: ``crashpoint("nc.run.after_start")``."""
    _PLAN.reached(name)
