# SPDX-License-Identifier: BSD-2-Clause
"""The life of an instance: every state, every event that moves it, every timer.

``TABLE`` is the whole of what may happen; ``cloudcontroller.compute.core.reconcile`` says when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from eucalyptus import properties
from eucalyptus.properties import Property

MINUTE = 60.0
DAY = 86400.0


class VmState(Enum):
    """The cloud's view of an instance. ``code`` is EC2's number for it."""

    PENDING = "pending"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"
    STOPPING = "stopping"
    STOPPED = "stopped"
    BURIED = "buried"

    @property
    def code(self) -> int:
        """EC2's state code; BURIED has one of its own that callers never see."""
        return _CODES[self]

    @property
    def shown(self) -> VmState:
        """The state callers are told: a buried instance is a terminated one."""
        return VmState.TERMINATED if self is VmState.BURIED else self

    @property
    def is_volatile(self) -> bool:
        """Whether the state is about to change, so that looking often pays."""
        return self in _VOLATILE

    @property
    def is_over(self) -> bool:
        """Whether nothing of the instance is left but its description."""
        return self in (VmState.TERMINATED, VmState.BURIED)


_CODES = {
    VmState.PENDING: 0,
    VmState.RUNNING: 16,
    VmState.SHUTTING_DOWN: 32,
    VmState.TERMINATED: 48,
    VmState.STOPPING: 64,
    VmState.STOPPED: 80,
    VmState.BURIED: 128,
}
_VOLATILE = frozenset({VmState.PENDING, VmState.SHUTTING_DOWN, VmState.STOPPING})


class Event(Enum):
    """What can happen to an instance, past tense."""

    REPORTED_RUNNING = "reported running"
    TERMINATE_ASKED = "terminate asked"
    STOP_ASKED = "stop asked"
    START_ASKED = "start asked"
    TORN_DOWN = "torn down by its node"
    VANISHED = "gone from its cluster"
    LAUNCH_FAILED = "launch failed"
    TIMED_OUT = "unreported for too long"
    TIMED_OUT_STOPPED = "unreported for too long, volume kept"
    EXPIRED = "past its expiration"
    EXPIRED_STOPPED = "past its expiration, volume kept"
    CAME_BACK = "reported after it was given up"
    BURIED = "described long enough"


_S, _E = VmState, Event

TABLE: Mapping[VmState, Mapping[Event, VmState]] = {
    _S.PENDING: {
        _E.REPORTED_RUNNING: _S.RUNNING,
        _E.TERMINATE_ASKED: _S.SHUTTING_DOWN,
        _E.TORN_DOWN: _S.SHUTTING_DOWN,
        _E.LAUNCH_FAILED: _S.SHUTTING_DOWN,
        _E.TIMED_OUT: _S.TERMINATED,
        _E.TIMED_OUT_STOPPED: _S.STOPPED,
        _E.EXPIRED: _S.SHUTTING_DOWN,
        _E.EXPIRED_STOPPED: _S.STOPPED,
    },
    _S.RUNNING: {
        _E.TERMINATE_ASKED: _S.SHUTTING_DOWN,
        _E.STOP_ASKED: _S.STOPPING,
        _E.TORN_DOWN: _S.SHUTTING_DOWN,
        _E.TIMED_OUT: _S.TERMINATED,
        _E.TIMED_OUT_STOPPED: _S.STOPPED,
        _E.EXPIRED: _S.SHUTTING_DOWN,
        _E.EXPIRED_STOPPED: _S.STOPPED,
    },
    _S.SHUTTING_DOWN: {
        _E.TERMINATE_ASKED: _S.SHUTTING_DOWN,
        _E.TORN_DOWN: _S.TERMINATED,
        _E.VANISHED: _S.TERMINATED,
        _E.LAUNCH_FAILED: _S.SHUTTING_DOWN,
        _E.TIMED_OUT: _S.TERMINATED,
    },
    _S.STOPPING: {
        _E.TERMINATE_ASKED: _S.SHUTTING_DOWN,
        _E.TORN_DOWN: _S.STOPPED,
        _E.VANISHED: _S.STOPPED,
        _E.TIMED_OUT_STOPPED: _S.STOPPED,
    },
    _S.STOPPED: {
        _E.START_ASKED: _S.PENDING,
        _E.TERMINATE_ASKED: _S.TERMINATED,
    },
    _S.TERMINATED: {
        _E.TERMINATE_ASKED: _S.TERMINATED,
        _E.CAME_BACK: _S.RUNNING,
        _E.BURIED: _S.BURIED,
    },
    _S.BURIED: {
        _E.TERMINATE_ASKED: _S.BURIED,
    },
}


class Reason(Enum):
    """Why an instance is in its state; the code of EC2's ``stateReason``."""

    NORMAL = ""
    USER_TERMINATED = "Client.UserInitiatedShutdown"
    INSTANCE_INITIATED = "Client.InstanceInitiatedShutdown"
    FAILED = "Server.InternalError"
    NO_CAPACITY = "Server.InsufficientInstanceCapacity"
    EXPIRED = "Server.InstanceExpired"
    UNREPORTED = "Server.InstanceUnreported"

    @property
    def is_restorable(self) -> bool:
        """Whether an instance ended for this reason is welcome back when it is reported alive."""
        return self is Reason.UNREPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Every timer of an instance's life, in seconds. Defaults are the original's."""

    pending: float = 60 * MINUTE
    initial_report: float = 300.0
    unreported: float = 180 * DAY
    touch: float = 15 * MINUTE
    shutting_down: float = 10 * MINUTE
    stopping: float = 10 * MINUTE
    terminated: float = 60 * MINUTE
    buried: float = 60 * MINUTE
    volatile_interval: float = 3.0
    volatile_timeout: float = 60.0
    settle: float = 40.0
    reachability: float = 5 * MINUTE

    def unreported_in(self, state: VmState) -> float:
        """How long an instance may go unreported in ``state`` before it is given up."""
        limits = {
            VmState.PENDING: self.pending,
            VmState.RUNNING: self.unreported,
            VmState.SHUTTING_DOWN: self.shutting_down,
            VmState.STOPPING: self.stopping,
        }
        return limits.get(state, float("inf"))


TIMERS: Mapping[str, Property[Any]] = {
    "pending": properties.PENDING_TIME,
    "initial_report": properties.INITIAL_REPORT_TIMEOUT,
    "unreported": properties.INSTANCE_TIMEOUT,
    "touch": properties.INSTANCE_TOUCH_INTERVAL,
    "shutting_down": properties.SHUT_DOWN_TIME,
    "stopping": properties.STOPPING_TIME,
    "terminated": properties.TERMINATED_TIME,
    "buried": properties.BURIED_TIME,
    "volatile_interval": properties.VOLATILE_INTERVAL,
    "volatile_timeout": properties.VOLATILE_TIMEOUT,
    "settle": properties.SETTLE_TIME,
    "reachability": properties.REACHABILITY_TIMEOUT,
}
"""Timer -> the cloud property that sets it."""


def timers(value: Callable[[Property[Any]], Any]) -> Timers:
    """The timers in force; ``value`` gives the value of a cloud property."""
    return Timers(**{name: float(value(declared)) for name, declared in TIMERS.items()})
