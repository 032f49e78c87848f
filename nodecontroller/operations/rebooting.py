# SPDX-License-Identifier: BSD-2-Clause
"""Rebooting: the power button, then Control-Alt-Delete, then the reset button."""

from __future__ import annotations

from twisted.logger import Logger

from eucalyptus.crashpoints import crashpoint
from nodecontroller.drivers.hypervisors import HypervisorRefused, HypervisorUnreachable
from nodecontroller.ear import rebooted
from nodecontroller.world import World

log = Logger()


def reboot_key(instance_id: str) -> str:
    """The key of the job that reboots an instance."""
    return f"reboot {instance_id}"


async def reboot(world: World, instance_id: str) -> None:
    """Reboot one instance; half the grace for each of the two ways of asking. Its console log
    goes on."""
    hypervisor, half = world.drivers.hypervisor, world.settings.grace / 2
    try:
        crashpoint("nc.reboot.before_ask")
        for ask in (hypervisor.reboot, hypervisor.press):
            if half and await world.ear.provoke(rebooted(instance_id), half, ask(instance_id)):
                log.info("{id} rebooted", id=instance_id)
                return
        crashpoint("nc.reboot.before_reset")
        await hypervisor.reset(instance_id)
        crashpoint("nc.reboot.after_reset")
        log.info("{id} did not listen and was reset", id=instance_id)
    except (HypervisorRefused, HypervisorUnreachable) as failure:
        log.warn("{id} cannot be rebooted: {why}", id=instance_id, why=failure)
