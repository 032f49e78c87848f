# SPDX-License-Identifier: BSD-2-Clause
"""Connections that are slow, silent, many, or broken off: nothing of them stays behind."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from tests.fixtures.reactor import spin, turn
from tests.oracle import attack
from tests.web.conftest import Talk, closed, statuses
from tests.web.listeners import LIMITS, SECRET, Listener

PATIENCE = LIMITS.idle + 5 + 3
"""Seconds after which nothing of a peer that never closes is left: idle, abort, and some more."""


def open_files() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def pending(listener: Listener) -> tuple[int, int]:
    """Connections of a port, and calls that the reactor will make some time."""
    loop: Any = reactor
    # The access log's clock ticks with every site.
    calls = [call for call in loop.getDelayedCalls() if "updateLogDateTime" not in str(call.func)]
    return listener.site.crowd.size, len(calls)


@pytest.fixture(name="quiet")
def _quiet(listener: Listener) -> Iterator[None]:
    """Before and after the test there are no connections, and as many calls and files."""
    turn(lambda: listener.site.crowd.size == 0, PATIENCE)
    before, files = pending(listener), open_files()
    yield
    turn(lambda: pending(listener) <= before and open_files() <= files, PATIENCE)


def connected(port: int) -> socket.socket:
    """A connection whose kernel keeps little for it."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(10)
    line.connect(("127.0.0.1", port))
    return line


def reset(line: socket.socket) -> None:
    """End a connection with RST."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def dripped(port: int, first: bytes, drop: bytes, most: float) -> float:
    """Send ``first``, then ``drop`` now and then; the seconds until the port had enough."""
    started = time.monotonic()
    # The end may come as a reset.
    with contextlib.suppress(ConnectionError), connected(port) as line:
        line.sendall(first)
        while time.monotonic() - started < most:
            if select.select([line], [], [], 0.2)[0] and b" 100 " not in line.recv(4096):
                break
            if drop:
                line.sendall(drop)
    return time.monotonic() - started


DRIPS: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "a head by the line": (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X: 1\r\n"),
    "a head by the byte": (b"GET / HTTP/1.1\r\nX: ", b"x"),
    "a request line by the byte": (b"G", b"G"),
    "half a head": (b"GET / HTTP/1.1\r\nHos", b""),
    "a body by the byte": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n", b"x"),
    "chunks of a byte": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
                         b"1\r\nx\r\n"),
    "a chunk's size by the byte": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "nothing after 100-continue": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", b""),
}  # fmt: skip


@pytest.mark.usefixtures("quiet")
def test_h10_h22_slow_senders_are_cut_off(listener: Listener, talk: Talk) -> None:
    """In time, whatever they send; others are served meanwhile."""
    slow = [deferToThread(dripped, listener.port, *sent, 10.0) for sent in DRIPS.values()]
    assert statuses(talk(closed(listener.good("meanwhile")))) == [200]
    seconds = dict(zip(DRIPS, spin(gatherResults(slow)), strict=True))
    late = {name: took for name, took in seconds.items() if took > LIMITS.whole + 2}
    assert not late


@pytest.mark.usefixtures("quiet")
def test_h10_who_does_not_read_is_cut_off(listener: Listener, talk: Talk) -> None:
    """A thousand requests and a window of nothing: the answers are not kept for ever."""
    one = f"GET {listener.path}?wsdl HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    line = connected(listener.port)
    line.setblocking(False)
    sent, stuffed = 0, one * 2000
    while sent < len(stuffed) and select.select([], [line], [], 0)[1]:
        sent += line.send(stuffed[sent : sent + 4096])
        turn(lambda: True, 1)
    assert statuses(talk(closed(listener.good("meanwhile")))) == [200]
    turn(lambda: listener.site.crowd.size == 0, PATIENCE)
    line.close()


@pytest.mark.usefixtures("quiet")
def test_h11_one_address_has_so_many_connections(listener: Listener, talk: Talk) -> None:
    """Silent ones count; the longest silent give way to new ones, and one line is logged.

    So a good request from the very address of the flood is answered in the midst of it.
    """

    def flood() -> tuple[list[socket.socket], int]:
        lines = [connected(listener.port) for _ in range(LIMITS.each + 40)]
        gave_way = sum(
            select.select([line], [], [], 5)[0] == [line] and ended(line) for line in lines[:40]
        )
        return lines, gave_way

    with attack(lambda: list(listener.done)) as watched:
        lines, gave_way = spin(deferToThread(flood))
    turn(lambda: listener.site.crowd.size == LIMITS.each, 5)
    assert statuses(talk(closed(listener.good("meanwhile")))) == [200]
    for line in lines:
        line.close()
    assert gave_way == 40 and "as many as it may" in watched.lines[0]
    turn(lambda: listener.site.crowd.size == 0, 5)
    assert statuses(talk(closed(listener.good("afterwards")))) == [200]


def ended(line: socket.socket) -> bool:
    """Whether the other side has ended a connection, in whatever way."""
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def phases(good: bytes) -> dict[str, tuple[bytes, bool]]:
    """What was sent, and whether an answer was begun, when the connection broke."""
    head, _, body = good.partition(b"\r\n\r\n")
    return {
        "at once": (b"", False),
        "in the request line": (good[:7], False),
        "in the head": (head[: len(head) // 2], False),
        "after the head": (head + b"\r\n\r\n", False),
        "in the body": (head + b"\r\n\r\n" + body[: len(body) // 2], False),
        "after the body": (good, False),
        "in the answer": (good, True),
        "too big": (head.replace(b"Content-Length: ", b"Content-Length: 9999999"), False),
        "refused": (b"x\r\n\r\n", False),
        "second request": (good + head, True),
        "TLS": (b"\x16\x03\x01\x02\x00", False),
    }


PHASES = list(phases(b"x\r\n\r\n"))
TIMES = int(os.environ.get("SOAK", 0)) * 1000 or 10
"""Connections broken in each phase; "make soak" breaks more."""


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("phase", [pytest.param(phase, id=f"H-20 {phase}") for phase in PHASES])
@pytest.mark.parametrize("end", [reset, socket.socket.close], ids=["RST", "FIN"])
def test_a_connection_breaks(
    listener: Listener, talk: Talk, phase: str, end: Callable[[socket.socket], None]
) -> None:
    """In each phase, many times: files, calls and connections go back to what they were."""

    def broken(text: bytes, wait: bool) -> None:
        line = connected(listener.port)
        if text:
            line.sendall(text)
        if wait:
            line.recv(1)
        end(line)

    requests = [phases(listener.good(f"{phase} {number}"))[phase] for number in range(TIMES)]
    with attack(lambda: None, [SECRET], lines=None):
        for text, wait in requests:
            spin(deferToThread(broken, text, wait))
    turn(lambda: listener.site.crowd.size == 0, PATIENCE)
    assert statuses(talk(closed(listener.good("afterwards")))) == [200]


@pytest.mark.usefixtures("quiet")
def test_h21_a_thousand_pipelined_requests_are_answered_in_order(
    listener: Listener, talk: Talk
) -> None:
    """All on one connection, sent at once."""
    wsdl = f"GET {listener.path}?wsdl HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    nothing = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    last = closed(listener.good("last"))
    answer = talk((wsdl + nothing * 9) * 100 + last, wait=20.0)
    assert statuses(answer) == [200, *[404] * 9] * 100 + [200]
    assert listener.done[-1] == "last"


@pytest.mark.usefixtures("quiet")
def test_h22_continue_is_said_before_the_body_only_when_it_is_wanted(
    listener: Listener, talk: Talk
) -> None:
    """A body that is too big is refused without asking for it."""
    head, _, body = closed(listener.good("expected")).partition(b"\r\n\r\n")
    expecting = head + b"\r\nExpect: 100-continue\r\n\r\n"
    answer = talk(expecting, body)
    assert answer.startswith(b"HTTP/1.1 100 ") and statuses(answer) == [200]
    too_big = expecting.replace(b"Content-Length: ", b"Content-Length: 999999")
    answer = talk(too_big)
    assert statuses(answer) == [413] and b" 100 " not in answer
