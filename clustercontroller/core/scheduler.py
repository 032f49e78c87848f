# SPDX-License-Identifier: BSD-2-Clause
"""Which node takes an instance. A policy is one pure function and one line of POLICIES.

A policy sees the nodes in the order of NODES, the needs of one instance, and the slot where the
circle goes on; it names a slot or None. USER is not here: its choice is made by a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from clustercontroller.core.capacity import Needs, Resources


class NodeState(IntEnum):
    """What a cluster knows of a node's power and voice; the numbers are the original's."""

    RESDOWN = 0
    RESUP = 1
    RESASLEEP = 2
    RESWAKING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A node as the policies see it. ``enabled``: its administrator lets it take instances."""

    name: str
    state: NodeState
    enabled: bool
    free: Resources

    def takes(self, needs: Needs) -> bool:
        """Whether the instance fits and the node may have it, powered or not."""
        return self.enabled and self.free.fits(needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The chosen slot, whether the node must be woken first, and where the circle goes on."""

    slot: int
    wake: bool = False
    cursor: int = 0


Policy = Callable[[Sequence[Candidate], Needs, int], Placement | None]

_POWERED = (NodeState.RESUP, NodeState.RESWAKING)


def greedy(nodes: Sequence[Candidate], needs: Needs, cursor: int) -> Placement | None:
    """The first powered node with room; if none has, the first sleeping one, to be woken."""
    asleep: int | None = None
    for slot, node in enumerate(nodes):
        if not node.takes(needs):
            continue
        if node.state in _POWERED:
            return Placement(slot=slot, cursor=cursor)
        if node.state is NodeState.RESASLEEP and asleep is None:
            asleep = slot
    return None if asleep is None else Placement(slot=asleep, wake=True, cursor=cursor)


def round_robin(nodes: Sequence[Candidate], needs: Needs, cursor: int) -> Placement | None:
    """The next node with room that is not down, going round from ``cursor``."""
    for step in range(len(nodes)):
        slot = (cursor + step) % len(nodes)
        node = nodes[slot]
        if node.state is not NodeState.RESDOWN and node.takes(needs):
            wake = node.state is NodeState.RESASLEEP
            return Placement(slot=slot, wake=wake, cursor=(slot + 1) % len(nodes))
    return None


POLICIES: Mapping[str, Policy] = {
    "GREEDY": greedy,
    "ROUNDROBIN": round_robin,
    "POWERSAVE": greedy,  # the choice is the same; periodic/power.py puts idle nodes to sleep
}
DEFAULT_POLICY = "GREEDY"


def targeted(nodes: Sequence[Candidate], needs: Needs, name: str) -> Placement | None:
    """The node called ``name`` if it has room and is up or can be woken; no other."""
    for slot, node in enumerate(nodes):
        if node.name == name and node.takes(needs) and node.state is not NodeState.RESDOWN:
            return Placement(slot=slot, wake=node.state is NodeState.RESASLEEP)
    return None


# --- USER: a program of the administrator's ----------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Lodger:
    """An instance as a USER program is told about it; times in seconds since 1970."""

    instance_id: str
    state: str
    host_slot: int
    needs: Needs | None
    public_ip: str
    private_ip: str
    owner_id: str
    account_id: str
    launched: int


def node_lines(nodes: Iterable[Candidate]) -> str:
    """The text of the program's first file: a line per node, slots counted from 1."""
    return "".join(
        f"idx={slot},ip={node.name},state={int(node.state)},availmem={node.free.memory_free},"
        f"availdisk={node.free.disk_free},availcores={node.free.cores_free}\n"
        for slot, node in enumerate(nodes, 1)
    )


def instance_lines(lodgers: Iterable[Lodger]) -> str:
    """The text of the program's second file: a line per instance of the zone."""
    return "".join(_instance_line(lodger) for lodger in lodgers)


def _instance_line(lodger: Lodger) -> str:
    memory, disk, cores = (
        (lodger.needs.memory, lodger.needs.disk, lodger.needs.cores) if lodger.needs else (0, 0, 0)
    )
    return (
        f"id={lodger.instance_id},state={lodger.state},nchost={lodger.host_slot},mem={memory},"
        f"disk={disk},cores={cores},secgroupidx=0,publicip={lodger.public_ip},"
        f"privateip={lodger.private_ip},ownerId={lodger.owner_id},"
        f"accountId={lodger.account_id},launchTime={lodger.launched}\n"
    )


def user_choice(nodes: Sequence[Candidate], needs: Needs, code: int) -> Placement | None:
    """The node that exit code ``code`` names (from 1), if it can really take the instance."""
    if not 1 <= code <= len(nodes):
        return None
    return targeted(nodes, needs, nodes[code - 1].name)
