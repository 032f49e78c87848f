# SPDX-License-Identifier: BSD-2-Clause
"""Twenty places for instances: F-9b, two hundred want one; F-10, they come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.sizes import Sizes, sizes_of
from tests.world.test_leaks import MOST_GROWTH, MOST_PER_REQUEST, SLACK
from tests.world.zone import ROOM, Zone, zone_with_room

ASKED = 200


@pytest.fixture(name="zone", scope="module")
def _zone() -> Iterator[Zone]:
    """One cloud for both, each of which leaves it as it was."""
    with zone_with_room() as made:
        yield made


@pytest.mark.parametrize("row", [pytest.param(None, id="F-9b")])
def test_twenty_of_two_hundred(zone: Zone, row: None) -> None:
    """Exactly as many run as there is room for; the others hear why; nothing is left over."""
    outcomes = zone.at_once(zone.launches(ASKED))
    assert outcomes == {"200": ROOM, "400 InsufficientInstanceCapacity": ASKED - ROOM}
    zone.cloud.until(lambda: len(zone.running()) == ROOM, 90)
    assert zone.domains() == zone.running()
    assert len(set(zone.cloud.sql("SELECT private_ip FROM compute.instances"))) == ROOM
    names = {f"InstanceId.{n}": name for n, name in enumerate(zone.running(), 1)}
    assert zone.at_once([zone.request(Action="TerminateInstances", **names)]) == {"200": 1}
    zone.cloud.until(lambda: not zone.domains() and zone.room() == ROOM, 90)
    assert set(zone.states().values()) == {"terminated"}
    zone.cloud.until(lambda: not zone.left_on_the_node(), 60)
    assert zone.cloud.sql("SELECT * FROM compute.work") == []


class Cycles:
    """Instances that come and go, twenty at a time."""

    def __init__(self, zone: Zone) -> None:
        self.zone, self.cloud = zone, zone.cloud

    def turn(self) -> None:
        """Twenty run and end."""
        zone = self.zone
        assert zone.at_once(zone.launches(ROOM)) == {"200": ROOM}
        self.cloud.until(lambda: len(zone.running()) == ROOM, 90)
        names = {f"InstanceId.{n}": name for n, name in enumerate(zone.running(), 1)}
        assert zone.at_once([zone.request(Action="TerminateInstances", **names)]) == {"200": 1}
        self.cloud.until(lambda: not zone.domains() and zone.room() == ROOM, 120)

    def sizes(self) -> dict[str, Sizes]:
        """What each daemon holds."""
        return {name: sizes_of(process.pid) for name, process in self.cloud.processes.items()}

    def files(self) -> list[str]:
        """What instances left on the node and in the cluster's memory."""
        node = Path(self.cloud.state, "instances")
        return [str(path) for part in ("work", "journal") for path in (node / part).rglob("i-*")]


@pytest.mark.parametrize(
    "rounds",
    [pytest.param(1, id="F-10"), pytest.param(50, id="F-10-soak", marks=pytest.mark.soak)],
)
def test_instances_come_and_go_without_a_trace(zone: Zone, rounds: int) -> None:
    """Rows, files, memory and connections of every daemon are what they were."""
    for name in ("terminated_time", "buried_time"):
        zone.set(f"cloud.vmstate.{name}", "1s")
    cycles = Cycles(zone)
    cycles.turn()
    before = cycles.sizes()
    for _ in range(rounds):
        cycles.turn()
    zone.cloud.until(lambda: not zone.states() and not cycles.files(), 180)
    zone.cloud.until(lambda: not zone.left_on_the_node(), 60)
    for table in ("instances", "members", "work"):
        assert zone.cloud.sql(f"SELECT * FROM compute.{table}") == []
    most = min(MOST_GROWTH, SLACK + MOST_PER_REQUEST * rounds * ROOM * 2)
    for name, after in cycles.sizes().items():
        assert after.files <= before[name].files + 2, (name, before[name], after)
        assert after.threads <= before[name].threads + 2, (name, before[name], after)
        assert after.rss - before[name].rss <= most, (name, before[name], after)
