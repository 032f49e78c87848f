# SPDX-License-Identifier: BSD-2-Clause
"""A cluster controller killed at each step of its work: one instance, no more and no fewer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.contracts import cluster as cc
from eucalyptus.web.connections import Unreachable
from tests.clustercontroller.neighbours import A, Neighbours, run

ROOT = Path(__file__).resolve().parents[2]
Turn = Callable[[Callable[[], bool], float], None]


class Street(Neighbours):
    """The controller as a process that can be killed and started again."""

    def __init__(self, at: Path, spin: Callable[..., Any], turn: Turn) -> None:
        super().__init__(at, spin)
        self.turn = turn
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.write(port=self.port)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, crash: str = "") -> None:
        """Start it, to be killed at ``crash``, and enable it."""
        self.news.clear()
        log = (self.at / "log").open("ab")
        code = "from clustercontroller.service import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "--config", str(self.config)], cwd=ROOT, stderr=log,
            env={**os.environ, "PYTHONPATH": str(ROOT), "EUCA_CRASH": crash},
        )  # fmt: skip
        # Its first act is to tell the cloud that it is there.
        self.turn(lambda: any("state" in each for each in self.news), 20)
        self.enable()

    def await_death(self) -> None:
        process = self.process
        assert process is not None
        self.turn(lambda: process.poll() is not None, 10)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def street(tmp_path: Path, spin: Callable[..., Any], turn: Turn) -> Iterator[Street]:
    made = Street(tmp_path, spin, turn)
    try:
        yield made
    finally:
        made.kill()
        made.close()


@pytest.mark.parametrize("point", ["cc.run.before_node_call", "cc.run.after_node_call"])
def test_killed_while_running_an_instance(street: Street, point: str) -> None:
    """The cloud asks again after the restart, with the same ids: there is one instance."""
    street.start(point)
    with pytest.raises(Unreachable):
        street.ask(run())
    street.await_death()
    street.start()
    assert street.ask(run()).instances[0].instance_id == A
    assert list(street.host.instances) == [A]
    assert [i.instance_id for i in street.ask(cc.DescribeInstances()).instances] == [A]
    assert (street.at / "CC/attempts").read_text().splitlines()[-1].split()[0] == A


@pytest.mark.parametrize("point", ["cc.terminate.before_node_call", "cc.terminate.after_node_call"])
def test_killed_while_terminating_an_instance(street: Street, point: str) -> None:
    """Asked again after the restart, the instance is gone, whoever was quicker."""
    street.start(point)
    street.ask(run())
    with pytest.raises(Unreachable):
        street.ask(cc.TerminateInstances(instance_ids=(A,)))
    street.await_death()
    street.start()
    assert street.ask(cc.TerminateInstances(instance_ids=(A,))).is_terminated == (True,)
    assert street.host.instances[A].state_name == "Teardown"


def test_killed_with_an_instance_running(street: Street) -> None:
    """kill -9: the instance never notices, and is described again once the zone is enabled."""
    street.start()
    street.ask(run())
    street.host.boot()
    street.kill()
    street.start()
    (seen,) = street.ask(cc.DescribeInstances()).instances
    assert (seen.instance_id, seen.state_name) == (A, "Extant")
