# SPDX-License-Identifier: BSD-2-Clause
"""Telling clusters to start what was recorded, until it is answered.

At first the instances of a launch are told in one message; what that leaves open is told in a
message for each, so that each is answered for itself. The words are the same at every try, ids and
all, and clusters start what they hold already only once: so whatever is unknown is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.logger import Logger

from cloudcontroller.compute.core.dispatch import run_instances
from cloudcontroller.compute.core.lifecycle import TABLE, Event, Reason, VmState
from cloudcontroller.compute.core.reconcile import Change
from cloudcontroller.compute.database import instances, launching
from cloudcontroller.compute.database import work as rows
from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent
from cloudcontroller.compute.periodic.messages import Wish, alike, facts_of, machine
from cloudcontroller.compute.world import World
from eucalyptus.database.run import Tx, notify
from eucalyptus.machine import step
from eucalyptus.together import Together

LEASE = 90.0
"""Seconds an item is kept from others: more than a launch message may take."""
AT_ONCE = 64
"""Launches told at a time; each waits for its node, so that this bounds connections, not work."""
TAKEN = 128
"""Items taken, and looked up, at once."""
PATIENCE = 300.0
"""Seconds for which a zone that does not answer is asked before the launch has failed."""
DECLINES, DECLINED_FOR = 4, 60.0
"""A launch has failed when its zone declined it so often and for so long: a controller or node
that is just being restarted declines too, and what was acknowledged must not be lost to that."""
IDLE = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """An item whose instance a cluster took, and the node that has it, "" when it did not say."""

    item: rows.Item
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What the launches that are told in one turn share: who writes down what was accepted, and
    the digests of images by location, as the object store has them now."""

    accepting: Together[_Accepted, None]
    digests: Mapping[str, str]


def pause_after(attempts: int) -> float:
    """Seconds to wait after so many tries in vain: doubling, up to a quarter of a minute."""
    return min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE)


async def launch_round(world: World) -> float:
    """Tell clusters everything that is due; returns seconds until more may be."""
    while True:
        now = world.clock()
        taken = await world.database.run(rows.take, rows.LAUNCH, now, lease=LEASE, most=TAKEN)
        if not taken:
            break
        world.crash("clc.launch.after_take")
        await _all(world, taken)
    due = await world.database.read(rows.next_due, rows.LAUNCH)
    return IDLE if due is None else min(max(due - world.clock(), 0.05), IDLE)


async def _all(world: World, taken: Sequence[rows.Item]) -> None:
    gate = DeferredSemaphore(AT_ONCE)
    known = await world.database.read(facts_of, [item.instance_id for item in taken])
    wishes = [Wish(item, known[item.instance_id]) for item in taken if item.instance_id in known]
    void = [item.instance_id for item in taken if item.instance_id not in known]
    if void:
        # Ended, expired or gone meanwhile: there is nothing to start any more.
        await world.database.run(rows.done, void, rows.LAUNCH)
    turn = _Turn(accepting=_accepting(world), digests=await _digests(world, wishes))

    def begin(wishes: Sequence[Wish]) -> Deferred[None]:
        return Deferred.fromCoroutine(_launch(world, wishes, turn))

    waiting = [gate.run(begin, some) for some in alike(wishes)]
    await gatherResults(waiting, consumeErrors=True)


async def _digests(world: World, wishes: Sequence[Wish]) -> Mapping[str, str]:
    """Asked once for all: the nodes that have an image need not ask each for itself."""
    places = {image.location for wish in wishes for image in wish.facts.images.values()}
    asked = [Deferred.fromCoroutine(world.manifests.digest(place)) for place in places]
    return dict(zip(places, await gatherResults(asked, consumeErrors=True), strict=True))


def _accepting(world: World) -> Together[_Accepted, None]:
    """Writes down what clusters have accepted: all that was answered meanwhile at once."""

    async def write(accepted: Sequence[_Accepted]) -> Sequence[None]:
        await world.database.run(_accepted, accepted)
        return [None] * len(accepted)

    return Together(write, TAKEN)


async def _launch(world: World, wishes: Sequence[Wish], turn: _Turn) -> None:
    facts, request_id = wishes[0].facts, wishes[0].item.request_id
    row = [wish.facts.instance for wish in wishes]
    message = run_instances(row, machine(world, facts, turn.digests), request_id)
    world.crash("clc.launch.before_send")
    try:
        answer = await world.clusters.run_instances(facts.url, message)
    except ClusterSilent as silent:
        for wish in wishes:
            await _silent(world, wish.item, str(silent))
    except ClusterDeclined as declined:
        world.crash("clc.launch.after_send")
        if len(wishes) > 1:
            # Which of them cannot be is known when each is asked for by itself.
            each = [Deferred.fromCoroutine(_launch(world, [one], turn)) for one in wishes]
            await gatherResults(each, consumeErrors=True)
        else:
            await _declined(world, wishes[0].item, str(declined))
    else:
        world.crash("clc.launch.after_send")
        nodes = {one.instance_id: one.service_tag or "" for one in answer.instances}
        await _write_down(wishes, nodes, turn)
    world.crash("clc.launch.after_record")


async def _write_down(wishes: Sequence[Wish], nodes: Mapping[str | None, str], turn: _Turn) -> None:
    """What a cluster took: together with whatever else was taken meanwhile."""
    items = [wish.item for wish in wishes]
    accepted = [_Accepted(item=one, node=nodes.get(one.instance_id, "")) for one in items]
    each = [Deferred.fromCoroutine(turn.accepting.do(one)) for one in accepted]
    await gatherResults(each, consumeErrors=True)
    for item in items:
        _log.info(
            "{request}: {zone} starts {instance}",
            request=item.request_id, zone=item.zone, instance=item.instance_id,
        )  # fmt: skip


def _accepted(tx: Tx, accepted: Sequence[_Accepted]) -> None:
    rows.done(tx, [one.item.instance_id for one in accepted], rows.LAUNCH)
    # Where it goes is known before the first report: its node's network can be made ready.
    placed = {one.item.instance_id: one.node for one in accepted if one.node}
    instances.place(tx, placed)
    if placed:
        notify(tx, launching.NETWORK_CHANNEL)


def _waited(world: World, item: rows.Item, seconds: float) -> bool:
    return world.clock() - item.created >= seconds


async def _silent(world: World, item: rows.Item, why: str) -> None:
    lost = f"Zone {item.zone} did not answer for {PATIENCE:.0f} seconds."
    await _unheard(world, item, (why, lost if _waited(world, item, PATIENCE) else ""))


async def _declined(world: World, item: rows.Item, why: str) -> None:
    enough = item.attempts >= DECLINES and _waited(world, item, DECLINED_FOR)
    await _unheard(world, item, (why, why if enough else ""))


async def _unheard(world: World, item: rows.Item, why: tuple[str, str]) -> None:
    """The zone did not take it: ``why`` now, and if that is final, why the launch has failed."""
    now, (reason, final) = world.clock(), why
    _log.warn(
        "{request}: {instance} try {attempts}: {why}",
        request=item.request_id, instance=item.instance_id, attempts=item.attempts, why=reason,
    )  # fmt: skip
    if final:
        await world.database.run(_failed, item, final, now)
        return
    due = now + pause_after(item.attempts)
    await world.database.run(rows.later, item.instance_id, rows.LAUNCH, due)


def _failed(tx: Tx, item: rows.Item, why: str, now: float) -> None:
    """Give the launch up, and make sure that nothing of it stays with the cluster."""
    rows.done(tx, [item.instance_id], rows.LAUNCH)
    one = instances.named(tx, [item.instance_id]).get(item.instance_id)
    if one is None or one.state is not VmState.PENDING:
        return
    change = Change(
        instance_id=item.instance_id,
        state=step(TABLE, one.state, Event.LAUNCH_FAILED),
        reason=Reason.FAILED,
        says=why,
    )
    instances.move(tx, [change], now)
    rows.add(tx, rows.TERMINATE, [item.instance_id], now, request_id=item.request_id)
    _log.error(
        "{request}: launch of {instance} failed: {why}",
        request=item.request_id, instance=item.instance_id, why=why,
    )  # fmt: skip
