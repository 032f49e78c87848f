# SPDX-License-Identifier: BSD-2-Clause
"""Work that goes on after its caller was answered: one thing at a time per instance."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger


class _Job:
    def __init__(self, name: str) -> None:
        self.name = name
        self.task: Deferred[None] | None = None
        self.is_shielded = False
        self.is_over = False
        self._waiting: list[Deferred[None]] = []

    def over(self) -> Deferred[None]:
        """Fires when the job has ended, however it did."""
        waiter: Deferred[None] = Deferred()
        if self.is_over:
            waiter.callback(None)
        else:
            self._waiting.append(waiter)
        return waiter

    def end(self) -> None:
        self.is_over = True
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.called:
                waiter.callback(None)


Work = Callable[[], Coroutine[Any, Any, None]]


class Jobs:
    """Background work by key. A job begun while another of its key runs waits for that one."""

    log = Logger()

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}

    def is_busy(self, key: str) -> bool:
        """Whether there is a job of ``key``."""
        return key in self._jobs

    def begin(self, key: str, work: Work) -> None:
        """Run ``work`` as the job of ``key``; what escapes from it is logged as our bug."""
        former, job = self._jobs.get(key), _Job(key)
        self._jobs[key] = job
        job.task = Deferred.fromCoroutine(self._run(former, job, work))

    def cancel(self, key: str) -> None:
        """Cancel the job of ``key``, unless it is at something that must be finished."""
        job = self._jobs.get(key)
        if job is not None and job.task is not None and not job.is_shielded:
            job.task.cancel()

    def shield(self, key: str) -> None:
        """From here on the job of ``key`` cannot be cancelled."""
        if key in self._jobs:
            self._jobs[key].is_shielded = True

    async def settle(self) -> None:
        """Wait until nothing runs."""
        while self._jobs:
            await next(iter(self._jobs.values())).over()

    def cancel_all(self) -> None:
        """Cancel whatever can be cancelled; the journal knows where to go on."""
        for key in list(self._jobs):
            self.cancel(key)

    async def _run(self, former: _Job | None, job: _Job, work: Work) -> None:
        try:
            if former is not None:
                await former.over()
            await work()
        except CancelledError:
            self.log.debug("the work on {key} was cancelled", key=job.name)
        except Exception:
            self.log.failure("the work on {key} failed", key=job.name)
        finally:
            if self._jobs.get(job.name) is job:
                del self._jobs[job.name]
            job.end()
