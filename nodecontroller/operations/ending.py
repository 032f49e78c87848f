# SPDX-License-Identifier: BSD-2-Clause
"""From an instance that is to end to one that is over: its domain stopped, its files removed.

Like staging it can be begun again at any time; nothing is removed before the hypervisor has said
that the domain is gone.
"""

from __future__ import annotations

from twisted.logger import Logger

from eucalyptus.crashpoints import crashpoint
from nodecontroller.core.lifecycle import ENDING, Event
from nodecontroller.core.record import Record
from nodecontroller.drivers.hooks import PRE_CLEAN, Vetoed
from nodecontroller.drivers.hypervisors import HypervisorRefused, HypervisorUnreachable
from nodecontroller.ear import stopped
from nodecontroller.world import World

log = Logger()


async def end(world: World, instance_id: str, *, forced: bool = False) -> None:
    """End one instance; ``forced`` skips asking the guest. What fails is tried again by the
    watch, a look later."""
    record = world.roster.get(instance_id)
    if record is None or record.state not in ENDING:
        return
    try:
        await _stop(world, instance_id, forced)
        await _clean(world, record)
    except (HypervisorUnreachable, HypervisorRefused, OSError) as failure:
        log.warn("{id} cannot be ended yet: {why}", id=instance_id, why=failure)


async def _stop(world: World, instance_id: str, forced: bool) -> None:
    if not await is_there(world, instance_id):
        return
    grace = world.settings.grace
    if not forced and grace and not await _stopped_itself(world, instance_id, grace):
        log.info("{id} does not shut down within {s} s", id=instance_id, s=grace)
    crashpoint("nc.end.before_destroy")
    await world.drivers.hypervisor.destroy(instance_id)
    crashpoint("nc.end.after_destroy")


async def _stopped_itself(world: World, instance_id: str, grace: float) -> bool:
    try:
        ask = world.drivers.hypervisor.shutdown(instance_id)
        return await world.ear.provoke(stopped(instance_id), grace, ask)
    except HypervisorRefused:
        return not await is_there(world, instance_id)


async def is_there(world: World, instance_id: str) -> bool:
    """Whether the hypervisor has a domain of that name."""
    domains = await world.drivers.hypervisor.domains()
    return any(domain.name == instance_id for domain in domains)


async def _clean(world: World, record: Record) -> None:
    folder = world.folder(record)
    try:
        await world.drivers.hooks.call(PRE_CLEAN, folder)
        keep = world.settings.keep_files
    except Vetoed:
        keep = True
    crashpoint("nc.end.before_clean")
    if not keep:
        await world.drivers.disks.remove(folder)
    crashpoint("nc.end.after_clean")
    current = world.roster.get(record.id)
    if current is not None and current.state in ENDING:
        await world.roster.move(record.id, Event.CLEANED)
    crashpoint("nc.end.after_cleaned_recorded")
