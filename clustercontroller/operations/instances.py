# SPDX-License-Identifier: BSD-2-Clause
"""Instances: run, describe, terminate, reboot, read the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from twisted.internet.defer import Deferred, gatherResults

from clustercontroller.core.capacity import Needs
from clustercontroller.core.nodes import Node
from clustercontroller.core.roster import Held
from clustercontroller.core.scheduler import NodeState
from clustercontroller.core.translation import NO_ADDRESS, for_cloud, for_node
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.operations.placing import Search, place
from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts import cluster as cc
from eucalyptus.contracts import node as nc
from eucalyptus.contracts.refusals import (
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    NO_SUCH_INSTANCE,
    UNAVAILABLE,
    Refused,
)  # fmt: skip
from eucalyptus.crashpoints import crashpoint
from eucalyptus.wire.networkworld import INSTANCE_ID

TERMINATE_PATIENCE = 60.0
TOGETHER_PATIENCE = 4.0
"""Seconds in which all instances of one request must have found their nodes: one that takes longer
must not keep the caller from hearing of the others."""


# --- RunInstances ------------------------------------------------------------------------------
async def run_instances(zone: Zone, call: Call, ask: cc.RunInstances) -> cc.RunInstancesResponse:
    """Place ``max_count`` instances; at least ``min_count`` must find a node.

    An instance that the zone already has is answered as it is, and one that is being placed is
    waited for, so that a repeated request has no second effect.
    """
    zone.hear(ask)
    refusals = await _placed(zone, call, ask, _checked(ask))
    placed = zone.roster.held(ask.instance_ids[: ask.max_count])
    if len(placed) < ask.min_count:
        raise refusals[0] if refusals else UNAVAILABLE(reason="The instances are gone again.")
    for instance_id in {*ask.instance_ids[: ask.max_count]} - {
        e.report.instance_id for e in placed
    }:
        # The caller does not ask for these again: should a silent node have one, it lets it go.
        zone.roster.doom(instance_id, zone.now())
    zone.changed("instances")
    return cc.RunInstancesResponse(instances=_shown(zone, placed))


async def _placed(zone: Zone, call: Call, ask: cc.RunInstances, needs: Needs) -> Sequence[Refused]:
    """Place every instance, all at a time; why those were not that found no node.

    Raises UNAVAILABLE when some of several are still looking for one: they go on doing so, and
    the caller may ask for each.
    """
    work = [
        Deferred.fromCoroutine(_once(zone, call, for_node(ask, index, zone.mac_prefix), needs))
        for index in range(ask.max_count)
    ]
    every = gatherResults(work, consumeErrors=True)
    if ask.max_count > 1:
        every.addTimeout(TOGETHER_PATIENCE, zone.reactor, lambda *_: _late(zone, ask))
    outcomes: Sequence[Refused | None] = await every
    return [refused for refused in outcomes if refused is not None]


def _late(zone: Zone, ask: cc.RunInstances) -> NoReturn:
    looking = sum(1 for each in ask.instance_ids if each in zone.placing)
    reason = f"{looking} of {ask.max_count} instances are still being placed; ask for each."
    raise UNAVAILABLE(reason=reason)


def _checked(ask: cc.RunInstances) -> Needs:
    """The needs of a request that can be carried out; raises INVALID_PARAMETER."""
    needs = Needs.of(ask.instance_type)
    if needs is None:
        wanted = "a type with memory, cores and disk above zero"
        raise INVALID_PARAMETER(name="instanceType", value="", wanted=wanted)
    if not 1 <= ask.min_count <= ask.max_count:
        raise INVALID_PARAMETER(name="maxCount", value=ask.max_count, wanted=">= minCount >= 1")
    for name, values in (("instanceIds", ask.instance_ids), ("uuids", ask.uuids)):
        if len(values) < ask.max_count:
            raise INVALID_PARAMETER(name=name, value=len(values), wanted=f"{ask.max_count} values")
    for instance_id in ask.instance_ids:
        if not INSTANCE_ID.fullmatch(instance_id):
            raise INVALID_PARAMETER(name="instanceIds", value=instance_id, wanted="an instance id")
    return needs


async def _once(zone: Zone, call: Call, ask: nc.NcRunInstance, needs: Needs) -> Refused | None:
    """Place one instance unless it is placed or being placed; the refusal when no node took it."""
    held = zone.roster.held((ask.instance_id,))
    if held and not held[0].gone and ask.instance_id not in zone.placing:
        return None
    if ask.instance_id not in zone.placing:
        zone.roster.pardon(ask.instance_id)
    search = Search(ask=ask, needs=needs, request_id=call.request_id, started=zone.now())
    try:
        await zone.placing.do(ask.instance_id, lambda: place(zone, search))
    except Refused as refused:
        return refused
    return None


# --- DescribeInstances -------------------------------------------------------------------------
async def describe_instances(
    zone: Zone, call: Call, ask: cc.DescribeInstances
) -> cc.DescribeInstancesResponse:
    """The instances asked for that are known, or all; the answer comes from the cache."""
    zone.hear(ask)
    roster = zone.roster
    found = roster.held(ask.instance_ids) if ask.instance_ids else roster.shown()
    return cc.DescribeInstancesResponse(instances=_shown(zone, found))


def _shown(zone: Zone, held: Sequence[Held]) -> tuple[cc.ClusterInstance, ...]:
    urls = {node.name: node.url for node in zone.roster.nodes}
    return tuple(for_cloud(each.report, urls.get(each.node, "")) for each in held)


# --- TerminateInstances ------------------------------------------------------------------------
async def terminate_instances(
    zone: Zone, call: Call, ask: cc.TerminateInstances
) -> cc.TerminateInstancesResponse:
    """Let instances go: on the node that has each, or on every node when none is known to.

    True for an instance means that a node lets it go, or that all nodes answer and none has it.
    Where a node cannot be told now it is told when it is heard of again.
    """
    zone.hear(ask)
    work = [
        Deferred.fromCoroutine(_terminate(zone, call, instance_id, force=bool(ask.force)))
        for instance_id in ask.instance_ids
    ]
    done = await gatherResults(work, consumeErrors=True)
    zone.changed("instances")
    return cc.TerminateInstancesResponse(is_terminated=tuple(done))


async def _terminate(zone: Zone, call: Call, instance_id: str, *, force: bool) -> bool:
    """The wish is remembered first: should this be interrupted, the next report fulfils it."""
    zone.roster.doom(instance_id, zone.now())
    holder = zone.roster.holder(instance_id)
    nodes = [holder] if holder else [node for node in zone.roster.nodes if node.configured]
    ask = nc.NcTerminateInstance(instance_id=instance_id, force=force)
    done = False
    for node in nodes:
        crashpoint("cc.terminate.before_node_call")
        done = await _terminate_on(zone, call, node, ask)
        crashpoint("cc.terminate.after_node_call")
        if done:
            break
    nobody = holder is None and all(node.state is NodeState.RESUP for node in nodes)
    if (done or nobody) and instance_id not in zone.placing:
        zone.roster.pardon(instance_id)
    return done or nobody


async def _terminate_on(zone: Zone, call: Call, node: Node, ask: nc.NcTerminateInstance) -> bool:
    request_id, instance_id = call.request_id, ask.instance_id
    try:
        await zone.ask(
            node, zone.nodes.terminate_instance, ask, request_id=request_id,
            patience=TERMINATE_PATIENCE,
        )  # fmt: skip
    except (Unreachable, Declined) as failed:
        zone.log.info("{request_id} {node} does not terminate {instance}: {why}", node=node.name,
                      request_id=request_id, instance=instance_id, why=str(failed))  # fmt: skip
        return False
    unassign = nc.NcAssignAddress(instance_id=instance_id, public_ip=NO_ADDRESS)
    try:
        await zone.ask(node, zone.nodes.assign_address, unassign, request_id=request_id)
    except (Unreachable, Declined) as failed:
        zone.log.debug("{node} keeps no address of {instance}: {why}", node=node.name,
                       instance=instance_id, why=str(failed))  # fmt: skip
    zone.log.info("{request_id} {instance} is terminated on {node}", request_id=request_id,
                  instance=instance_id, node=node.name)  # fmt: skip
    return True


# --- RebootInstances, GetConsoleOutput ---------------------------------------------------------
async def reboot_instances(
    zone: Zone, call: Call, ask: cc.RebootInstances
) -> cc.RebootInstancesResponse:
    """Reboot every instance; one that cannot be rebooted is named in the refusal."""
    zone.hear(ask)
    failed = []
    for instance_id in ask.instance_ids:
        try:
            node = _holder(zone, instance_id)
            message = nc.NcRebootInstance(instance_id=instance_id)
            await zone.ask(node, zone.nodes.reboot_instance, message, request_id=call.request_id)
        except (Unreachable, Declined, Refused) as why:
            failed.append(f"{instance_id}: {why}")
    if failed:
        raise UNAVAILABLE(reason=f"Not rebooted: {'; '.join(failed)}.")
    return cc.RebootInstancesResponse()


async def get_console_output(
    zone: Zone, call: Call, ask: cc.GetConsoleOutput
) -> cc.GetConsoleOutputResponse:
    """The console as its node has it, base64."""
    zone.hear(ask)
    if not ask.instance_id:
        raise MISSING_PARAMETER(action="GetConsoleOutput", name="instanceId")
    node = _holder(zone, ask.instance_id)
    message = nc.NcGetConsoleOutput(instance_id=ask.instance_id)
    try:
        answer = await zone.ask(
            node, zone.nodes.get_console_output, message, request_id=call.request_id
        )
    except (Unreachable, Declined) as failed:
        raise UNAVAILABLE(reason=f"Node {node.name}: {failed}.") from failed
    return cc.GetConsoleOutputResponse(console_output=answer.console_output)


def _holder(zone: Zone, instance_id: str) -> Node:
    node = zone.roster.holder(instance_id)
    if node is None:
        raise NO_SUCH_INSTANCE(instance_id=instance_id)
    return node
