# SPDX-License-Identifier: BSD-2-Clause
"""Jobs: one at a time per key, in order, cancelled only where that is safe."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from nodecontroller.jobs import Jobs


class Steps:
    """Work that waits where it is told, and notes what it did."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gates: dict[str, Deferred[None]] = {}

    async def work(self, name: str) -> None:
        """Begin, wait, end."""
        self.done.append(f"{name} begins")
        self.gates[name] = Deferred()
        try:
            await self.gates[name]
        except CancelledError:
            self.done.append(f"{name} is cancelled")
            raise
        self.done.append(f"{name} ends")

    def begin(self, jobs: Jobs, key: str, name: str) -> None:
        """As a job."""
        jobs.begin(key, lambda: self.work(name))


def test_a_second_job_waits_for_the_first() -> None:
    """Other keys do not."""
    jobs, steps = Jobs(), Steps()
    steps.begin(jobs, "i", "one")
    steps.begin(jobs, "i", "two")
    steps.begin(jobs, "j", "other")
    assert steps.done == ["one begins", "other begins"] and jobs.is_busy("i")
    steps.gates["one"].callback(None)
    assert steps.done[2:] == ["one ends", "two begins"]
    steps.gates["two"].callback(None)
    assert not jobs.is_busy("i") and jobs.is_busy("j")


def test_a_cancelled_job_makes_way() -> None:
    """For the one that follows."""
    jobs, steps = Jobs(), Steps()
    steps.begin(jobs, "i", "one")
    jobs.cancel("i")
    steps.begin(jobs, "i", "two")
    assert steps.done == ["one begins", "one is cancelled", "two begins"]


def test_a_shielded_job_is_finished() -> None:
    """What has begun to start a domain must know whether it did."""
    jobs, steps = Jobs(), Steps()
    steps.begin(jobs, "i", "one")
    jobs.shield("i")
    jobs.cancel("i")
    steps.begin(jobs, "i", "two")
    assert steps.done == ["one begins"]
    steps.gates["one"].callback(None)
    assert steps.done[1:] == ["one ends", "two begins"]


def test_a_failing_job_does_not_block_its_key() -> None:
    """It is our bug, is logged, and the next begins."""
    jobs, steps = Jobs(), Steps()

    async def bad() -> None:
        raise ZeroDivisionError

    jobs.begin("i", bad)
    steps.begin(jobs, "i", "two")
    assert steps.done == ["two begins"]


def test_settling_waits_for_everything() -> None:
    """And for what begins meanwhile."""
    jobs, steps, settled = Jobs(), Steps(), []
    steps.begin(jobs, "i", "one")
    waiting: Deferred[Any] = Deferred.fromCoroutine(jobs.settle())
    waiting.addCallback(settled.append)
    steps.begin(jobs, "j", "two")
    steps.gates["one"].callback(None)
    assert not settled
    steps.gates["two"].callback(None)
    assert settled
