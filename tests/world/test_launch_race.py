# SPDX-License-Identifier: BSD-2-Clause
"""F-9b: two hundred launches at the same moment where there is room for twenty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.world.zone import ROOM, Zone, zone_with_room

ASKED = 200


@pytest.fixture(name="zone")
def _zone() -> Iterator[Zone]:
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
    # The one that asks again with a token that was used is answered with what it got.
    names = {f"InstanceId.{n}": name for n, name in enumerate(zone.running(), 1)}
    assert zone.at_once([zone.request(Action="TerminateInstances", **names)]) == {"200": 1}
    zone.cloud.until(lambda: not zone.domains() and zone.room() == ROOM, 90)
    assert set(zone.states().values()) == {"terminated"}
    zone.cloud.until(lambda: not zone.left_on_the_node(), 60)
    assert zone.cloud.sql("SELECT * FROM compute.work") == []
