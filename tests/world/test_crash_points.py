# SPDX-License-Identifier: BSD-2-Clause
"""A daemon dies at each step of a launch and of an end, in a whole cloud of rehearsed instances.

What was acknowledged happens, nothing happens twice, and afterwards no record lacks its thing and
no thing its record. A sample runs always, all of them under ``make soak``.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from cloudinabox.demo import environment
from tests.fixtures.cloud import Box
from tests.streets import ROOT
from tests.world.clients import Access, boto3_client
from tests.world.dying import doomed, find_points

RUN = {
    "front": ("clc.run.before_commit", "clc.run.after_commit"),
    "cloud": ("clc.launch.after_take", "clc.launch.before_send", "clc.launch.after_send",
              "clc.launch.after_record", "clc.reconcile.before_apply:2",
              "clc.reconcile.after_apply:2"),
    "cluster": ("cc.run.before_node_call", "cc.run.after_node_call"),
    "node": ("nc.run.before_record", "nc.run.after_record", "nc.run.before_fetch",
             "nc.run.after_fetch", "nc.run.before_disk", "nc.run.after_disk",
             "nc.run.after_disk_ready", "nc.run.before_start", "nc.run.after_start",
             "nc.run.after_started_recorded"),
}  # fmt: skip
END = {
    "front": ("clc.terminate.before_commit", "clc.terminate.after_commit"),
    "cloud": ("clc.terminate.before_send", "clc.terminate.after_send",
              "clc.reconcile.before_apply:2", "clc.reconcile.after_apply:2"),
    "cluster": ("cc.terminate.before_node_call", "cc.terminate.after_node_call"),
    "node": ("nc.end.before_record", "nc.end.after_record", "nc.end.before_destroy",
             "nc.end.after_destroy", "nc.end.before_clean", "nc.end.after_clean"),
}  # fmt: skip
SAMPLE = {"clc.run.after_commit", "clc.launch.after_send", "nc.run.after_start",
          "cc.terminate.after_node_call", "nc.end.after_destroy"}  # fmt: skip
_numbers = itertools.count(1)


def _each(table: dict[str, tuple[str, ...]]) -> list[Any]:
    return [
        pytest.param(program, point, marks=() if point in SAMPLE else pytest.mark.soak)
        for program, points in table.items()
        for point in points
    ]


@pytest.fixture(autouse=True)
def _inside(rehearsal: Box) -> Iterator[None]:
    with rehearsal.network():
        yield


@pytest.fixture(name="ec2")
def _ec2(rehearsal: Box) -> Any:
    return boto3_client(Access(environment(rehearsal.layout.credentials)))


def _answered(box: Box, ask: Callable[[], Any]) -> Any:
    """The first answer to a request that is put again while nobody answers it."""
    answers: list[Any] = []

    def got() -> bool:
        try:
            answers.append(ask())
        except BotoCoreError:  # the daemon died of it, or is not back yet
            return False
        return True

    box.wait("an answer", got, 60)
    return answers[0]


def _launch(ec2: Any, box: Box, token: str) -> str:
    made = ec2.run_instances(
        ImageId=box.said["image"], MinCount=1, MaxCount=1, InstanceType="m1.small",
        ClientToken=token,
    )  # fmt: skip
    return str(made["Instances"][0]["InstanceId"])


def _living(ec2: Any, box: Box) -> dict[str, str]:
    """Id -> state of every instance that has not ended; the demo is none of ours."""
    found = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    states = {one["InstanceId"]: str(one["State"]["Name"]) for one in found}
    states.pop(box.said["instance"], None)
    return {name: state for name, state in states.items() if state != "terminated"}


def _is_clean(box: Box) -> bool:
    program = str(Path(sys.executable).with_name("euca-verify"))
    asked = (program, "--json", "--grace", "0", "--config", str(box.layout.conf))
    return bool(json.loads(box.run(*asked, check=False).out)["clean"])


def _end(ec2: Any, box: Box, instance: str) -> None:
    _answered(box, lambda: ec2.terminate_instances(InstanceIds=[instance]))
    box.wait(f"{instance} to end", lambda: _living(ec2, box) == {}, 60)


@pytest.mark.parametrize(("program", "point"), _each(RUN))
def test_dying_during_a_launch(rehearsal: Box, ec2: Any, program: str, point: str) -> None:
    """The caller who repeats the request with its token has one instance, which runs."""
    token = f"crash-{next(_numbers)}"
    with doomed(rehearsal, program, point) as daemon:
        if program == "front":
            with pytest.raises(BotoCoreError):
                _launch(ec2, rehearsal, token)
        else:
            _launch(ec2, rehearsal, token)
        daemon.await_death()
    instance = _answered(rehearsal, lambda: _launch(ec2, rehearsal, token))
    rehearsal.wait("one that runs", lambda: _living(ec2, rehearsal) == {instance: "running"}, 60)
    rehearsal.wait("euca-verify to be clean", lambda: _is_clean(rehearsal), 60)
    _end(ec2, rehearsal, instance)


@pytest.mark.parametrize(("program", "point"), _each(END))
def test_dying_during_an_end(rehearsal: Box, ec2: Any, program: str, point: str) -> None:
    """An end that was acknowledged comes; nothing of the instance stays."""
    instance = _answered(rehearsal, lambda: _launch(ec2, rehearsal, f"crash-{next(_numbers)}"))
    rehearsal.wait("one that runs", lambda: _living(ec2, rehearsal) == {instance: "running"}, 60)
    with doomed(rehearsal, program, point) as daemon:
        if program == "front":
            with pytest.raises(BotoCoreError):
                ec2.terminate_instances(InstanceIds=[instance])
        else:
            ec2.terminate_instances(InstanceIds=[instance])
        daemon.await_death()
    if point == "clc.terminate.before_commit":
        assert _answered(rehearsal, lambda: _living(ec2, rehearsal)) == {instance: "running"}
        _answered(rehearsal, lambda: ec2.terminate_instances(InstanceIds=[instance]))
    rehearsal.wait(f"{instance} to end", lambda: _answered(rehearsal, lambda: _living(ec2, rehearsal)) == {},
                   60)  # fmt: skip
    rehearsal.wait("euca-verify to be clean", lambda: _is_clean(rehearsal), 60)


def test_every_crash_point_is_tried() -> None:
    """Who adds a step to a launch or an end adds it here."""
    tried = {p.partition(":")[0] for t in (RUN, END) for points in t.values() for p in points}
    houses = ("cloudcontroller", "clustercontroller", "nodecontroller")
    known = {point for house in houses for point in find_points(ROOT / house)}
    assert {p for p in known if not p.startswith("nc.reboot.")} == tried


def test_no_answer_is_no_refusal(rehearsal: Box, ec2: Any) -> None:
    """A refusal is told apart from silence: the same token for another wish is refused."""
    token = f"crash-{next(_numbers)}"
    instance = _launch(ec2, rehearsal, token)
    with pytest.raises(ClientError) as caught:
        ec2.run_instances(
            ImageId=rehearsal.said["image"], MinCount=2, MaxCount=2, ClientToken=token
        )
    print(caught.value)
    assert caught.value.response["Error"]["Code"] == "IdempotentParameterMismatch"
    _end(ec2, rehearsal, instance)
