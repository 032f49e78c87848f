# SPDX-License-Identifier: BSD-2-Clause
"""Killed at each step of a launch and of an end, from the cloud's loops to the node: whatever was
acknowledged comes about, once; the same token gives the same ids; nothing is left over (F-1)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from eucalyptus.database.run import Database
from tests.cloudcontroller.compute.periodic import test_crashes as clc
from tests.nodecontroller import test_crashes as nc
from tests.world.whole import Whole, whole

TOGETHER: list[Mapping[str, str]] = [
    {"clc": "clc.launch.after_send", "cc": "cc.run.before_node_call", "nc": "nc.run.after_record"},
    {
        "clc": "clc.terminate.before_send",
        "cc": "cc.terminate.after_node_call",
        "nc": "nc.end.before_destroy",
    },
]
CC = ("cc.run.before_node_call", "cc.run.after_node_call", "cc.terminate.before_node_call",
      "cc.terminate.after_node_call")  # fmt: skip
FORGETTING = ("nc.forget.before", "nc.forget.after")
EACH = [
    {point.partition(".")[0]: point}
    for point in sorted({*clc.RUN, *clc.TERMINATE, *CC, *nc.RUN, *nc.END} - {*FORGETTING})
]


@pytest.fixture
def cloud(database: Database) -> Iterator[Whole]:
    """A cloud, not started."""
    state = Path(tempfile.mkdtemp(prefix="eucafaults", dir="/tmp"))
    try:
        with whole(state, database) as made:
            yield made
    finally:
        shutil.rmtree(state, ignore_errors=True)


def live_and_die(cloud: Whole, crash: Mapping[str, str]) -> None:
    """One instance from its launch to its end, with daemons that die on the way."""
    cloud.start(crash)
    image = cloud.clc.image()
    (name,) = cloud.launch(image, "token")
    cloud.until(lambda: cloud.clc.described() == {name: "running"}, 60)
    assert cloud.launch(image, "token") == (name,)
    assert cloud.domains() == [name] and cloud.findings() == []
    cloud.terminate(name)
    cloud.until(lambda: cloud.clc.described() == {name: "terminated"}, 60)
    assert cloud.domains() == [] and cloud.findings() == []
    assert cloud.clc.rows("work") == [] and len(cloud.clc.rows("reservations")) == 1
    assert cloud.clc.instances()[name].private_ip == ""
    assert {*cloud.deaths} == {*crash}


@pytest.mark.parametrize("crash", TOGETHER, ids=["run", "terminate"])
def test_everybody_dies_once(cloud: Whole, crash: Mapping[str, str]) -> None:
    """The cloud's daemon, the cluster's and the node's, each in the middle of the same work."""
    live_and_die(cloud, crash)


@pytest.mark.soak
@pytest.mark.parametrize("crash", EACH, ids=[point for row in EACH for point in row.values()])
def test_one_dies_at(cloud: Whole, crash: Mapping[str, str]) -> None:
    """Each crash point by itself."""
    live_and_die(cloud, crash)
