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
from tests.world.access import Access
from tests.world.clients import boto3_client
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
             "nc.run.after_started_recorded", "nc.file.before_rename",
             "nc.file.after_rename"),
}  # fmt: skip
END = {
    "front": ("clc.terminate.before_commit", "clc.terminate.after_commit"),
    "cloud": ("clc.terminate.before_send", "clc.terminate.after_send",
              "clc.reconcile.before_apply:2", "clc.reconcile.after_apply:2"),
    "cluster": ("cc.terminate.before_node_call", "cc.terminate.after_node_call"),
    "node": ("nc.end.before_record", "nc.end.after_record", "nc.end.before_destroy",
             "nc.end.after_destroy", "nc.end.before_clean", "nc.end.after_clean",
             "nc.end.after_cleaned_recorded"),
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


class Account:
    """The cloud's administrator, with one instance at a time beside what was there before."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.ec2: Any = boto3_client(Access(environment(box.layout.credentials)))
        self._before = frozenset(self._states())
        self._token = f"crash-{next(_numbers)}"

    def _states(self) -> dict[str, str]:
        found = [i for r in self.ec2.describe_instances()["Reservations"] for i in r["Instances"]]
        return {one["InstanceId"]: str(one["State"]["Name"]) for one in found}

    def living(self) -> dict[str, str]:
        """Id -> state of every new instance that has not ended."""
        states = self.answered(self._states)
        return {
            name: state for name, state in states.items()
            if state != "terminated" and name not in self._before
        }  # fmt: skip

    def answered(self, ask: Callable[[], Any]) -> Any:
        """The first answer to a request that is put again while nobody answers it."""
        answers: list[Any] = []

        def got() -> bool:
            try:
                answers.append(ask())
            except BotoCoreError:  # the daemon died of it, or is not back yet
                return False
            return True

        self.box.wait("an answer", got, 60)
        return answers[0]

    def launch(self, count: int = 1) -> str:
        """Ask for this test's instance, any number of times; its id."""
        made = self.ec2.run_instances(
            ImageId=self.box.said["image"], MinCount=count, MaxCount=count, ClientToken=self._token
        )
        return str(made["Instances"][0]["InstanceId"])

    def terminate(self, *instances: str) -> None:
        """Ask for the end of instances."""
        self.ec2.terminate_instances(InstanceIds=list(instances))

    def await_living(self, wanted: dict[str, str]) -> None:
        """Until exactly these live, each in its state."""
        self.box.wait(f"{wanted}", lambda: self.living() == wanted, 60)

    def await_clean(self) -> None:
        """Until no record lacks its thing and no thing its record."""
        program = str(Path(sys.executable).with_name("euca-verify"))
        asked = (program, "--json", "--grace", "0", "--config", str(self.box.layout.conf))
        clean = lambda: json.loads(self.box.run(*asked, check=False).out)["clean"]  # noqa: E731
        self.box.wait("euca-verify to be clean", clean, 60)


@pytest.fixture(name="account")
def _account(rehearsal: Box) -> Iterator[Account]:
    account = Account(rehearsal)
    yield account
    left = account.living()
    if left:  # the test failed: the next one shall not suffer
        account.terminate(*left)
        account.await_living({})


def _meet(account: Account, program: str, point: str, ask: Callable[[], Any]) -> None:
    """Put a request whose path leads through a crash point of a program, and see it die."""
    with doomed(account.box, program, point) as daemon:
        if program == "front":
            with pytest.raises(BotoCoreError):
                ask()
        else:
            ask()
        daemon.await_death()


@pytest.mark.parametrize(("program", "point"), _each(RUN))
def test_dying_during_a_launch(account: Account, program: str, point: str) -> None:
    """The caller who repeats the request with its token has one instance, which runs."""
    _meet(account, program, point, account.launch)
    instance = account.answered(account.launch)
    account.await_living({instance: "running"})
    account.await_clean()
    account.terminate(instance)
    account.await_living({})


@pytest.mark.parametrize(("program", "point"), _each(END))
def test_dying_during_an_end(account: Account, program: str, point: str) -> None:
    """An end that was acknowledged comes; nothing of the instance stays."""
    instance = account.answered(account.launch)
    account.await_living({instance: "running"})
    _meet(account, program, point, lambda: account.terminate(instance))
    if point == "clc.terminate.before_commit":
        assert account.living() == {instance: "running"}
        account.terminate(instance)
    account.await_living({})
    account.await_clean()


def test_a_token_used_for_another_wish_is_refused(account: Account) -> None:
    """So that an answer is never another request's."""
    account.launch()
    with pytest.raises(ClientError) as caught:
        account.launch(count=2)
    assert caught.value.response["Error"]["Code"] == "IdempotentParameterMismatch"


def test_every_crash_point_is_tried() -> None:
    """Who adds a step to a launch or an end adds it here."""
    tried = {p.partition(":")[0] for t in (RUN, END) for points in t.values() for p in points}
    houses = ("cloudcontroller", "clustercontroller", "nodecontroller")
    known = {point for house in houses for point in find_points(ROOT / house)}
    later = ("nc.reboot.", "nc.forget.")
    assert {point for point in known if not point.startswith(later)} == tried
