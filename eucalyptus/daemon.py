# SPDX-License-Identifier: BSD-2-Clause
"""Run a daemon: start it under the reactor, stop cleanly, fail loudly."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

MAKING_WAY = 0.0005
"""Seconds after which a busy reactor lets a thread go on that has come back from the disk or the
database. Python's own 5 ms, several times per transaction, are most of what callers wait for."""

log = Logger()

_PR_SET_DUMPABLE = 4


def run_daemon(starting: Coroutine[Any, Any, None], reactor: Any) -> None:
    """Start under ``reactor`` and run until stopped; exits with 1 when starting failed."""
    keep_memory_private()
    failed: list[Failure] = []

    def stop(failure: Failure) -> None:
        log.failure("the daemon cannot start", failure)
        failed.append(failure)
        reactor.stop()

    def begin() -> None:
        Deferred.fromCoroutine(starting).addCallbacks(lambda _: spare_what_stays(), stop)

    sys.setswitchinterval(MAKING_WAY)
    reactor.callWhenRunning(begin)
    reactor.run()
    sys.exit(1 if failed else 0)


def spare_what_stays() -> None:
    """Keep what was loaded at start, and lives as long as the daemon, out of every collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def keep_memory_private() -> None:
    """No core dumps, and no other process of the same user may read our memory: keys are in it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
