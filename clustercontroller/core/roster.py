# SPDX-License-Identifier: BSD-2-Clause
"""The nodes of a zone and the instances they hold. No I/O: times and reports are handed in.

Truth about instances comes from nodes. An instance belongs to the node that was asked to run it
or that reported it first; another node's report of it is believed only once the first one has
let it go, so that the source of a migration wins over its destination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clustercontroller.core.attempts import Book
from clustercontroller.core.capacity import Needs, Resources
from clustercontroller.core.nodes import Node, NodeEvent
from clustercontroller.core.scheduler import Candidate, NodeState
from eucalyptus.contracts.node import Instance, NcDescribeResourceResponse

TEARDOWN = "Teardown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An instance of the zone.

    ``placing`` while no node has accepted it yet; ``seen`` is when it was last reported.
    """

    node: str
    report: Instance
    seen: float
    placing: bool = False

    @property
    def gone(self) -> bool:
        """Whether its node has let it go."""
        return self.report.state_name == TEARDOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a node's report of its instances led to.

    ``changed`` when the zone looks different; ``strays`` must be terminated on that node;
    ``disputed`` are held by another node and were not believed.
    """

    changed: bool = False
    strays: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()


class Roster:
    """Everything a cluster controller knows; lost on a restart and relearned by asking.

    Only ``book`` is remembered: which nodes were asked to run what. ``settled`` becomes True when
    it holds less than was written down.
    """

    def __init__(self, *, wake_patience: float = 300.0, book: Book | None = None) -> None:
        self.book = Book() if book is None else book
        self._begun: float | None = None
        self._nodes: dict[str, Node] = {}
        self._held: dict[str, Held] = {}
        self._doomed: dict[str, float] = {}
        self._homeless: dict[str, Needs] = {}
        self.settled = False
        self.wake_patience = wake_patience

    # --- nodes ---------------------------------------------------------------------------------
    def configure(self, urls: Mapping[str, str], now: float) -> None:
        """Take over the node list: name -> URL in order. A removed node stays while it holds."""
        self._begun = now if self._begun is None else self._begun
        kept = {
            name: replace(node, configured=False)
            for name, node in self._nodes.items()
            if name not in urls and any(held.node == name for held in self._held.values())
        }
        ordered: dict[str, Node] = {}
        for name, url in urls.items():
            node = self._nodes.get(name) or Node(name=name, url=url, since=now, promises={})
            ordered[name] = replace(node, url=url, configured=True)
        self._nodes = ordered | kept

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, configured ones first and in their order."""
        return tuple(self._nodes.values())

    def node(self, name: str) -> Node | None:
        """The node called ``name``."""
        return self._nodes.get(name)

    def candidates(self) -> Sequence[Candidate]:
        """The nodes as the scheduler sees them."""
        return [node.candidate() for node in self._nodes.values()]

    def resources(self) -> list[Resources]:
        """What every node that takes instances has; sleeping ones can be woken and count.

        Room for those that have lost their node is taken off somewhere: the cloud believes in them.
        """
        free = [
            node.free
            for node in self._nodes.values()
            if node.enabled and node.configured and node.state is not NodeState.RESDOWN
        ]
        for needs in self._homeless.values():
            at = next((at for at, one in enumerate(free) if one.fits(needs)), None)
            if at is not None:
                free[at] = free[at].less(needs)
        return free

    def shown(self) -> tuple[Held, ...]:
        """All instances, as the cloud is told of them now.

        From now on it knows of those that no node took, and reckons with them itself.
        """
        self._homeless = {k: needs for k, needs in self._homeless.items() if k in self._held}
        return tuple(self._held.values())

    def answered(
        self, name: str, report: NcDescribeResourceResponse, asked: float, now: float
    ) -> bool:
        """A node described itself; True when its state or willingness changed."""
        return self._put(name, lambda node: node.answered(report, asked, now))

    def heard_of(self, name: str) -> None:
        """A node spoke of itself: whatever it missed before, it is worth asking now."""
        self._put(name, lambda node: replace(node, missed=0))

    def silent(self, name: str, now: float) -> bool:
        """A node did not answer; True when that is new."""
        return self._put(name, lambda node: node.silent(now, self.wake_patience))

    def slept(self, name: str, now: float) -> None:
        """A node was sent to sleep; what it has remains, since it can be woken."""
        self._put(name, lambda node: node.on(NodeEvent.SLEPT, now))

    def woken(self, name: str, now: float) -> None:
        """A sleeping node was sent its wake-up call."""
        self._put(name, lambda node: node.on(NodeEvent.WOKEN, now))

    def asleep(self, name: str, resources: Resources, now: float) -> None:
        """Remember after a restart that a node sleeps, and what it has."""
        node = self._nodes.get(name)
        if node is not None and node.state is NodeState.RESDOWN:
            self._nodes[name] = replace(
                node, state=NodeState.RESASLEEP, enabled=True, reported=resources, since=now
            )

    def enable(self, name: str, *, enabled: bool) -> None:
        """A node's administrator changed whether it takes instances."""
        self._put(name, lambda node: replace(node, enabled=enabled))

    def told_network(self, name: str, version: str) -> None:
        """A node has taken the network-info document of ``version``."""
        self._put(name, lambda node: replace(node, network_version=version))

    def _put(self, name: str, change: Callable[[Node], Node]) -> bool:
        node = self._nodes.get(name)
        if node is None:
            return False
        made = self._nodes[name] = change(node)
        return (made.state, made.enabled) != (node.state, node.enabled)

    # --- placing -------------------------------------------------------------------------------
    def place(self, name: str, report: Instance, needs: Needs, now: float) -> str:
        """An instance goes to node ``name``: it takes room there and is shown from now on.

        Gives the line to write down before the node is asked.
        """
        self._homeless.pop(report.instance_id, None)
        self._put(name, lambda node: node.promise(report.instance_id, needs, now))
        self._held[report.instance_id] = Held(node=name, report=report, seen=now, placing=True)
        return self.book.ask(report.instance_id, name)

    def accepted(self, instance_id: str, report: Instance | None, now: float) -> str:
        """The node took the instance; ``report`` is its first account of it. Gives a line."""
        held = self._held[instance_id]
        self._put(held.node, lambda node: node.keep(instance_id, now))
        self._held[instance_id] = replace(
            held, report=report or held.report, placing=False, seen=now
        )
        return self.book.take(instance_id, held.node)

    def declined(self, instance_id: str) -> None:
        """The node surely does not have the instance: its room there is free again."""
        self.declined_on(self._held[instance_id].node, instance_id)

    def unplaced(self, instance_id: str) -> None:
        """No node is known to have taken the instance: the zone no longer shows it.

        One that was silent may have it; when it says so, it is shown, since the cloud asks again
        until it has it or ends it.
        """
        held = self._held.pop(instance_id)
        self.declined_on(held.node, instance_id)

    def declined_on(self, name: str, instance_id: str) -> None:
        """Free the room that ``name`` kept for an instance, which has no node now."""
        node = self._nodes.get(name)
        promise = node.promises.get(instance_id) if node else None
        if promise is not None:
            self._homeless[instance_id] = promise.needs
            self._put(name, lambda node: node.release(instance_id))

    # --- instances -----------------------------------------------------------------------------
    def reported(self, name: str, instances: Iterable[Instance], now: float) -> Account:
        """Take in a node's account of its instances."""
        changed, strays, disputed = False, [], []
        for report in instances:
            held = self._held.get(report.instance_id)
            if report.state_name != TEARDOWN and self._must_go(name, report.instance_id, held):
                strays.append(report.instance_id)
            if not self._believed(name, report, held):
                disputed.append(report.instance_id)
                continue
            changed = changed or held is None or held.node != name or _differ(held.report, report)
            self._held[report.instance_id] = Held(node=name, report=report, seen=now)
        return Account(changed=changed, strays=tuple(strays), disputed=tuple(disputed))

    def _believed(self, name: str, report: Instance, held: Held | None) -> bool:
        if held is None:
            return not self.book.is_stray(report.instance_id, name)
        return held.node == name or (held.gone and report.state_name != TEARDOWN)

    def _must_go(self, name: str, instance_id: str, held: Held | None) -> bool:
        """Doomed everywhere, or left behind here when it went to another node."""
        if self.is_doomed(instance_id) or self.book.is_stray(instance_id, name):
            return True
        # While another node is still being asked this may be the only copy there will be.
        if held is None or held.gone or held.placing or held.node == name:
            return False
        return name in self.book[instance_id].nodes

    def doom(self, instance_id: str, now: float) -> None:
        """An instance must die although its node cannot be told now."""
        self._doomed[instance_id] = now

    def pardon(self, instance_id: str) -> None:
        """The cloud wants an instance (again)."""
        self._doomed.pop(instance_id, None)

    def is_doomed(self, instance_id: str) -> bool:
        """Whether an instance must die wherever it shows up."""
        return instance_id in self._doomed

    def held(self, instance_ids: Iterable[str] = ()) -> tuple[Held, ...]:
        """The instances asked for that are known, or all of them."""
        wanted = tuple(instance_ids)
        if not wanted:
            return tuple(self._held.values())
        return tuple(self._held[name] for name in wanted if name in self._held)

    def holder(self, instance_id: str) -> Node | None:
        """The node that has an instance."""
        held = self._held.get(instance_id)
        return self._nodes.get(held.node) if held else None

    def purge(self, now: float, age: float) -> tuple[str, ...]:
        """Forget instances unseen for ``age`` seconds, and removed nodes that hold nothing."""
        old = tuple(
            name for name, held in self._held.items() if now - held.seen > age and not held.placing
        )
        for name in old:
            del self._held[name]
        self.settled = self.book.settle(old) or self.settled
        if self._begun is not None and now - self._begun > age:
            # Long enough for every node to have reported what it has.
            unheld = [name for name in self.book if name not in self._held]
            self.settled = self.book.settle(unheld) or self.settled
        self._doomed = {k: when for k, when in self._doomed.items() if now - when <= 24 * 3600.0}
        holding = {held.node for held in self._held.values()}
        self._nodes = {
            name: node for name, node in self._nodes.items() if node.configured or name in holding
        }
        return old

    def idle(self) -> tuple[str, ...]:
        """Nodes that hold nothing alive and have promised nothing."""
        busy = {held.node for held in self._held.values() if not held.gone}
        return tuple(
            name for name, node in self._nodes.items() if name not in busy and not node.promises
        )


def _differ(before: Instance, after: Instance) -> bool:
    """Whether somebody should hear of it; counters grow all the time and are no news."""
    return replace(before, blkbytes=after.blkbytes, netbytes=after.netbytes) != after
