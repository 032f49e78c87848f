# SPDX-License-Identifier: BSD-2-Clause
"""Instances: run, describe, terminate, reboot, console output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twisted.logger import Logger

from cloudcontroller.compute.core import describe, filters, pages
from cloudcontroller.compute.core.filter_tables import INSTANCE_FILTERS
from cloudcontroller.compute.core.instance import Instance, canonical_id, when
from cloudcontroller.compute.core.lifecycle import TABLE, Event, Reason, VmState
from cloudcontroller.compute.core.reconcile import Change
from cloudcontroller.compute.core.told import Fragment, Told, Whole
from cloudcontroller.compute.database import clusters, instances, launching, telling, work
from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts import cluster
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.ec2.reservations import ReservationInfo
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    MISSING_PARAMETER,
    NO_SUCH_INSTANCE,
    UNAVAILABLE,
    WRONG_STATE,
)
from eucalyptus.database.run import Tx, notify
from eucalyptus.machine import step

VERBOSE = "verbose"
"""The id by which the cloud's administrator asks for everybody's instances."""

_log = Logger()


async def describe_instances(
    world: World, call: Call, ask: ec2.DescribeInstances
) -> ec2.DescribeInstancesResponse:
    """Describe the caller's instances, or those named."""
    everyone = call.who.is_cloud_admin and any(i.instance_id == VERBOSE for i in ask.instances)
    wanted = [canonical_id(i.instance_id) for i in ask.instances if i.instance_id != VERBOSE]
    if wanted and (ask.max_results is not None or ask.next_token):
        raise INVALID_COMBINATION(reason="Instances that are named are not shown in pages.")

    owner = None if everyone else call.who.account_id
    if not (wanted or ask.filter or ask.next_token or ask.max_results is not None):
        return ec2.DescribeInstancesResponse(reservation=await _all_told(world, owner))

    if wanted:
        found = await world.database.read(_named, call.who, wanted)
    else:
        plain = filters.plain(ask.filter)
        found = await world.database.read(instances.of_account, owner, plain)

    kept = filters.select(found, ask.filter, INSTANCE_FILTERS)
    shown, more = pages.page(kept, ask.next_token, ask.max_results)
    return ec2.DescribeInstancesResponse(reservation=describe.reservations(shown), next_token=more)


async def _all_told(world: World, owner: str | None) -> tuple[ReservationInfo, ...]:
    """Every reservation of an account; what has not changed is told as it was the last time."""
    whole, fresh = await world.database.read(_told, world.told, owner)
    if fresh is not None:
        world.told.keep(fresh)
        world.told.keep_whole(owner, whole)
    return whole.told


def _told(tx: Tx, known: Told, owner: str | None) -> tuple[Whole, Mapping[str, Fragment] | None]:
    """What is to be told, and what of it is new; None when it is just what was told before."""
    digest = telling.digest(tx, owner)
    before = known.whole(owner, digest)
    if before is not None:
        return Whole(digest=digest, told=before), None
    versions = telling.versions(tx, owner)
    told = {name: known.get(name, version) for name, version in versions}
    missing = [name for name, before in told.items() if before is None]
    made = describe.reservations(instances.of_reservations(tx, missing)) if missing else ()
    now = dict(versions)
    fresh = {
        one.reservation_id: Fragment(version=now[one.reservation_id], told=one) for one in made
    }
    all_told = (told[name] or fresh[name].told for name, _ in versions)
    return Whole(digest=digest, told=tuple(all_told)), fresh


def _named(tx: Tx, who: Principal, wanted: Sequence[str]) -> tuple[Instance, ...]:
    own = _own(tx, who, wanted)
    return tuple(sorted(own, key=lambda one: (one.created, one.reservation_id)))


def _own(tx: Tx, who: Principal, wanted: Iterable[str]) -> tuple[Instance, ...]:
    """The named instances in the order named; another account's does not exist for the caller."""
    names = dict.fromkeys(wanted)
    found = instances.named(tx, names)
    for name in names:
        one = found.get(name)
        if one is None or not (who.is_cloud_admin or one.account_id == who.account_id):
            raise NO_SUCH_INSTANCE(instance_id=name)
    return tuple(found[name] for name in names)


async def terminate_instances(
    world: World, call: Call, ask: ec2.TerminateInstances
) -> ec2.TerminateInstancesResponse:
    """Record that instances are to end; ending what has ended changes nothing."""
    wanted = [canonical_id(i.instance_id) for i in ask.instances]
    if not wanted:
        raise MISSING_PARAMETER(action="TerminateInstances", name="InstanceId")

    changes = await world.database.run(_terminate, world, call, wanted)
    world.crash("clc.terminate.after_commit")

    _log.info(
        "{request}: terminate {instances}", request=call.request_id, instances=" ".join(wanted)
    )
    return ec2.TerminateInstancesResponse(instances=changes)


def _terminate(
    tx: Tx, world: World, call: Call, wanted: Sequence[str]
) -> tuple[ec2.InstanceStateChange, ...]:
    now = world.clock()
    changes = []
    ending = []
    for one in _own(tx, call.who, wanted):
        after = step(TABLE, one.state, Event.TERMINATE_ASKED)
        if after is not one.state:
            change = Change(
                instance_id=one.instance_id,
                state=after,
                reason=Reason.USER_TERMINATED,
                says="User initiated shutdown",
            )
            instances.move(tx, [change], now)
            work.withdraw(tx, one.instance_id)
            ending.append(one.instance_id)
        changes.append(_changed(one, after))
    work.add(tx, work.TERMINATE, ending, now, request_id=call.request_id)
    if ending:
        notify(tx, launching.NETWORK_CHANNEL)
    world.crash("clc.terminate.before_commit")
    return tuple(changes)


def _changed(one: Instance, after: VmState) -> ec2.InstanceStateChange:
    return ec2.InstanceStateChange(
        instance_id=one.instance_id,
        current_state=describe.state_of(after),
        previous_state=describe.state_of(one.state),
    )


async def reboot_instances(
    world: World, call: Call, ask: ec2.RebootInstances
) -> ec2.RebootInstancesResponse:
    """Record that running instances are to be rebooted."""
    wanted = [canonical_id(i.instance_id) for i in ask.instances]
    if not wanted:
        raise MISSING_PARAMETER(action="RebootInstances", name="InstanceId")

    await world.database.run(_reboot, world, call, wanted)

    return ec2.RebootInstancesResponse(succeeded=True)


def _reboot(tx: Tx, world: World, call: Call, wanted: Sequence[str]) -> None:
    own = _own(tx, call.who, wanted)
    for one in own:
        if one.state is not VmState.RUNNING:
            raise WRONG_STATE(
                instance_id=one.instance_id, state=one.state.shown.value,
                action="RebootInstances", wanted="running",
            )  # fmt: skip
    names = [one.instance_id for one in own]
    work.add(tx, work.REBOOT, names, world.clock(), request_id=call.request_id)


async def get_console_output(
    world: World, call: Call, ask: ec2.GetConsoleOutput
) -> ec2.GetConsoleOutputResponse:
    """Fetch what the guest wrote to its console; "" before it wrote and after it ended."""
    wanted = canonical_id(ask.instance_id)

    one, url = await world.database.read(_seated, call.who, wanted)

    output = await _console(world, call, one, url) if url else ""
    return ec2.GetConsoleOutputResponse(
        instance_id=wanted, timestamp=when(world.clock()), output=output
    )


def _seated(tx: Tx, who: Principal, wanted: str) -> tuple[Instance, str]:
    (one,) = _own(tx, who, [wanted])
    found = clusters.of_zone(tx, one.zone)
    return one, "" if found is None or one.state.is_over else found.url


async def _console(world: World, call: Call, one: Instance, url: str) -> str:
    asked = cluster.GetConsoleOutput(
        correlation_id=call.request_id, user_id=one.user_id, instance_id=one.instance_id
    )
    try:
        return await world.clusters.get_console_output(url, asked)
    except ClusterSilent as silent:
        _log.warn("{request}: {why}", request=call.request_id, why=silent)
        raise UNAVAILABLE(reason=f"Zone {one.zone} does not answer.") from silent
    except ClusterDeclined as declined:
        if one.state is VmState.RUNNING:
            _log.warn("{request}: {why}", request=call.request_id, why=declined)
            raise UNAVAILABLE(reason="The node does not answer.") from declined
        # The node has nothing yet: it has not begun to stage the instance, or just ended it.
        return ""
