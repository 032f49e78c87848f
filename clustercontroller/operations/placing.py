# SPDX-License-Identifier: BSD-2-Clause
"""Finding a node for one instance, and another when the first does not take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from twisted.internet.task import deferLater

from clustercontroller.core.capacity import Needs, room
from clustercontroller.core.nodes import Node
from clustercontroller.core.roster import Held
from clustercontroller.core.scheduler import (
    POLICIES,
    Candidate,
    Lodger,
    NodeState,
    Placement,
    instance_lines,
    node_lines,
    user_choice,
)  # fmt: skip
from clustercontroller.core.translation import NO_ADDRESS, placeholder
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.drivers.placement import Question
from clustercontroller.drivers.power import CannotWake
from clustercontroller.zone import Zone
from eucalyptus.contracts.node import Instance, NcRunInstance
from eucalyptus.contracts.refusals import NO_CAPACITY, UNAVAILABLE
from eucalyptus.crashpoints import crashpoint

RETRY_EVERY = 1.0
RETRY_WINDOW = 15.0
BUDGET = 55.0
"""Seconds: between tries on one node, for one node, and for one instance altogether."""


@dataclass(slots=True, kw_only=True)
class Search:
    """One instance looking for a node; ``passed`` says why each node so far was passed over."""

    ask: NcRunInstance
    needs: Needs
    request_id: str
    started: float
    passed: dict[str, str] = field(default_factory=dict)


async def place(zone: Zone, search: Search) -> None:
    """Put the instance on a node; raises NO_CAPACITY, or UNAVAILABLE when no node took it."""
    instance_id, begun = search.ask.instance_id, False
    while (choice := await _choose(zone, search)) is not None:
        node = zone.roster.nodes[choice.slot]
        zone.cursor = choice.cursor
        zone.log.info("{request_id} {instance} goes to {node}", request_id=search.request_id,
                      instance=instance_id, node=node.name)  # fmt: skip
        begun = True
        if not await _written_down(zone, search, node):
            break
        if await _run_on(zone, search, node, wake=choice.wake):
            return
    if begun:
        zone.roster.unplaced(instance_id)
        reasons = "; ".join(f"{name}: {why}" for name, why in search.passed.items())
        raise UNAVAILABLE(reason=f"No node took {instance_id} ({reasons}).")
    free = room(zone.roster.resources(), search.needs, zone.settings.ceiling).free
    type_name = search.ask.instance_type.name
    raise NO_CAPACITY(zone=zone.topology.partition, free=free, type=type_name, wanted=1)


async def _written_down(zone: Zone, search: Search, node: Node) -> bool:
    """Reserve the room and note durably who is asked; without that nobody is asked."""
    report = placeholder(search.ask)
    line = zone.roster.place(node.name, report, search.needs, zone.now())
    try:
        await zone.journal.note(line)
    except OSError as failed:
        search.passed[node.name] = f"this cannot be written down ({failed})"
        return False
    return True


async def _choose(zone: Zone, search: Search) -> Placement | None:
    late = zone.now() - search.started > _budget(zone)
    if late or zone.roster.is_doomed(search.ask.instance_id):
        return None
    nodes = [
        replace(candidate, enabled=False) if candidate.name in search.passed else candidate
        for candidate in zone.roster.candidates()
    ]
    policy = zone.settings.policy_name
    if policy == "USER":
        return await _ask_program(zone, search, nodes)
    return POLICIES[policy](nodes, search.needs, zone.cursor)


def _budget(zone: Zone) -> float:
    return zone.settings.wake_within if zone.settings.policy_name == "POWERSAVE" else BUDGET


async def _ask_program(zone: Zone, search: Search, nodes: Sequence[Candidate]) -> Placement | None:
    slots = {node.name: slot for slot, node in enumerate(nodes, 1)}
    lodgers = [_lodger(held, slots) for held in zone.roster.held()]
    question = Question(
        instance_id=search.ask.instance_id,
        platform=search.ask.platform or "linux",
        needs=search.needs,
        nodes=node_lines(nodes),
        instances=instance_lines(lodgers),
    )
    code = await zone.placer.ask(zone.settings.policy, question)
    return user_choice(nodes, search.needs, code)


def _lodger(held: Held, slots: dict[str, int]) -> Lodger:
    report = held.report
    network, launched = report.net_params, report.launch_time
    return Lodger(
        instance_id=report.instance_id,
        state=report.state_name,
        host_slot=slots.get(held.node, 0),
        needs=Needs.of(report.instance_type),
        public_ip=network.public_ip if network else NO_ADDRESS,
        private_ip=network.private_ip if network else NO_ADDRESS,
        owner_id=report.owner_id,
        account_id=report.account_id,
        launched=int(launched.timestamp()) if launched else 0,
    )


async def _run_on(zone: Zone, search: Search, node: Node, *, wake: bool) -> bool:
    """Whether ``node`` took the instance; when not, ``search.passed`` knows why."""
    instance_id = search.ask.instance_id
    try:
        if wake:
            _wake(zone, node)
        answer = await _insist(zone, search, node)
    except (Declined, CannotWake) as refused:
        # The node surely does not have it, and may well take others: it is not marked down.
        search.passed[node.name] = str(refused)
        zone.roster.declined(instance_id)
    except Unreachable as silent:
        # It may have it all the same. Should it report it later, it is told to let go.
        search.passed[node.name] = str(silent)
        zone.roster.silent(node.name, zone.now())
    else:
        await _took(zone, instance_id, answer)
        return True
    zone.log.warn("{request_id} {node} did not take {instance}: {why}", node=node.name,
                  request_id=search.request_id, instance=instance_id,
                  why=search.passed[node.name])  # fmt: skip
    return False


async def _took(zone: Zone, instance_id: str, report: Instance | None) -> None:
    line = zone.roster.accepted(instance_id, report, zone.now())
    try:
        await zone.journal.note(line)
    except OSError as failed:
        # The instance runs: losing this line can only cost its place in a later dispute.
        zone.log.error("{line} is not written down: {why}", line=line, why=str(failed))


def _wake(zone: Zone, node: Node) -> None:
    zone.power.wake(node.name)
    zone.roster.woken(node.name, zone.now())
    zone.log.info("{node} is woken", node=node.name)


async def _insist(zone: Zone, search: Search, node: Node) -> Instance | None:
    """Ask again each second while the node is silent, as long as it deserves patience."""
    begun = zone.now()
    while True:
        try:
            crashpoint("cc.run.before_node_call")
            answer = await zone.ask(
                node, zone.nodes.run_instance, search.ask, request_id=search.request_id
            )
            crashpoint("cc.run.after_node_call")
            return answer.instance
        except Unreachable:
            current = zone.roster.node(node.name)
            state = current.state if current else NodeState.RESDOWN
            waking = state is NodeState.RESWAKING
            window = zone.settings.wake_within if waking else RETRY_WINDOW
            if state is NodeState.RESDOWN or zone.now() - begun + RETRY_EVERY > window:
                raise
        await deferLater(zone.reactor, RETRY_EVERY, lambda: None)
