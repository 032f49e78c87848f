# SPDX-License-Identifier: BSD-2-Clause
"""Run an external program. The only file that spawns; there is never a shell."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from twisted.internet import defer, error, protocol
from twisted.internet.interfaces import IDelayedCall, IReactorProcess, IReactorTime
from twisted.python.failure import Failure


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: exit code (minus the signal number when killed) and its output."""

    code: int
    out: bytes
    err: bytes


class CommandFailed(Exception):
    """A program ended badly, could not be started, or took too long."""

    def __init__(self, argv: Sequence[str], finished: Finished) -> None:
        said = (finished.err or finished.out).decode(errors="replace").strip()[-2000:]
        super().__init__(f"{argv[0]} ended with {finished.code}: {said}")
        self.argv, self.finished = tuple(argv), finished


class _Gather(protocol.ProcessProtocol):
    """Collects a program's output and fires ``done`` once it has ended."""

    def __init__(self, feed: bytes) -> None:
        self.done: defer.Deferred[Finished] = defer.Deferred()
        self._feed = feed
        self._out: list[bytes] = []
        self._err: list[bytes] = []

    def connectionMade(self) -> None:
        assert self.transport is not None
        if self._feed:
            self.transport.write(self._feed)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        self._out.append(data)

    def errReceived(self, data: bytes) -> None:
        self._err.append(data)

    def processEnded(self, reason: Failure) -> None:
        code = getattr(reason.value, "exitCode", None)
        if code is None:
            code = -(getattr(reason.value, "signal", None) or 1)
        self.done.callback(Finished(code, b"".join(self._out), b"".join(self._err)))


def _kill(process: object) -> None:
    with contextlib.suppress(error.ProcessExitedAlready):
        process.signalProcess("KILL")  # type: ignore[attr-defined]


async def run(
    argv: Sequence[str],
    *,
    input: bytes = b"",
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    reactor: IReactorProcess | None = None,
) -> Finished:
    """Run ``argv`` under the reactor; after ``timeout`` seconds it is killed.

    Raises CommandFailed on a non-zero exit unless ``check`` is False.
    """
    if reactor is None:
        from twisted.internet import reactor as installed

        reactor = installed
    gather = _Gather(input)
    try:
        process = reactor.spawnProcess(gather, argv[0], list(argv), env=dict(env) if env else None)
    except (OSError, ValueError) as failure:  # no such program; a NUL in its arguments
        missing = Finished(127, b"", str(failure).encode())
        if check:
            raise CommandFailed(argv, missing) from failure
        return missing
    clock = cast(IReactorTime, reactor)
    limit: IDelayedCall = clock.callLater(timeout, _kill, process)
    finished = await gather.done
    if limit.active():
        limit.cancel()
    if check and finished.code != 0:
        raise CommandFailed(argv, finished)
    return finished


def run_now(
    argv: Sequence[str],
    *,
    input: bytes = b"",
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> Finished:
    """The same, blocking, for command lines and threads."""
    try:
        ended = subprocess.run(
            list(argv), input=input, capture_output=True, timeout=timeout,
            env=dict(env) if env else None, check=False,
        )  # fmt: skip
        finished = Finished(ended.returncode, ended.stdout, ended.stderr)
    except (OSError, ValueError, subprocess.TimeoutExpired) as failure:
        finished = Finished(-9, b"", str(failure).encode())
    if check and finished.code != 0:
        raise CommandFailed(argv, finished)
    return finished
