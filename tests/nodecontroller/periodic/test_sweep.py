# SPDX-License-Identifier: BSD-2-Clause
"""The sweep removes what belongs to nobody, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.logger import globalLogPublisher

from tests.nodecontroller.house import House, run_request


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A node with one running instance."""
    made = House(tmp_path)
    made.ask("ncRunInstance", run_request())
    return made


def test_a_folder_without_an_owner_is_removed_by_the_second_sweep(house: House) -> None:
    """One with an owner never."""
    orphan = house.settings.work / "AIDA0000" / "i-77777777"
    orphan.mkdir(parents=True)
    house.sweep_now()
    assert orphan.exists()
    house.sweep_now()
    house.sweep_now()
    assert not orphan.exists() and len(list(house.settings.work.glob("*/*"))) == 1


def test_nothing_is_removed_while_the_hypervisor_is_away(house: House) -> None:
    """Nobody could say what belongs to a running domain."""
    orphan = house.settings.work / "AIDA0000" / "i-77777777"
    orphan.mkdir(parents=True)
    house.hypervisor.reachable = False
    house.look()
    for _ in range(3):
        house.sweep_now()
    assert orphan.exists()


def test_files_are_kept_when_the_administrator_wants_them(tmp_path: Path) -> None:
    """MANUAL_INSTANCES_CLEANUP."""
    house = House(tmp_path, keep_files=True)
    orphan = house.settings.work / "AIDA0000" / "i-77777777"
    orphan.mkdir(parents=True)
    for _ in range(3):
        house.sweep_now()
    assert orphan.exists()


def test_a_disk_that_runs_low_is_said_once(house: House) -> None:
    """Fault 1003, when it becomes so."""
    said: list[str] = []

    def observe(event: dict[str, object]) -> None:
        said.append(str(event.get("log_format", "")))

    globalLogPublisher.addObserver(observe)  # type: ignore[arg-type]
    try:
        for free in (100, 5, 5, 100, 5):
            house.world.standing.disk = (100, free)
            house.sweep_now()
    finally:
        globalLogPublisher.removeObserver(observe)  # type: ignore[arg-type]
    assert sum("fault 1003" in text for text in said) == 2


def test_sweeps_follow_each_other_by_the_clock(house: House) -> None:
    """Every ten seconds, until stopped."""
    orphan = house.settings.work / "AIDA0000" / "i-77777777"
    orphan.mkdir(parents=True)
    house.sweep.start()
    house.clock.pump([10, 10, 1])
    assert not orphan.exists()
    house.sweep.stop()
    orphan.mkdir(parents=True)
    house.clock.pump([10, 10, 10])
    assert orphan.exists()
