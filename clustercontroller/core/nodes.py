# SPDX-License-Identifier: BSD-2-Clause
"""One node as its cluster knows it: its state as a table, its resources, what it was promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from clustercontroller.core.capacity import NOTHING, Needs, Resources
from clustercontroller.core.scheduler import Candidate, NodeState
from eucalyptus.contracts.node import NcDescribeResourceResponse
from eucalyptus.machine import step


class NodeEvent(Enum):
    """What happens to a node, seen from its cluster."""

    ANSWERED = "answered"
    SILENT = "silent"
    SLEPT = "was sent to sleep"
    WOKEN = "was woken"
    OVERSLEPT = "did not wake in time"


_N, _E = NodeState, NodeEvent
TABLE: Mapping[NodeState, Mapping[NodeEvent, NodeState]] = {
    _N.RESDOWN: {_E.ANSWERED: _N.RESUP, _E.SILENT: _N.RESDOWN},
    _N.RESUP: {_E.ANSWERED: _N.RESUP, _E.SILENT: _N.RESDOWN, _E.SLEPT: _N.RESASLEEP},
    _N.RESASLEEP: {
        _E.ANSWERED: _N.RESUP, _E.SILENT: _N.RESASLEEP, _E.WOKEN: _N.RESWAKING,
        _E.SLEPT: _N.RESASLEEP,
    },
    _N.RESWAKING: {
        _E.ANSWERED: _N.RESUP, _E.SILENT: _N.RESWAKING, _E.WOKEN: _N.RESWAKING,
        _E.OVERSLEPT: _N.RESDOWN,
    },
}  # fmt: skip

FALLING_ASLEEP = 60.0
"""Seconds after ncPowerDown in which an answer is a node's last words and not an awakening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Room promised to an instance at ``made``, until the node counts the instance itself.

    ``kept`` is when the node accepted it; None while the call is under way.
    """

    needs: Needs
    made: float
    kept: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A host of the zone. Times are seconds of the controller's monotonic clock.

    ``missed`` counts the calls in a row that got no answer.
    """

    name: str
    url: str
    state: NodeState = NodeState.RESDOWN
    enabled: bool = False
    configured: bool = True
    since: float = 0.0
    reported: Resources = NOTHING
    promises: Mapping[str, Promise]
    hypervisor: str = ""
    iqn: str = ""
    migration_capable: bool = False
    network_version: str = ""
    missed: int = 0

    @property
    def free(self) -> Resources:
        """What the node reported, less what has been promised since."""
        resources = self.reported
        for promise in self.promises.values():
            resources = resources.less(promise.needs)
        return resources

    @property
    def service_state(self) -> str:
        """ENABLED, STOPPED (by its administrator) or NOTREADY, as DescribeServices shows it."""
        if self.state is NodeState.RESDOWN:
            return "NOTREADY"
        return "ENABLED" if self.enabled else "STOPPED"

    def candidate(self) -> Candidate:
        """The node as the scheduler sees it; an unconfigured one takes nothing."""
        enabled = self.enabled and self.configured
        return Candidate(name=self.name, state=self.state, enabled=enabled, free=self.free)

    def on(self, event: NodeEvent, now: float) -> Node:
        """The node after ``event``; ``since`` moves only when the state does."""
        state = step(TABLE, self.state, event)
        return self if state is self.state else replace(self, state=state, since=now)

    def answered(self, report: NcDescribeResourceResponse, asked: float, now: float) -> Node:
        """The node after its own account of itself, which was asked for at ``asked``."""
        if self.state is NodeState.RESASLEEP and now - self.since < FALLING_ASLEEP:
            return self
        waiting = {
            name: promise
            for name, promise in self.promises.items()
            if promise.kept is None or promise.kept >= asked
        }
        return replace(
            self.on(NodeEvent.ANSWERED, now),
            enabled=report.node_status == "enabled",
            reported=Resources.of(report),
            promises=waiting,
            hypervisor=report.hypervisor,
            iqn=report.iqn,
            migration_capable=report.migration_capable,
            missed=0,
        )

    def silent(self, now: float, patience: float) -> Node:
        """The node after a call that got no answer; ``patience`` seconds are given to wake up."""
        waking = self.state is NodeState.RESWAKING
        if waking and now - self.since > patience:
            return replace(self.on(NodeEvent.OVERSLEPT, now), reported=NOTHING, network_version="")
        node = replace(self.on(NodeEvent.SILENT, now), missed=self.missed + 1)
        if node.state is NodeState.RESDOWN:
            # What it is being asked for it may take when it is back.
            asked = {name: one for name, one in self.promises.items() if one.kept is None}
            return replace(node, reported=NOTHING, promises=asked, network_version="")
        return node

    def promise(self, instance_id: str, needs: Needs, now: float) -> Node:
        """The node with room set aside for an instance."""
        return self._promising({**self.promises, instance_id: Promise(needs=needs, made=now)})

    def keep(self, instance_id: str, now: float) -> Node:
        """The node once it has accepted the instance."""
        promise = self.promises.get(instance_id)
        if promise is None:
            return self
        return self._promising({**self.promises, instance_id: replace(promise, kept=now)})

    def release(self, instance_id: str) -> Node:
        """The node once the instance goes elsewhere or nowhere."""
        return self._promising({k: v for k, v in self.promises.items() if k != instance_id})

    def _promising(self, promises: Mapping[str, Promise]) -> Node:
        return replace(self, promises=promises)
