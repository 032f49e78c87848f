# SPDX-License-Identifier: BSD-2-Clause
"""What a killed PostgreSQL leaves behind: backends without a postmaster, locks without either.

PostgreSQL refuses to start while a backend of the old server lives (rightly: two writers), and
when its pid file names a number that now belongs to somebody else (wrongly).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from twisted.logger import Logger

_log = Logger()
_STEP = 0.1
PROGRAM = "postgres"


def living(cluster: Path) -> list[int]:
    """Pids of all PostgreSQL processes that work inside the data directory ``cluster``."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            inside = os.readlink(entry / "cwd") == str(cluster.resolve())
            if inside and (entry / "comm").read_text().strip() == PROGRAM:
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)


def _gone(cluster: Path, seconds: float, pause: Callable[[float], object]) -> bool:
    for _ in range(int(seconds / _STEP)):
        if not living(cluster):
            return True
        pause(_STEP)
    return not living(cluster)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def postmaster(cluster: Path) -> int | None:
    """The pid of the living postmaster of ``cluster``, if it has one."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if pid in living(cluster) else None


def clear(cluster: Path, socket: Path, pause: Callable[[float], object]) -> None:
    """Make way for a new server on ``cluster``: nothing of the old one runs or locks afterwards.

    Orphans get five seconds to notice that their postmaster is gone. A postmaster that is still
    alive (its supervisor died) is asked to shut down properly, since it is ours to replace.
    """
    alive = postmaster(cluster)
    if alive is not None:
        _log.warn("stopping the PostgreSQL that still runs, pid {pid}", pid=alive)
        _signal([alive], signal.SIGINT)
        _gone(cluster, 20, pause)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if _gone(cluster, 5, pause):
            break
        _signal(living(cluster), number)
    for stale in (cluster / "postmaster.pid", socket, Path(f"{socket}.lock")):
        if stale.exists():
            _log.info("removing stale {path}", path=stale)
            stale.unlink()
