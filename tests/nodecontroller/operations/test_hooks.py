# SPDX-License-Identifier: BSD-2-Clause
"""What the administrator's hooks may stop."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.command import CommandFailed, Finished
from eucalyptus.contracts.node import NcTerminateInstance
from nodecontroller.adoption import adopt
from nodecontroller.drivers.hooks import PRE_ADOPT, PRE_BOOT, PRE_CLEAN, Hooks
from tests.nodecontroller.house import ID, House, now, run_request


class Judge:
    """A hook that hears everything and says no to ``vetoes``."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.vetoes: set[str] = set()

    async def run(self, argv: Any, **_: Any) -> Finished:
        """Called as a program would be."""
        self.heard.append(argv[1])
        if argv[1] in self.vetoes:
            raise CommandFailed(argv, Finished(1, b"", b"no"))
        return Finished(0, b"", b"")


@pytest.fixture
def judge() -> Judge:
    """The hook's mind."""
    return Judge()


@pytest.fixture
def house(tmp_path: Path, judge: Judge) -> House:
    """A node with the hook."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    (folder / "judge").touch(mode=0o755)
    made = House(tmp_path)
    hooks = Hooks(folder, tmp_path, judge.run)
    drivers = dataclasses.replace(made.world.drivers, hooks=hooks)
    object.__setattr__(made.world, "drivers", drivers)
    return made


def test_a_life_is_told_to_the_hooks(house: House, judge: Judge) -> None:
    """In order."""
    house.ask("ncRunInstance", run_request())
    now(adopt(house.world))
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    assert judge.heard == [PRE_BOOT, PRE_ADOPT, PRE_CLEAN]


def test_a_veto_before_boot_ends_the_instance(house: House, judge: Judge) -> None:
    """Nothing is started, nothing is left, the hook's words are the reason."""
    judge.vetoes.add(PRE_BOOT)
    house.ask("ncRunInstance", run_request())
    assert house.states() == {ID: "TEARDOWN"} and not house.boots()
    assert "vetoed" in house.world.roster.all()[0].reason


def test_a_veto_before_cleaning_keeps_the_files(house: House, judge: Judge) -> None:
    """The instance is over all the same."""
    judge.vetoes.add(PRE_CLEAN)
    house.ask("ncRunInstance", run_request())
    house.ask("ncTerminateInstance", NcTerminateInstance(instance_id=ID, force=True))
    assert house.states() == {ID: "TEARDOWN"} and len(list(house.settings.work.glob("*/*"))) == 1


def test_a_veto_before_adoption_is_quarantine(house: House, judge: Judge) -> None:
    """The domain runs on and is nobody's."""
    judge.vetoes.add(PRE_ADOPT)
    house.ask("ncRunInstance", run_request())
    now(adopt(house.world))
    house.look()
    assert [d.name for d in house.world.standing.strangers] == [ID]
    assert house.states() == {}
