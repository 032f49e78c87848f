# SPDX-License-Identifier: BSD-2-Clause
"""After a restart: what the journal knows, and what the administrator's hook says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from twisted.logger import Logger

from nodecontroller.core.lifecycle import STARTED
from nodecontroller.core.reconcile import Domain
from nodecontroller.drivers.files import replace
from nodecontroller.drivers.hooks import PRE_ADOPT, Vetoed
from nodecontroller.world import World

log = Logger()

QUARANTINE = "nc-quarantine.json"


async def adopt(world: World) -> None:
    """Ask the hooks about every instance that should be running; a vetoed one is set aside."""
    for record in world.roster.all():
        if record.state not in STARTED:
            continue
        try:
            await world.drivers.hooks.call(PRE_ADOPT, world.folder(record))
        except Vetoed as veto:
            world.roster.set_aside(record.id, str(veto))
        else:
            log.info("{id} is adopted", id=record.id)


def quarantine(run: Path, damaged: Callable[[], dict[str, str]], clock: Callable[[], float]) -> (
    Callable[[tuple[Domain, ...]], None]
):  # fmt: skip
    """What to do when the strangers change: log them, and list them in ``run`` for everybody."""

    def noted(strangers: tuple[Domain, ...]) -> None:
        rows = []
        for domain in strangers:
            why = damaged().get(domain.name, "no record of it is in the journal")
            rows.append({"name": domain.name, "uuid": domain.uuid, "state": domain.state.value,
                         "why": why, "seen": clock()})  # fmt: skip
            log.error(
                "domain {name} ({uuid}) is in quarantine: {why}. It is left alone; bring back its "
                "record and it is adopted, or destroy it yourself.",
                name=domain.name, uuid=domain.uuid, why=why,
            )  # fmt: skip
        replace(run / QUARANTINE, json.dumps(rows, indent=1).encode(), mode=0o644)

    return noted
