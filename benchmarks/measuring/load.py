# SPDX-License-Identifier: BSD-2-Clause
"""Closed-loop HTTP load: clients that each send the next request when the last one is answered.

It runs in a process of its own (this file as a program), so that it takes no CPU time from the
server it measures. Requests are bytes made and signed beforehand.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LIMIT = 300.0
"""Seconds after which a load is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send, and for how long.

    ``clients`` connections share ``requests``. With ``again`` they start over until ``seconds``
    are over; else each request is sent once, and the load ends with the last one.
    """

    address: tuple[str, int]
    requests: Sequence[bytes]
    clients: int = 8
    seconds: float = 2.0
    again: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a load: seconds in all, milliseconds of each answer in ascending order.

    ``sample`` is the body of the first answer.
    """

    seconds: float
    times: Sequence[float]
    refused: int
    sample: bytes = field(repr=False)

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return len(self.times) / self.seconds

    def percentile(self, percent: float) -> float:
        """Milliseconds within which so many percent were answered."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * percent / 100))]


def run(load: Load) -> Outcome:
    """Put the load on the server; raises RuntimeError when any answer was no success."""
    plan = {
        "address": load.address,
        "requests": [request.decode("latin-1") for request in load.requests],
        "clients": load.clients,
        "seconds": load.seconds,
        "again": load.again,
    }
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(plan).encode(), capture_output=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    said = json.loads(done.stdout)
    outcome = Outcome(
        seconds=said["seconds"],
        times=sorted(said["times"]),
        refused=said["refused"],
        sample=said["sample"].encode("latin-1"),
    )
    if outcome.refused or not outcome.times:
        raise RuntimeError(f"{outcome.refused} were refused: {outcome.sample[:1000]!r}")
    return outcome


def http(path: str, body: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """A POST; ``headers`` must have a Host."""
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class _Client:
    """One connection, made again when the server closes it after an answer."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(self.address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        self.pieces: list[bytes] = []
        self.missing = -1
        self.closing = False
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole answer once it is there."""
        piece: bytes = self.socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("the answer ends too early")
        self.pieces.append(piece)
        if self.missing < 0:
            self._head()
        else:
            self.missing -= len(piece)
        return b"".join(self.pieces) if self.missing == 0 else None

    def _head(self) -> None:
        whole = b"".join(self.pieces)
        head, found, body = whole.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        # 204 has none, and no body.
        size = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        self.missing = size - len(body)
        self.closing = lower.startswith(b"http/1.0") or b"connection: close" in lower


class _Generator:
    """All clients of one load, in one thread."""

    def __init__(self, plan: dict[str, object]) -> None:
        self._plan = Load(**plan)  # type: ignore[arg-type]
        self._requests = [text.encode("latin-1") for text in plan["requests"]]  # type: ignore
        self._next = 0
        self.times: list[float] = []
        self.refused = 0
        self.sample = b""

    def _request(self) -> bytes | None:
        if self._next == len(self._requests) and self._plan.again:
            self._next = 0
        if self._next == len(self._requests):
            return None
        self._next += 1
        return self._requests[self._next - 1]

    def run(self) -> float:
        """Send and receive until it is over; gives the seconds it took."""
        address = (self._plan.address[0], self._plan.address[1])
        clients = [_Client(address) for _ in range(self._plan.clients)]
        began = time.perf_counter()
        ends = began + (self._plan.seconds if self._plan.again else LIMIT)
        busy = {one.socket.fileno(): one for one in clients if self._go_on(one, ends)}
        poll = select.epoll()
        for number in busy:
            poll.register(number, select.EPOLLIN)
        while busy:
            for number, _ in poll.poll(60):
                self._take(busy, poll, number, ends)
        return time.perf_counter() - began

    def _take(self, busy: dict[int, _Client], poll: select.epoll, number: int, ends: float) -> None:
        client = busy[number]
        answer = client.receive()
        if answer is None:
            return
        self._note(client, answer)
        if client.closing:
            poll.unregister(number)
            del busy[number]
            client.socket.close()
            client.connect()
            number = client.socket.fileno()
            busy[number] = client
            poll.register(number, select.EPOLLIN)
        if not self._go_on(client, ends):
            poll.unregister(number)
            del busy[number]

    def _note(self, client: _Client, answer: bytes) -> None:
        self.times.append((time.perf_counter() - client.sent) * 1000)
        refused = answer[9:10] != b"2"
        self.refused += refused
        if refused or not self.sample:
            self.sample = answer.partition(b"\r\n\r\n")[2]

    def _go_on(self, client: _Client, ends: float) -> bool:
        request = self._request() if time.perf_counter() < ends else None
        if request is not None:
            client.send(request)
        return request is not None


def main() -> None:
    """Read a plan from standard input, write what became of it."""
    generator = _Generator(json.load(sys.stdin))
    seconds = generator.run()
    said = {
        "seconds": seconds,
        "times": [round(each, 4) for each in generator.times],
        "refused": generator.refused,
        "sample": generator.sample.decode("latin-1"),
    }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
