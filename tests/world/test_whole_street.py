# SPDX-License-Identifier: BSD-2-Clause
"""Killed at each step of a launch and of an end, from the cloud's loops to the node: whatever was
acknowledged comes about, once; the same token gives the same ids; nothing is left over (F-1)."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.run import Database
from tests.cloudcontroller.compute.periodic import test_crashes as clc
from tests.fixtures.reactor import spin
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


def test_a_dead_node_ends_nothing_and_takes_nothing(cloud: Whole) -> None:
    """Its instance stays running, the zone has no room and says so; what is ended meanwhile keeps
    its address until the node is back and has let it go."""
    cloud.start({})
    image = cloud.clc.image()
    (kept,) = cloud.launch(image, "one")
    (ended,) = cloud.launch(image, "two")
    cloud.until(lambda: {*cloud.clc.described().values()} == {"running"}, 60)
    cloud.node.stop()
    cloud.until(lambda: not cloud.has_room(), 30)
    assert {*cloud.clc.described().values()} == {"running"}
    with pytest.raises(Refused) as refused:
        cloud.clc.launch(image)
    assert refused.value.refusal.code == "InsufficientInstanceCapacity"
    assert "one" in refused.value.message and "m1.small" in refused.value.message
    cloud.terminate(ended)
    for _ in range(10):
        cloud.turn()
    assert cloud.clc.described()[ended] == "shutting-down"
    assert cloud.clc.instances()[ended].private_ip and cloud.domains() == sorted([kept, ended])
    cloud.node.start()
    wanted = {kept: "running", ended: "terminated"}
    cloud.until(lambda: cloud.clc.described() == wanted and cloud.has_room(), 60)
    assert cloud.domains() == [kept] and cloud.findings() == []


@pytest.mark.soak
def test_a_node_that_hangs_while_it_is_told(cloud: Whole) -> None:
    """Stopped while it is asked to run, and going on after its instance was ended: whatever it
    does late, nothing is left."""
    cloud.start({})
    os.kill(cloud.node.pid, signal.SIGSTOP)
    launching = cloud.begin_launch(cloud.clc.image())
    (name,) = cloud.clc.described()
    cloud.terminate(name)
    spin(deferLater(reactor, 8.0))  # type: ignore[arg-type]
    os.kill(cloud.node.pid, signal.SIGCONT)
    spin(launching, 80)
    cloud.until(lambda: cloud.clc.described() == {name: "terminated"}, 90)
    for _ in range(10):
        cloud.turn()
    assert cloud.domains() == [] and cloud.findings() == []
