# SPDX-License-Identifier: BSD-2-Clause
"""The daemon also runs the loops of houses that have none of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

from twisted.internet import reactor

from cloudcontroller.service import house_loops, lend
from cloudcontroller.settings import Settings
from eucalyptus.database.rounds import GROUP, Ground, Round
from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin

DONE: list[Path] = []


async def rounds(ground: Ground) -> Mapping[str, Round]:
    """What a house would name in its entry point."""

    async def one() -> float:
        DONE.append(ground.state)
        return 3600.0

    return {"ours": one}


def test_loops_of_other_houses(
    database: Database, tmp_path: Path, turn: Callable[..., None]
) -> None:
    """Their round is run."""
    lent = spin(lend(Settings(state=tmp_path), database, reactor))
    point = EntryPoint(name="house", value=f"{__name__}:rounds", group=GROUP)
    (loop,) = spin(house_loops(lent, [point]))
    assert loop.name == "ours"
    loop.start()
    turn(lambda: [tmp_path] == DONE, 10)
    spin(loop.stop())
    lent.properties.stop()
