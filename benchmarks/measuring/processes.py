# SPDX-License-Identifier: BSD-2-Clause
"""Servers of a benchmark as processes: started, waited for, their CPU time read, and ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds that a server may take to start or to end."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and where it listens; port 0 when it listens on no TCP port."""

    process: subprocess.Popen[bytes]
    address: tuple[str, int]

    def cpu(self) -> float:
        """Seconds of CPU that the server and its living children have used."""
        return sum(map(_used, _family(self.process.pid)))


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return found


def _used(pid: int) -> float:
    """Of all threads, to the nanosecond; the times in ``stat`` are in steps of 10 ms."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(task.read_text().split()[0])
    return total / 1e9


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    argv: Sequence[str], log: Path, port: int = 0, env: Mapping[str, str] | None = None
) -> Server:
    """Start a server whose output goes to ``log``; waits for it when it listens on ``port``."""
    environment = {**os.environ, "PYTHONPATH": str(TOP), **(env or {})}
    with log.open("ab") as said:
        process = subprocess.Popen(argv, cwd="/", env=environment, stdout=said, stderr=said)
    server = Server(process, ("127.0.0.1", port))
    if port:
        wait(lambda: _answers(port), f"{argv[0]} on port {port}", process, log)
    return server


def wait(true: object, what: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until ``true()``; raises RuntimeError with the log's end when that does not come."""
    assert callable(true)
    end = time.monotonic() + PATIENCE
    while not true():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{what} did not start:\n{log.read_text()[-2000:]}")
        select.select([], [], [], 0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(server: Server, number: signal.Signals = signal.SIGTERM) -> None:
    """End a server, at last without asking."""
    server.process.send_signal(number)
    try:
        server.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


def settle(server: Server) -> None:
    """Wait until the server does nothing by itself any more."""
    end_of_patience, used = time.monotonic() + PATIENCE, -1.0
    while server.cpu() - used > 0.005 and time.monotonic() < end_of_patience:
        used = server.cpu()
        select.select([], [], [], 1.0)


def python(program: str, *words: str) -> list[str]:
    """The command that calls ``main()`` of one of our modules, installed or not."""
    return [sys.executable, "-c", f"from {program} import main; main()", *words]


@contextlib.contextmanager
def serving(argv: Sequence[str], log: Path, port: int) -> Iterator[Server]:
    """A server for a while."""
    server = start(argv, log, port)
    try:
        yield server
    finally:
        end(server)
