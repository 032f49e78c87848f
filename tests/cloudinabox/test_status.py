# SPDX-License-Identifier: BSD-2-Clause
"""The status display: a line per process, and 0 only when everything is ENABLED."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudinabox import status
from cloudinabox.programs import PROGRAMS, WALRUS
from cloudinabox.supervisor import Process
from cloudinabox.wish import FAKE, Wish

WISH = Wish(state=Path("/s"), zone="one")
ALL = dict.fromkeys((program.name for program in (*PROGRAMS, WALRUS)), True)


def process(group: str, state: str = "RUNNING", name: str = "") -> Process:
    """A process as supervisord reports it."""
    name = name or group
    return Process(group=group, name=name, state=state, pid=7, log=f"/s/log/{name}.log", since=0)


RUNNING = [process(program.name) for program in PROGRAMS]


@pytest.mark.parametrize(
    ("state", "answers", "shown"),
    [
        ("RUNNING", True, "ENABLED"),
        ("RUNNING", False, "NOTREADY"),
        ("STARTING", True, "NOTREADY"),
        ("BACKOFF", False, "NOTREADY"),
        ("STOPPED", True, "STOPPED"),
        ("FATAL", False, "STOPPED"),
    ],
)
def test_a_service_is_enabled_when_it_runs_and_answers(
    state: str, answers: bool, shown: str
) -> None:
    """A process alone is not a service."""
    assert status.state_of(process("front", state), answers) == shown


def test_everything_running_is_all_enabled() -> None:
    """Then, and only then."""
    lines = status.services(WISH, RUNNING, ALL)
    assert status.all_enabled(lines)
    assert not status.all_enabled(status.services(WISH, RUNNING[1:], ALL))
    assert not status.all_enabled([])


def test_each_front_worker_has_its_line() -> None:
    """Workers are told apart by name and log."""
    workers = [process("front", name=f"front-{n}") for n in range(2)]
    lines = status.services(WISH, [*RUNNING[:1], *RUNNING[2:], *workers], ALL)
    assert [line.log for line in lines if line.type == "user-api"] == [
        "/s/log/front-0.log",
        "/s/log/front-1.log",
    ]


def test_a_rehearsal_does_not_miss_libvirtd() -> None:
    """What is not wanted is not shown."""
    lines = status.services(Wish(hypervisor=FAKE), RUNNING, ALL)
    assert "libvirt" not in {line.type for line in lines}


def test_the_table_has_a_column_for_each_fact() -> None:
    """Scripts split on white space; a missing fact is a dash."""
    rows = [line.split() for line in status.table(status.services(WISH, RUNNING, ALL)).splitlines()]
    assert {len(row) for row in rows} == {len(status.COLUMNS)}
    assert ["cluster", "one", "cluster", "ENABLED"] in [row[:4] for row in rows]


def test_the_object_store_is_shown_with_the_worker_that_serves_it() -> None:
    """It has no process of its own, and may fail while the worker lives."""
    lines = status.services(WISH, RUNNING, ALL | {"walrus": False})
    (walrus,) = (line for line in lines if line.type == "walrusbackend")
    assert (walrus.name, walrus.state, walrus.pid) == ("walrus", "NOTREADY", 7)
    assert walrus.endpoint.endswith("/services/objectstorage")


def test_json_says_the_same() -> None:
    """The columns are the keys."""
    said = json.loads(status.as_json(status.services(WISH, RUNNING, ALL)))
    assert tuple(said[0]) == status.COLUMNS


TABLE = [
    ("one", "available"),
    ("|- vm types", "free / max   cpu   ram  disk"),
    ("|- m1.small", "0000 / 0002   1    256     5"),
    ("two", "available"),
    ("|- vm types", "free / max   cpu   ram  disk"),
    ("|- m1.small", "0000 / 0000   1    256     5"),
    ("three", "not available"),
]


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ("one", (True, True)),
        ("two", (True, False)),
        ("three", (False, False)),
        ("four", (False, False)),
    ],
)
def test_a_node_works_when_it_brings_room(zone: str, found: tuple[bool, bool]) -> None:
    """The administrator's table tells an available zone from one with a working node."""
    assert status.zone_in(TABLE, zone) == found


def test_nothing_answers_without_a_database() -> None:
    """A zone is not asked for when it could not be known."""

    def never() -> list[tuple[str, str]]:
        raise AssertionError("asked")

    answering = status.probe(Wish(state=Path("/nonexistent")), never)
    assert not answering["database"]
    assert not answering["node"]
