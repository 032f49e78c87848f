# SPDX-License-Identifier: BSD-2-Clause
"""What compute believes, for ``euca-verify``: instances and the things that each needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twisted.internet import reactor

from cloudcontroller.compute.core.instance import Instance
from cloudcontroller.compute.core.lifecycle import VmState
from cloudcontroller.compute.database import instances
from cloudcontroller.settings import Settings
from eucalyptus.database.run import Database
from eucalyptus.settings import read
from eucalyptus.verification import Belief, Inspection

NEEDED = frozenset({"domain", "disk", "lease", "rule"})
"""What a running instance needs on its node. A rehearsal's has no tap, so taps only may be."""
POSSIBLE = NEEDED | {"tap", "record"}


async def inspect(config: Path | None) -> Inspection:
    """The living instances of the database; a host without the cloud's keys believes nothing."""
    settings = read(Settings, config)
    if not (settings.keys / "cloud-pk.pem").exists():
        return Inspection()
    database = Database(settings.url, reactor=reactor, threads=1)
    try:
        return Inspection(beliefs=beliefs(await database.read(instances.alive)))
    finally:
        await database.close()


def beliefs(alive: Sequence[Instance]) -> tuple[Belief, ...]:
    """A running instance needs its things; one that begins or ends may have them."""
    return tuple(
        Belief(
            id=one.instance_id,
            needs=NEEDED if one.state is VmState.RUNNING else frozenset(),
            may_have=POSSIBLE,
            since=one.changed,
        )
        for one in alive
    )
