# SPDX-License-Identifier: BSD-2-Clause
"""From an accepted instance to a started domain: images, disks, hook, network, domain.

Staging can be begun again from its beginning at any time: what is in the cache is found there,
what lies in the instance's folder is made anew, a domain that runs already counts as started.
"""

from __future__ import annotations

import errno
from pathlib import Path

from twisted.internet.defer import CancelledError
from twisted.internet.task import deferLater
from twisted.logger import Logger

from eucalyptus.crashpoints import crashpoint
from nodecontroller.core import disks, formats
from nodecontroller.core.domain import Drive, Guest, Interface, xml
from nodecontroller.core.lifecycle import Event, State
from nodecontroller.core.record import Record
from nodecontroller.drivers.disks import DiskFailed
from nodecontroller.drivers.files import ends, put
from nodecontroller.drivers.hooks import PRE_BOOT, Vetoed
from nodecontroller.drivers.hypervisors import HypervisorRefused, HypervisorUnreachable
from nodecontroller.drivers.images import DiskFull, ImageUnavailable
from nodecontroller.operations.ending import end, is_there
from nodecontroller.world import World

log = Logger()

START_ATTEMPTS = 5
START_PAUSE = 1.0
REACH_ATTEMPTS = 60
REACH_PAUSE = 5.0
GATE_PAUSE = 0.25


class NetworkMissing(Exception):
    """The network of an instance did not come up in time."""


FAILURES = (
    disks.BadBootRecord, DiskFailed, DiskFull, HypervisorRefused, HypervisorUnreachable,
    ImageUnavailable, NetworkMissing, Vetoed, OSError,
)  # fmt: skip


KEPT_BACK = (
    (DiskFailed, "its disks could not be made"),
    (HypervisorRefused, "the hypervisor refused to start it"),
    (HypervisorUnreachable, "the hypervisor did not answer"),
    (Vetoed, "a hook of the node's administrator vetoed it"),
    (OSError, "its files could not be made"),
)
"""Failures whose own words (paths, commands) are for the node's log only."""


async def stage(world: World, instance_id: str) -> None:
    """Stage one instance to its end, good or bad; whatever goes wrong becomes its reason."""
    record = world.roster.get(instance_id)
    if record is None or record.state is not State.STAGING:
        return
    try:
        await _stage(world, record)
    except CancelledError:
        raise
    except FAILURES as failure:
        log.warn("{id} cannot be started: {why}", id=instance_id, why=failure)
        await _fail(world, instance_id, told(failure))
    except Exception as bug:
        log.failure("{id}: staging failed", id=instance_id)
        await _fail(world, instance_id, f"a fault of the node controller ({type(bug).__name__})")


def told(failure: Exception) -> str:
    """What the owner of an instance is told of ``failure``: nothing of the host's own affairs."""
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk of the node is full"
    return next((text for kind, text in KEPT_BACK if isinstance(failure, kind)), str(failure))


async def _fail(world: World, instance_id: str, reason: str) -> None:
    record = world.roster.get(instance_id)
    if record is not None and record.state is State.STAGING:
        await world.roster.move(instance_id, Event.STAGING_FAILED, reason=reason)
        await end(world, instance_id, forced=True)


async def _stage(world: World, record: Record) -> None:
    folder = world.folder(record)
    await world.drivers.disks.prepare(folder)
    guest = await _make(world, record, folder)
    text = xml(guest, world.host())
    path = folder / "instance-libvirt.xml"
    # Staging that a power cut interrupts begins anew: this need not outlive one.
    await world.tools.in_thread(put, path, text.encode())
    if await world.drivers.hooks.call(PRE_BOOT, folder):
        # A hook may have rewritten it; that is what it is for.
        text = await world.tools.in_thread(path.read_text)
    crashpoint("nc.run.after_disk_ready")
    await _await_network(world, record.id)
    crashpoint("nc.run.before_start")
    world.jobs.shield(record.id)
    started = await _start(world, record.id, text)
    crashpoint("nc.run.after_start")
    current = world.roster.get(record.id)
    if current is not None and current.state is State.STAGING:
        await world.roster.move(
            record.id, Event.STARTED, *([Event.SEEN_RUNNING] if started else [])
        )
    crashpoint("nc.run.after_started_recorded")


async def _make(world: World, record: Record, folder: Path) -> Guest:
    """Fetch what there is to fetch and make the disks."""
    machine = record.ask.instance_type
    images: dict[str, disks.Fetched] = {}
    paths: dict[str, Path] = {}
    for source in disks.sources(machine):
        crashpoint("nc.run.before_fetch")
        paths[source.id] = folder / f"image-{source.kind}"
        images[source.id] = await world.drivers.images.fetch(source, paths[source.id])
        if source.kind == disks.MACHINE:
            await _inspect(world, source.id, paths[source.id])
        crashpoint("nc.run.after_fetch")
    plan = disks.plan(machine, images)
    drives = []
    for disk in plan.disks:
        crashpoint("nc.run.before_disk")
        drives.append(await world.drivers.disks.make(disk, paths, folder))
        crashpoint("nc.run.after_disk")
    return _guest(world, record, plan, tuple(drives))


async def _inspect(world: World, image_id: str, path: Path) -> None:
    """Refuse a machine image that is not the plain bytes of a disk."""
    first, last = await world.tools.in_thread(ends, path, formats.HEAD, formats.TAIL)
    found = formats.foreign(first, last)
    if found:
        raise ImageUnavailable(
            f"image {image_id} is in {found} format; only raw disks run here. "
            "Convert it (qemu-img convert -O raw), bundle it and register it again"
        )


def _guest(world: World, record: Record, plan: disks.Plan, drives: tuple[Drive, ...]) -> Guest:
    ask, folder = record.ask, world.folder(record)
    others = (
        Interface(owner=nic.interface_id, mac=nic.private_mac_address)
        for nic in ask.secondary_net_config
    )
    return Guest(
        id=record.id,
        uuid=ask.uuid,
        memory=ask.instance_type.memory or 0,
        cores=ask.instance_type.cores or 0,
        drives=drives,
        interfaces=(Interface(owner=record.id, mac=ask.net_params.private_mac_address), *others),
        console=str(world.console(record)),
        kernel=str(folder / "image-kernel") if plan.kernel else "",
        ramdisk=str(folder / "image-ramdisk") if plan.ramdisk else "",
        root=ask.root_directive or "",
        windows=ask.platform == "windows",
    )


async def _await_network(world: World, instance_id: str) -> None:
    """Wait until eucanetd has applied a network that knows the instance."""
    limit = world.settings.network_wait
    if not limit:
        return
    deadline = world.tools.ticks() + limit
    while instance_id not in await world.tools.in_thread(world.drivers.network.applied):
        if world.tools.ticks() >= deadline:
            raise NetworkMissing(f"its network was not ready within {limit:.0f} s")
        await _pause(world, GATE_PAUSE)


async def _start(world: World, instance_id: str, text: str) -> bool:
    """Whether the domain was started now; False when there is one already, or none is wanted."""
    refused = unreachable = 0
    while True:
        try:
            if await is_there(world, instance_id):
                return False
            await world.drivers.hypervisor.start(text)
            return True
        except HypervisorRefused as no:
            refused += 1
            log.warn("{id}: start refused: {why}", id=instance_id, why=no)
            if refused >= START_ATTEMPTS:
                raise
            await _pause(world, START_PAUSE)
        except HypervisorUnreachable:
            unreachable += 1
            if unreachable >= REACH_ATTEMPTS:
                raise
            await _pause(world, REACH_PAUSE)
        if _is_over(world, instance_id):
            return False


def _is_over(world: World, instance_id: str) -> bool:
    record = world.roster.get(instance_id)
    return record is None or record.state is not State.STAGING


async def _pause(world: World, seconds: float) -> None:
    await deferLater(world.tools.reactor, seconds)
