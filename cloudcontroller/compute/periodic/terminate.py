# SPDX-License-Identifier: BSD-2-Clause
"""Telling clusters to end and to reboot instances, until they acknowledge it.

Ending is finished by reconciliation: it asks for the wish again while the instance is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.logger import Logger

from cloudcontroller.compute.core.dispatch import SYSTEM, correlation, terminate
from cloudcontroller.compute.database import clusters, instances
from cloudcontroller.compute.database import work as rows
from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent
from cloudcontroller.compute.periodic.launch import pause_after
from cloudcontroller.compute.world import World
from eucalyptus.contracts import cluster
from eucalyptus.database.run import Tx

LEASE = 45.0
AT_ONCE = 50
IDLE = 15.0
REBOOT_TRIES = 12
"""About two minutes: longer than a controller takes to be restarted."""

_log = Logger()


async def terminate_round(world: World) -> float:
    """Tell clusters every end that is due; returns seconds until more may be."""
    while taken := await world.database.run(
        rows.take, rows.TERMINATE, world.clock(), lease=LEASE, most=AT_ONCE
    ):
        for zone, items in _by_zone(taken).items():
            await _terminate(world, zone, items)
    due = await world.database.read(rows.next_due, rows.TERMINATE)
    return IDLE if due is None else min(max(due - world.clock(), 0.05), IDLE)


def _by_zone(taken: Sequence[rows.Item]) -> dict[str, list[rows.Item]]:
    found: dict[str, list[rows.Item]] = {}
    for item in taken:
        found.setdefault(item.zone, []).append(item)
    return found


async def _terminate(world: World, zone: str, items: Sequence[rows.Item]) -> None:
    found = await world.database.read(clusters.of_zone, zone)
    url = found.url if found else ""
    message = terminate([item.instance_id for item in items], items[0].request_id)
    world.crash("clc.terminate.before_send")
    try:
        answer = await world.clusters.terminate_instances(url, message)
    except (ClusterSilent, ClusterDeclined) as why:
        await world.database.run(_unheard, items, world.clock())
        _log.warn("{zone}: ending is not heard: {why}", zone=zone, why=why)
        return
    world.crash("clc.terminate.after_send")
    ended = dict(zip((item.instance_id for item in items), answer.is_terminated, strict=False))
    await world.database.run(_answered, items, ended, world.clock())
    for item in items:
        if ended.get(item.instance_id):
            _log.info("{request}: {zone} ends {instance}", request=item.request_id, zone=zone,
                      instance=item.instance_id)  # fmt: skip
        else:
            _log.warn("{request}: {zone} cannot end {instance} now", request=item.request_id,
                      zone=zone, instance=item.instance_id)  # fmt: skip


def _answered(tx: Tx, items: Sequence[rows.Item], ended: Mapping[str, bool], now: float) -> None:
    """Only what a node lets go is done: a node that cannot be told may run it still."""
    _heard(tx, [item for item in items if ended.get(item.instance_id)], now)
    _unheard(tx, [item for item in items if not ended.get(item.instance_id)], now)


def _unheard(tx: Tx, items: Sequence[rows.Item], now: float) -> None:
    for item in items:
        instances.asked(tx, item.instance_id, now, heard=False)
        rows.later(tx, item.instance_id, item.kind, now + pause_after(item.attempts))


def _heard(tx: Tx, items: Sequence[rows.Item], now: float) -> None:
    for item in items:
        instances.asked(tx, item.instance_id, now, heard=True)
        rows.done(tx, [item.instance_id], item.kind)


async def reboot_round(world: World) -> float:
    """Tell clusters every reboot that is due; returns seconds until more may be."""
    while taken := await world.database.run(
        rows.take, rows.REBOOT, world.clock(), lease=LEASE, most=AT_ONCE
    ):
        for item in taken:
            await _reboot(world, item)
    due = await world.database.read(rows.next_due, rows.REBOOT)
    return IDLE if due is None else min(max(due - world.clock(), 0.05), IDLE)


async def _reboot(world: World, item: rows.Item) -> None:
    found = await world.database.read(clusters.of_zone, item.zone)
    message = cluster.RebootInstances(
        correlation_id=correlation(item.request_id, "reboot"),
        user_id=SYSTEM,
        instance_ids=(item.instance_id,),
    )
    try:
        await world.clusters.reboot_instances(found.url if found else "", message)
    except (ClusterSilent, ClusterDeclined) as why:
        _log.warn("{request}: reboot of {instance}: {why}", request=item.request_id,
                  instance=item.instance_id, why=why)  # fmt: skip
        if item.attempts < REBOOT_TRIES:
            due = world.clock() + pause_after(item.attempts)
            await world.database.run(rows.later, item.instance_id, item.kind, due)
            return
    await world.database.run(rows.done, [item.instance_id], rows.REBOOT)
