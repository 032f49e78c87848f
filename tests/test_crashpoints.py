# SPDX-License-Identifier: BSD-2-Clause
"""Crash points kill where they are told to, and nowhere else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eucalyptus.crashpoints import VARIABLE, CrashPlan
from tests.streets import ROOT

POINT = re.compile(r'\bcrash(?:point)?\(\s*"([^"]+)"')
PROGRAM = "from eucalyptus.crashpoints import crashpoint; crashpoint('a.b'); print('alive')"


@pytest.mark.parametrize(
    ("wish", "kills"),
    [("", []), ("other", []), ("a", [1]), ("a:1", [1]), ("a:3", [3]), ("a:9", [])],
)
def test_the_wished_pass_kills(wish: str, kills: list[int]) -> None:
    """Once."""
    killed: list[int] = []
    passed: list[int] = []
    plan = CrashPlan(wish, lambda: killed.append(len(passed)))
    for number in range(1, 6):
        passed.append(number)
        plan.reached("a")
        plan.reached("b")
    assert killed == kills


@pytest.mark.parametrize(("wish", "code"), [("a.b", -signal.SIGKILL), ("", 0), ("a.c", 0)])
def test_a_process_dies_without_last_words(wish: str, code: int) -> None:
    """By SIGKILL."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, VARIABLE: wish}, capture_output=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == code and (ended.stdout == b"alive\n") == (code == 0)


def test_every_crash_point_is_named_by_a_test() -> None:
    """A crash point that nobody dies at proves nothing."""
    own = Path(__file__)
    tests = "\n".join(p.read_text() for p in (ROOT / "tests").rglob("*.py") if p != own)
    houses = [p.parent for p in ROOT.glob("*/__init__.py") if p.parent.name != "tests"]
    code = "\n".join(p.read_text() for house in houses for p in house.rglob("*.py"))
    points = set(POINT.findall(code))
    assert len(points) > 40
    assert sorted(p for p in points if not re.search(rf'"{re.escape(p)}["#:]', tests)) == []
