# SPDX-License-Identifier: BSD-2-Clause
"""A load generator of its own process: many bad requests a second beside a few good ones.

``python -m tests.world.flood PLAN.json`` prints what became of them. Senders keep their
connections as long as the cloud does; each request has its moment, and who is late sends at once.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.street.town import Key
from tests.world.bad_mix import query

SENDERS = 96
CODE = re.compile(rb"<(?:Code|faultcode)>([^<]+)<")
PATIENCE = 20.0
BETWEEN = 2.0
"""Seconds between two bytes of a slow sender."""


@dataclass(kw_only=True)
class Plan:
    """``bad`` are requests in base64, sent in turn, ``rate`` a second from address ``source``;
    beside them ``good`` requests a second, each on a connection of its own, signed with ``key``;
    ``burst`` are requests in base64 that are all sent at once, each on a connection of its own;
    ``slow`` connections send a byte of a head every few seconds, ``idle`` ones nothing at all."""

    port: int
    seconds: float
    bad: list[str] = field(default_factory=list)
    rate: float = 0
    source: str = "127.0.0.1"
    good: float = 0
    key: list[str] = field(default_factory=list)
    burst: list[str] = field(default_factory=list)
    slow: int = 0
    idle: int = 0

    def write(self, path: Path) -> str:
        """Write it down; gives the file's name."""
        path.write_text(json.dumps(asdict(self)))
        return str(path)


class Line:
    """A connection that is opened when it is needed."""

    def __init__(self, port: int, source: str) -> None:
        self._port, self._source = port, source
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; raises OSError, EOFError."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(self._source, 0)
            )
        reader, writer = self._streams
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next((x for x in lines if x.startswith("content-length:")), "x:0")
            body = await reader.readexactly(int(length.partition(":")[2]))
        except (OSError, EOFError, asyncio.LimitOverrunError):
            self.close()
            raise
        if "connection: close" in lines:
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


@dataclass
class Tally:
    """What became of requests."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    worst: list[str] = field(default_factory=list)

    async def ask(self, line: Line, request: bytes, due: float) -> None:
        """Send one; its time counts from when it was due."""
        try:
            status, body = await asyncio.wait_for(line.ask(request), PATIENCE)
            code = CODE.search(body)
            outcome = f"{status} {code[1].decode()}" if code else str(status)
            if status >= 400 and len(self.worst) < 5:
                self.worst.append(body.decode("latin-1")[:400])
        except TimeoutError:
            outcome = "silence"
            line.close()
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as end:
            outcome = type(end).__name__
        self.outcomes[outcome] += 1
        self.seconds.append(time.monotonic() - due)

    def report(self) -> dict[str, Any]:
        """Counts by status, and how long it took."""
        took = sorted(self.seconds) or [0.0]
        return {
            "count": len(self.seconds),
            "outcomes": dict(self.outcomes),
            "p50": statistics.median(took),
            "p99": took[int(len(took) * 0.99)],
            "most": took[-1],
            "said": self.worst,
        }


def moments(rate: float, seconds: float, start: float) -> Iterator[float]:
    """When each request is due."""
    return (start + number / rate for number in range(int(rate * seconds)))


async def send(plan: Plan, due: Iterator[float], make: Callable[[], bytes], tally: Tally) -> None:
    """One sender: takes the next moment, waits for it, sends."""
    line = Line(plan.port, plan.source)
    for moment in due:
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        await tally.ask(line, make(), moment)
    line.close()


async def send_good(plan: Plan, due: Iterator[float], tally: Tally) -> None:
    """Good requests, each on its own connection, none waiting for another."""

    async def one(moment: float) -> None:
        line = Line(plan.port, "127.0.0.1")
        await tally.ask(line, query(Key(*plan.key), time.time()), moment)
        line.close()

    async with asyncio.TaskGroup() as group:
        for moment in due:
            await asyncio.sleep(max(0.0, moment - time.monotonic()))
            group.create_task(one(moment))


async def hold(plan: Plan, until: float, said: bytes) -> None:
    """One connection that wastes a place until the moment ``until``; taken again when lost."""
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", plan.port, local_addr=(plan.source, 0)
            )
            writer.write(said)
            while time.monotonic() < until and not reader.at_eof():
                if said:
                    writer.write(b"x")
                await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=BETWEEN)
            writer.transport.abort()
        except OSError:
            pass
        await asyncio.sleep(random.uniform(0.5, 1.5))


async def flood(plan: Plan) -> dict[str, Any]:
    """Send everything; what became of the bad and the good."""
    bad, good, burst = Tally(), Tally(), Tally()
    texts = itertools.cycle([base64.b64decode(text) for text in plan.bad] or [b""])
    start = time.monotonic() + 0.1
    due = moments(plan.rate, plan.seconds, start)
    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS if plan.bad else 0):
            group.create_task(send(plan, due, lambda: next(texts), bad))
        group.create_task(send_good(plan, moments(plan.good, plan.seconds, start), good))
        end = start + plan.seconds
        for number in range(plan.slow + plan.idle):
            said = b"GET / HTTP/1.1\r\nX: " if number < plan.slow else b""
            group.create_task(hold(plan, end, said))
        for text in plan.burst:
            line = Line(plan.port, plan.source)
            group.create_task(burst.ask(line, base64.b64decode(text), start))
    took = time.monotonic() - start
    return {
        "bad": bad.report(), "good": good.report(), "burst": burst.report(), "seconds": took,
    }  # fmt: skip


if __name__ == "__main__":
    told = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps(asyncio.run(flood(told))))
