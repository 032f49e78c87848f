# SPDX-License-Identifier: BSD-2-Clause
"""Every state of an instance on its node, on one screen.

The cluster sees only three of them (``outward``): Pending, Extant, Teardown. An instance is Extant
from the moment its domain was started and stays so until its disks are gone; one that never got
that far stays Pending until it, too, is torn down.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class State(Enum):
    """What the node knows of an instance. The names of the original."""

    STAGING = "Staging"
    BOOTING = "Booting"
    RUNNING = "Running"
    BLOCKED = "Waiting"
    PAUSED = "Paused"
    SHUTDOWN = "Shutdown"
    SHUTOFF = "Shutoff"
    CRASHED = "Crashed"
    CANCELED = "Canceled"
    TEARDOWN = "Teardown"


class Event(Enum):
    """What can happen to an instance; past tense."""

    STARTED = "its domain was started"
    STAGING_FAILED = "its disks, its hook, its network or its domain could not be made"
    STAGING_EXPIRED = "it was staging for too long"
    BOOTING_EXPIRED = "it was booting for too long without a domain"
    TERMINATED = "its end was asked for"
    SEEN_RUNNING = "the hypervisor says its domain runs"
    SEEN_BLOCKED = "the hypervisor says its domain waits"
    SEEN_PAUSED = "the hypervisor says its domain is paused"
    SEEN_SHUTDOWN = "the hypervisor says its domain is shutting down"
    SEEN_CRASHED = "the hypervisor says its domain crashed"
    VANISHED = "the hypervisor no longer has its domain"
    CLEANED = "its domain is gone and its files are removed"


S, E = State, Event

_SEEN = {
    E.SEEN_RUNNING: S.RUNNING,
    E.SEEN_BLOCKED: S.BLOCKED,
    E.SEEN_PAUSED: S.PAUSED,
    E.SEEN_SHUTDOWN: S.SHUTDOWN,
    E.SEEN_CRASHED: S.CRASHED,
}
_LIVE = {**_SEEN, E.VANISHED: S.SHUTOFF, E.TERMINATED: S.SHUTOFF}

TABLE: Mapping[State, Mapping[Event, State]] = {
    S.STAGING: {
        E.STARTED: S.BOOTING,
        # A domain seen while staging: the node died between starting it and writing that down.
        **_SEEN,
        E.STAGING_FAILED: S.SHUTOFF,
        E.STAGING_EXPIRED: S.SHUTOFF,
        E.TERMINATED: S.CANCELED,
    },
    S.CANCELED: {E.STAGING_FAILED: S.SHUTOFF, E.CLEANED: S.TEARDOWN},
    S.BOOTING: {**_LIVE, E.BOOTING_EXPIRED: S.SHUTOFF},
    S.RUNNING: _LIVE,
    S.BLOCKED: _LIVE,
    S.PAUSED: _LIVE,
    S.SHUTDOWN: _LIVE,
    S.CRASHED: {E.VANISHED: S.SHUTOFF, E.TERMINATED: S.SHUTOFF, E.CLEANED: S.TEARDOWN},
    S.SHUTOFF: {E.CLEANED: S.TEARDOWN},
    S.TEARDOWN: {},
}

STARTED = frozenset({S.BOOTING, S.RUNNING, S.BLOCKED, S.PAUSED})
"""States in which the cluster is told Extant, and may ask for a reboot."""
ENDING = frozenset({S.CANCELED, S.SHUTOFF, S.CRASHED})
"""States that wait for their domain and their files to be removed."""
OVER = ENDING | {S.TEARDOWN}
"""States in which a domain of that name must not run."""


def outward(state: State, was_extant: bool) -> str:
    """What the cluster is told of ``state``; ``was_extant``: whether it was told Extant before."""
    if state is State.TEARDOWN:
        return "Teardown"
    return "Extant" if was_extant or state in STARTED else "Pending"
