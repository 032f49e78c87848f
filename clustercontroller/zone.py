# SPDX-License-Identifier: BSD-2-Clause
"""The running zone: what operations and loops share. Made once, in service.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from clustercontroller.core.nodes import Node
from clustercontroller.core.roster import Roster
from clustercontroller.core.services import (
    TABLE,
    ServiceEvent,
    ServiceState,
    Topology,
    forwarded,
    learn,
)  # fmt: skip
from clustercontroller.drivers.documents import Documents
from clustercontroller.drivers.joint import Joint
from clustercontroller.drivers.journal import Journal
from clustercontroller.drivers.nodes import Nodes
from clustercontroller.drivers.placement import Placer
from clustercontroller.drivers.power import Power
from clustercontroller.drivers.switchboard import Switchboard
from clustercontroller.settings import Settings
from eucalyptus.contracts.internal import Message
from eucalyptus.machine import step
from eucalyptus.wire.networkinfo import World

A = TypeVar("A", bound=Message)
B = TypeVar("B")

MONITOR = "monitor"
"""The correlation id of the controller's own polls, as the original's."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network-info document in force: its bytes, and what they say."""

    document: bytes
    world: World


@dataclass(slots=True, kw_only=True)
class Zone:
    """One availability zone: what is known, who can be asked, and the way to do both.

    ``now`` gives seconds of a monotonic clock, ``wall`` seconds since 1970. ``changed`` is called
    with a word whenever the cloud should look again; ``poll`` asks one node at once.
    """

    settings: Settings
    hosts: frozenset[str]
    reactor: IReactorTime
    now: Callable[[], float]
    wall: Callable[[], float]
    nodes: Nodes
    power: Power
    placer: Placer
    documents: Documents
    journal: Journal
    roster: Roster
    switchboard: Switchboard
    changed: Callable[[str], None] = field(default=lambda subject: None)
    poll_all: Callable[[], Awaitable[None]] | None = None
    broadcast: Callable[[], None] = field(default=lambda: None)
    state: ServiceState = ServiceState.LOADED
    topology: Topology = field(default_factory=Topology)
    network: Network | None = None
    cursor: int = 0
    placing: Joint = field(default_factory=Joint)
    troubles: int = 0
    log: Logger = field(default_factory=Logger)

    @property
    def enabled(self) -> bool:
        """Whether requests are executed."""
        return self.state is ServiceState.ENABLED

    def on(self, event: ServiceEvent) -> None:
        """Move the service; raises WrongState."""
        state = step(TABLE, self.state, event)
        if state is not self.state:
            self.log.info("{old} -> {new} on {event}", old=self.state.value, new=state.value,
                          event=event.value)  # fmt: skip
            self.state = state
            self.changed("state")

    def hear(self, message: Message, *, authoritative: bool = False) -> None:
        """Learn the topology that a message of the cloud carries."""
        self.topology = learn(self.topology, message, authoritative=authoritative)

    async def ask(
        self,
        node: Node,
        call: Callable[[str, A], Awaitable[B]],
        message: A,
        *,
        request_id: str = MONITOR,
        patience: float = 20.0,
    ) -> B:
        """Ask a node with the head every call carries; raises Unreachable or Declined."""
        whole = forwarded(
            self.topology, message, node=node.name.partition(":")[0], correlation=request_id
        )
        return await self.switchboard.call(node, call, whole, patience)

    @property
    def mac_prefix(self) -> str:
        """The zone's MAC prefix: the network document's, else the original's default."""
        if self.network is not None:
            for cluster in self.network.world.clusters:
                if cluster.name == self.topology.partition:
                    return cluster.mac_prefix
        return "d0:0d"

    def answered(self, ask: Message, answer: B) -> B:
        """``answer`` with the head every answer carries, unless the body has filled it."""
        head = {
            "correlation_id": ask.correlation_id,
            "user_id": ask.user_id,
            "epoch": self.topology.epoch,
        }
        if getattr(answer, "succeeded", None) is None:
            head |= {"succeeded": True, "status_message": "0"}
        return replace(answer, **head)  # type: ignore[type-var]
