# SPDX-License-Identifier: BSD-2-Clause
"""Listening to clusters: bring them to ENABLED, ask what they hold, write down what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from twisted.logger import Logger

from cloudcontroller.compute.core.dispatch import SYSTEM, Topology, cluster_service, types_asked
from cloudcontroller.compute.core.lifecycle import Timers, VmState, timers
from cloudcontroller.compute.core.reconcile import (
    Believed,
    Change,
    Report,
    Said,
    reconcile,
    strays,
    volatile,
)
from cloudcontroller.compute.core.types import VmType
from cloudcontroller.compute.database import (
    clusters,
    images,
    instances,
    launching,
    properties,
    types,
    work,
)
from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent
from cloudcontroller.compute.world import World
from eucalyptus.contracts import cluster, service_control
from eucalyptus.contracts.internal import ServiceInfo
from eucalyptus.database.run import Tx, notify

INTERVAL = 15.0
NOT_READY_INTERVAL = 5.0
_TO_START = {"PRIMORDIAL", "INITIALIZED", "LOADED", "STOPPED"}

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one cluster said in one round; ``reports`` None when it did not get that far.

    ``asked`` is when the round began: what came about later, the reports cannot know.
    """

    asked: float
    state: str
    says: str
    reports: dict[str, Report] | None = None
    sizes: tuple[clusters.Capacity, ...] = ()
    nodes: tuple[clusters.Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What followed from a round: seconds until the next, changes, and unknown instances."""

    pause: float
    changes: tuple[Change, ...]
    strays: tuple[Report, ...]


async def reconcile_round(world: World, zone: str) -> float:
    """One round with the cluster of ``zone``; returns seconds until the next."""
    found, known = await world.database.read(_asking, zone)
    if found is None:
        return INTERVAL
    heard = await _listen(world, found, known)
    world.crash("clc.reconcile.before_apply")
    applied = await world.database.run(_apply, found.zone, heard, world.clock())
    world.crash("clc.reconcile.after_apply")
    if heard.state != found.state:
        _log.warn("{zone} is {state}: {says}", zone=zone, state=heard.state, says=heard.says)
    for change in applied.changes:
        if change.state is not None or change.delete:
            _log.info("{instance}: {state} {says}", instance=change.instance_id,
                      state=change.state.value if change.state else "forgotten",
                      says=change.says)  # fmt: skip
        elif change.relaunch:
            _log.warn("{instance}: starting it again, {zone} lost it", zone=zone,
                      instance=change.instance_id)  # fmt: skip
    for stray in applied.strays:
        _log.error("{zone} reports {instance}, which this cloud does not know: left alone",
                   zone=zone, instance=stray.instance_id)  # fmt: skip
    return applied.pause


def _asking(tx: Tx, zone: str) -> tuple[clusters.Cluster | None, tuple[VmType, ...]]:
    return clusters.of_zone(tx, zone), tuple(types.known(tx).values())


async def _listen(world: World, found: clusters.Cluster, known: Sequence[VmType]) -> Heard:
    asked = world.clock()
    try:
        state = await _enable(world, found)
        if state != clusters.ENABLED:
            return Heard(
                asked=asked, state=clusters.NOTREADY, says=f"the cluster controller is {state}"
            )
        # Instances first: what the capacity below does not hold yet is then known as promised.
        described = await world.clusters.describe_instances(found.url)
        measured = await world.clusters.describe_resources(found.url, types_asked(known))
    except (ClusterSilent, ClusterDeclined) as why:
        return Heard(asked=asked, state=clusters.NOTREADY, says=str(why))
    return Heard(
        asked=asked,
        state=clusters.ENABLED,
        says="",
        reports=_reports(described),
        sizes=_sizes(measured),
        nodes=_nodes(found.zone, measured),
    )


async def _enable(world: World, found: clusters.Cluster) -> str:
    """Tell the cluster who is who and bring it to ENABLED; returns the state it is in."""
    me = cluster_service(found.zone, found.url)
    topology = Topology(address=world.address, port=world.port).services(found.zone, found.url)
    state = await _state(world, found, me, topology)
    if state in _TO_START:
        await world.clusters.start_service(
            found.url,
            service_control.StartService(user_id=SYSTEM, services=topology, service_ids=(me,)),
        )
        state = await _state(world, found, me, topology)
    if state == "DISABLED":
        await world.clusters.enable_service(
            found.url,
            service_control.EnableService(user_id=SYSTEM, services=topology, service_ids=(me,)),
        )
        state = await _state(world, found, me, topology)
    return state


async def _state(
    world: World, found: clusters.Cluster, me: ServiceInfo, topology: tuple[ServiceInfo, ...]
) -> str:
    ask = service_control.DescribeServices(user_id=SYSTEM, services=topology, service_ids=(me,))
    answer = await world.clusters.describe_services(found.url, ask)
    own = [s for s in answer.service_statuses if (s.service_id.type or "cluster") == "cluster"]
    return own[0].local_state.upper() if own else "silent about itself"


def _reports(described: cluster.DescribeInstancesResponse) -> dict[str, Report]:
    found = {}
    for one in described.instances:
        try:
            said = Said(one.state_name or "")
        except ValueError:
            said = Said.PENDING
        if one.instance_id:
            found[one.instance_id] = Report(
                instance_id=one.instance_id,
                said=said,
                node=one.service_tag or "",
                guest=one.guest_state_name or "",
            )
    return found


def _sizes(measured: cluster.DescribeResourcesResponse) -> tuple[clusters.Capacity, ...]:
    return tuple(
        clusters.Capacity(
            type=size.instance_type.name,
            maximum=size.max_instances or 0,
            available=size.available_instances or 0,
        )
        for size in measured.resources
        if size.instance_type and size.instance_type.name
    )


def _nodes(zone: str, measured: cluster.DescribeResourcesResponse) -> tuple[clusters.Node, ...]:
    named = {node.service_tag: node for node in measured.nodes if node.service_tag}
    urls = sorted({*measured.service_tags, *named} - {""})
    return tuple(
        clusters.Node(
            zone=zone,
            url=url,
            address=urlsplit(url).hostname or "",
            hypervisor=(named[url].hypervisor or "") if url in named else "",
            iqn=(named[url].iqn or "") if url in named else "",
        )
        for url in urls
    )


def _apply(tx: Tx, zone: str, heard: Heard, now: float) -> Applied:
    limits = timers(properties.reading(tx))
    believed = instances.believed(tx, zone)
    changes = reconcile(_comparable(believed, heard), heard.reports, now, limits)
    news = clusters.found(tx, zone, heard.state, heard.says, now=now)
    if heard.reports is not None:
        clusters.measured(tx, zone, heard.sizes, now=now)
        news = clusters.seat(tx, zone, heard.nodes) or news
    instances.move(tx, changes, now)
    again = [change.instance_id for change in changes if change.repeat]
    again += [c.instance_id for c in changes if c.state is VmState.SHUTTING_DOWN]
    work.add(tx, work.TERMINATE, again, now, request_id=f"reconcile-{zone}")
    lost = [change.instance_id for change in changes if change.relaunch]
    work.add(tx, work.LAUNCH, lost, now, request_id=f"reconcile-{zone}")
    for instance_id in lost:
        instances.asked(tx, instance_id, now, heard=False)
    if news or any(c.state or c.delete or c.report for c in changes):
        notify(tx, launching.NETWORK_CHANNEL)
    if any(change.delete for change in changes):
        images.forget(tx)
    instances.forget_reservations(tx, now)
    unknown = strays(believed, heard.reports) if heard.reports else ()
    return Applied(pause=_pause(tx, zone, heard, limits), changes=changes, strays=unknown)


def _comparable(believed: Sequence[Believed], heard: Heard) -> Sequence[Believed]:
    """What the reports can speak of: that an instance is absent from reports which were asked
    for before it was launched, or told to end, means nothing."""
    if heard.reports is None:
        return believed
    return [
        one
        for one in believed
        if one.instance_id in heard.reports or max(one.changed, one.asked or 0.0) <= heard.asked
    ]


def _pause(tx: Tx, zone: str, heard: Heard, limits: Timers) -> float:
    now_believed: tuple[Believed, ...] = instances.believed(tx, zone)
    if heard.reports is None:
        return NOT_READY_INTERVAL
    return limits.volatile_interval if volatile(now_believed) else INTERVAL
