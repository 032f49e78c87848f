# SPDX-License-Identifier: BSD-2-Clause
"""Running, describing, ending and rebooting instances."""

from __future__ import annotations

import re

from twisted.logger import Logger

from eucalyptus.access.call import Call
from eucalyptus.contracts.node import (
    NcDescribeInstances,
    NcDescribeInstancesResponse,
    NcRebootInstance,
    NcRebootInstanceResponse,
    NcRunInstance,
    NcRunInstanceResponse,
    NcTerminateInstance,
    NcTerminateInstanceResponse,
)
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MALFORMED_INSTANCE_ID,
    NO_CAPACITY,
    NO_SUCH_INSTANCE,
    UNAVAILABLE,
    WRONG_STATE,
    Refused,
)
from eucalyptus.crashpoints import crashpoint
from nodecontroller.core import disks
from nodecontroller.core.capacity import lacks, needs
from nodecontroller.core.lifecycle import OVER, STARTED, Event
from nodecontroller.core.record import ACCOUNT, ID, Record, first, report, same
from nodecontroller.operations.answer import answer
from nodecontroller.operations.ending import end
from nodecontroller.operations.rebooting import reboot, reboot_key
from nodecontroller.operations.staging import stage
from nodecontroller.world import World

log = Logger()

MAC = re.compile(r"(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\Z")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
MOST_INTERFACES = 8


async def run_instance(world: World, call: Call, ask: NcRunInstance) -> NcRunInstanceResponse:
    """Accept an instance; it is staged, and its domain started, after the answer.

    The same request again gets the same answer; another with the same id is refused, and so is one
    whose end was asked for already.
    """
    known = world.roster.get(ask.instance_id)
    if known is not None:
        _check_repeat(known, ask)
        return _accepted(world, known, ask)
    _check_shape(ask)
    record = first(ask, world.tools.clock())
    _check_room(world, record)
    crashpoint("nc.run.before_record")
    try:
        await world.roster.add(record)
    except OSError as failure:
        log.error("{id} cannot be journalled: {why}", id=record.id, why=failure)
        raise UNAVAILABLE(
            reason="The node cannot write its journal: its disk is full."
        ) from failure
    crashpoint("nc.run.after_record")
    log.info(
        "{request_id} {id} accepted: {type}",
        request_id=call.request_id, id=record.id, type=ask.instance_type.name,
    )  # fmt: skip
    world.jobs.begin(record.id, lambda: stage(world, record.id))
    return _accepted(world, record, ask)


async def describe_instances(
    world: World, call: Call, ask: NcDescribeInstances
) -> NcDescribeInstancesResponse:
    """Every instance, or those asked for; one that is not known is left out."""
    wanted = set(ask.instance_ids)
    found = [r for r in world.roster.all() if not wanted or r.id in wanted]
    tag = world.standing.url
    instances = tuple(report(record, tag) for record in found)
    return answer(NcDescribeInstancesResponse, ask, instances=instances)


async def terminate_instance(
    world: World, call: Call, ask: NcTerminateInstance
) -> NcTerminateInstanceResponse:
    """Begin to end an instance. One that is ending or over stays so; an unknown one is refused,
    and a request to run it that comes later will be too."""
    record = world.roster.get(ask.instance_id)
    if record is None:
        world.roster.refuse_later(ask.instance_id)
        raise NO_SUCH_INSTANCE(instance_id=ask.instance_id)
    if record.state not in OVER:
        crashpoint("nc.end.before_record")
        world.jobs.cancel(reboot_key(record.id))
        world.jobs.cancel(record.id)
        asked = f"asked by {ask.user_id or 'nobody'}"
        await world.roster.move(record.id, Event.TERMINATED, reason=asked)
        crashpoint("nc.end.after_record")
        log.info("{request_id} {id} is to end", request_id=call.request_id, id=record.id)
        world.jobs.begin(record.id, lambda: end(world, record.id, forced=ask.force))
    return answer(
        NcTerminateInstanceResponse,
        ask,
        instance_id=ask.instance_id,
        shutdown_state="0",
        previous_state="0",
    )


async def reboot_instance(
    world: World, call: Call, ask: NcRebootInstance
) -> NcRebootInstanceResponse:
    """Begin to reboot a running instance: asked first, reset when it does not listen."""
    record = world.roster.get(ask.instance_id)
    if record is None:
        raise NO_SUCH_INSTANCE(instance_id=ask.instance_id)
    if record.state not in STARTED:
        raise WRONG_STATE(
            instance_id=record.id,
            state=record.state.value.lower(),
            action="ncRebootInstance",
            wanted="running",
        )
    key = reboot_key(record.id)
    if not world.jobs.is_busy(key):
        world.jobs.begin(key, lambda: reboot(world, record.id))
    return answer(NcRebootInstanceResponse, ask, status=True)


def _accepted(world: World, record: Record, ask: NcRunInstance) -> NcRunInstanceResponse:
    return answer(NcRunInstanceResponse, ask, instance=report(record, world.standing.url))


def _check_repeat(known: Record, ask: NcRunInstance) -> None:
    if known.state in OVER:
        raise WRONG_STATE(
            instance_id=known.id,
            state="terminated",
            action="ncRunInstance",
            wanted="never to have been here",
        )
    if not same(known.ask, ask):
        raise INVALID_COMBINATION(
            reason=f"Instance {known.id} is on this node already and is not the one asked for."
        )


def _check_shape(ask: NcRunInstance) -> None:
    if not ID.match(ask.instance_id):
        raise MALFORMED_INSTANCE_ID(instance_id=ask.instance_id)
    interfaces = (ask.net_params, *ask.secondary_net_config)
    for name, value, wanted, fine in (
        ("uuid", ask.uuid, "a UUID", UUID.match(ask.uuid)),
        ("ownerId", ask.owner_id, "an account's or user's id", ACCOUNT.match(ask.owner_id)),
        ("secondaryNetConfig", len(interfaces) - 1, f"at most {MOST_INTERFACES - 1}",
         len(interfaces) <= MOST_INTERFACES),
        *(("privateMacAddress", i.private_mac_address, "a MAC address",
           MAC.match(i.private_mac_address)) for i in interfaces),
    ):  # fmt: skip
        if not fine:
            raise INVALID_PARAMETER(name=name, value=value, wanted=wanted)
    machine = ask.instance_type
    if min(machine.memory or 0, machine.cores or 0, machine.disk or 0) <= 0:
        raise INVALID_PARAMETER(
            name="instanceType", value=machine.name, wanted="a type with memory, cores and disk"
        )
    try:
        disks.sources(machine)
    except disks.BadBootRecord as wrong:
        raise INVALID_COMBINATION(reason=f"virtualBootRecord: {wrong}.") from wrong


def _check_room(world: World, record: Record) -> None:
    if record.id in world.roster.damaged or record.id in {d.name for d in world.standing.strangers}:
        raise UNAVAILABLE(reason=f"A domain named {record.id} is in quarantine on this node.")
    if world.roster.is_refused(record.id, world.settings.teardown):
        raise WRONG_STATE(
            instance_id=record.id,
            state="terminated",
            action="ncRunInstance",
            wanted="not to be terminated",
        )
    if not world.standing.is_enabled:
        raise UNAVAILABLE(reason="This node is disabled.")
    if not world.is_serving():
        raise UNAVAILABLE(reason="This node cannot start instances: libvirt or eucanetd is down.")
    why = lacks(world.capacity().free, needs(record))
    if why:
        name = record.ask.instance_type.name
        text = f"Node {world.standing.url} has no room for a {name}: {why}."
        raise Refused(NO_CAPACITY, text)
