# SPDX-License-Identifier: BSD-2-Clause
"""Does this hypervisor really run a guest? Run one and listen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from nodecontroller.core import probe
from nodecontroller.drivers.hypervisors import Hypervisor, HypervisorRefused

PATIENCE = 5.0
"""Seconds a guest of one sector may take to say its word; on bare metal it takes half a second."""
STEP = 0.1

log = Logger()


async def runs_guests(hypervisor: Hypervisor, folder: Path, reactor: IReactorTime) -> bool:
    """Whether a guest of ``hypervisor.kind`` executes; files are made, and removed, in ``folder``.

    Raises HypervisorUnreachable when there is no hypervisor to ask.
    """
    with tempfile.TemporaryDirectory(prefix="probe-", dir=folder) as place:
        # Readable by whichever user the hypervisor runs guests as.
        os.chmod(place, 0o755)  # noqa: S103 - a boot sector is no secret
        disk, console = Path(place, "disk"), Path(place, "console")
        disk.write_bytes(probe.sector())
        await hypervisor.destroy(probe.NAME)
        try:
            await hypervisor.start(probe.xml(hypervisor.kind, str(disk), str(console)))
        except HypervisorRefused as refused:
            log.info("no {kind} guest can be started: {why}", kind=hypervisor.kind, why=refused)
            return False
        try:
            return await _spoke(console, reactor)
        finally:
            await hypervisor.destroy(probe.NAME)


async def _spoke(console: Path, reactor: IReactorTime) -> bool:
    for _ in range(int(PATIENCE / STEP)):
        if console.exists() and probe.WORD.strip() in console.read_bytes():
            return True
        await deferLater(reactor, STEP)
    return False
