# SPDX-License-Identifier: BSD-2-Clause
"""The daemon dies at each step of a launch and of an end: nothing is orphaned, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import FirstError

from cloudcontroller.compute.core.lifecycle import VmState
from cloudcontroller.compute.database import work
from tests.cloudcontroller.compute.street import Died, Street

RUN = (
    "clc.run.before_commit",
    "clc.run.after_commit",
    "clc.launch.after_take",
    "clc.launch.before_send",
    "clc.launch.after_send",
    "clc.launch.after_record",
    "clc.reconcile.before_apply",
    "clc.reconcile.after_apply",
)
TERMINATE = (
    "clc.terminate.before_commit",
    "clc.terminate.after_commit",
    "clc.terminate.before_send",
    "clc.terminate.after_send",
    "clc.reconcile.before_apply",
    "clc.reconcile.after_apply",
)


def survived(deed: Callable[[], Any]) -> Any:
    """What ``deed`` gave, or None when the daemon died of it."""
    try:
        return deed()
    except (Died, FirstError):
        return None


def restarted(street: Street) -> None:
    """A new leader takes up what the dead one left."""
    street.run(work.release, street.now)


def live(street: Street, turns: int = 4) -> None:
    """Ordinary life, with restarts after every death."""
    for _ in range(turns):
        try:
            street.turn()
        except (Died, FirstError):
            restarted(street)


@pytest.mark.parametrize("point", RUN)
def test_dying_during_a_launch(street: Street, point: str) -> None:
    """The caller retries with its token until it is answered: there is one instance, running."""
    image = street.image()
    street.crash.arm(point)
    answers = [survived(lambda: street.launch(image, client_token="t")) for _ in range(2)]
    live(street)

    assert point in street.crash.passed
    assert answers[1] is not None
    (name,) = street.described()
    assert street.described() == {name: "running"}
    assert answers[1].instances[0].instance_id == name
    assert street.zone.living == [name]
    assert street.rows("work") == []
    assert len(street.rows("reservations")) == 1


@pytest.mark.parametrize("point", TERMINATE)
def test_dying_during_an_end(street: Street, point: str) -> None:
    """An end that was acknowledged comes; one that was not can be asked for again."""
    (one,) = street.launch(street.image()).instances
    live(street)
    street.crash.passed.clear()
    street.crash.arm(point)
    answers = [survived(lambda: street.terminate(one.instance_id)) for _ in range(2)]
    live(street)

    assert point in street.crash.passed
    assert answers[1] is not None
    assert street.described() == {one.instance_id: "terminated"}
    assert street.zone.living == []
    assert street.rows("work") == []
    assert street.instances()[one.instance_id].private_ip == ""


@pytest.mark.parametrize("point", [p for p in RUN if p.startswith("clc.launch")])
def test_ending_what_a_dead_daemon_was_starting(street: Street, point: str) -> None:
    """Ended between death and restart: whatever reached the cluster is ended there too."""
    (one,) = street.launch(street.image()).instances
    street.crash.arm(point)
    survived(street.work)
    street.terminate(one.instance_id)
    restarted(street)
    live(street)

    assert street.described() == {one.instance_id: "terminated"}
    assert street.zone.living == []
    assert street.rows("work") == []


def test_an_answer_that_is_lost_starts_nothing_twice(street: Street) -> None:
    """The cluster started it, its answer was lost: the repeat finds it there."""
    street.launch(street.image())
    real = street.fakes.run_instances

    async def deaf(url: str, ask: Any) -> Any:
        await real(url, ask)
        street.zone.is_silent = True
        return await real(url, ask)

    street.fakes.run_instances = deaf  # type: ignore[method-assign]
    street.work()
    street.fakes.run_instances = real  # type: ignore[method-assign]
    street.zone.is_silent = False
    assert [row.kind for row in street.rows("work")] == ["launch"]
    street.later(5)
    live(street)
    assert list(street.described().values()) == ["running"]
    assert len(street.zone.living) == 1
    assert len(street.zone.runs) == 2


def test_a_zone_that_never_answers_fails_the_launch(street: Street) -> None:
    """After five minutes; and when it comes back, nothing is left there."""
    (one,) = street.launch(street.image()).instances
    street.zone.is_silent = True
    for _ in range(40):
        street.work()
        street.later(10)
    assert street.described() == {one.instance_id: "shutting-down"}
    street.zone.is_silent = False
    street.later(60)
    live(street)
    assert street.described() == {one.instance_id: "terminated"}
    assert street.zone.living == []


def test_a_lost_cluster_ends_nothing_that_runs(street: Street) -> None:
    """Hours of silence: still running; the zone is not; back again: the same instances."""
    (one,) = street.launch(street.image()).instances
    live(street)
    street.zone.is_silent = True
    for _ in range(10):
        street.reconcile()
        street.later(3600)
    assert street.described() == {one.instance_id: "running"}
    (zone,) = street.ask("DescribeAvailabilityZones").availability_zone_info
    assert zone.zone_state == "UNAVAILABLE"
    street.zone.is_silent = False
    street.reconcile()
    assert street.described() == {one.instance_id: "running"}
    assert street.zone.living == [one.instance_id]


def test_after_180_days_a_lost_instance_is_given_up(street: Street) -> None:
    """Not a day before; its address stays taken until its cluster can be asked."""
    (one,) = street.launch(street.image()).instances
    live(street)
    street.zone.is_silent = True
    street.later(179 * 86400)
    street.reconcile()
    assert street.described() == {one.instance_id: "running"}
    street.later(86400)
    street.reconcile()
    assert street.described() == {one.instance_id: "terminated"}
    assert street.instances()[one.instance_id].private_ip == "172.31.0.10"
    street.zone.is_silent = False
    street.reconcile()
    assert street.described() == {one.instance_id: "running"}


def test_a_stray_is_left_alone(street: Street) -> None:
    """An instance that no row knows is neither adopted nor ended."""
    street.launch(street.image())
    live(street)
    (name,) = street.zone.instances
    street.zone.instances["i-ffffffff"] = street.zone.instances[name]
    live(street)
    assert "i-ffffffff" not in street.described()
    assert len(street.zone.living) == 2


def test_an_instance_that_shuts_itself_down_ends(street: Street) -> None:
    """Teardown after the settle time: shutting-down, then terminated, with the reason."""
    (one,) = street.launch(street.image()).instances
    live(street)
    torn = replace(street.zone.instances[one.instance_id], state_name="Teardown")
    street.zone.instances[one.instance_id] = torn
    street.later(60)
    live(street)
    found = street.instances()[one.instance_id]
    assert found.state is VmState.TERMINATED
    assert found.reason.value == "Client.InstanceInitiatedShutdown"


def test_a_launch_that_the_zone_lost_is_told_again(street: Street) -> None:
    """Accepted, then gone without a trace (its node died): started anew after five minutes."""
    (one,) = street.launch(street.image()).instances
    street.work()
    street.zone.instances.clear()
    for _ in range(5):
        street.reconcile()
        street.later(61)
    street.reconcile()
    live(street)
    assert street.described() == {one.instance_id: "running"}
    assert len(street.zone.runs) == 2


def test_a_controller_that_is_being_restarted_loses_no_launch(street: Street) -> None:
    """It declines until it is enabled again; the launch waits for that."""
    (one,) = street.launch(street.image()).instances
    street.zone.state = "LOADED"
    street.work()
    assert street.described() == {one.instance_id: "pending"}
    street.later(5)
    street.reconcile()
    live(street)
    assert street.described() == {one.instance_id: "running"}
