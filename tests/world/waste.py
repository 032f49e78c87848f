# SPDX-License-Identifier: BSD-2-Clause
"""Wastes a service's connections: slow senders of a head that never ends, and silent ones.

``python -m tests.world.waste PORT ADDRESS SLOW IDLE SECONDS``; it ends by itself. Plain sockets,
because it must not need the processor that those it disturbs are measured on.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import sys
import time

TICK = 0.5
BETWEEN = 4
"""Ticks between two bytes of a slow sender."""
REST = (10, 20)
"""Ticks until a connection that was lost is taken again."""


class Wasted:
    """One place: a connection, or the tick at which it is taken again."""

    def __init__(self, slow: bool) -> None:
        self.slow, self.due = slow, random.randrange(REST[0])
        self.line: socket.socket | None = None

    def open(self, port: int, source: str) -> socket.socket:
        """Take a place without waiting for it."""
        self.line = socket.socket()
        self.line.setblocking(False)
        self.line.bind((source, 0))
        self.line.connect_ex(("127.0.0.1", port))
        return self.line

    def lose(self, tick: int) -> None:
        """It was ended from the other side."""
        assert self.line is not None
        self.line.close()
        self.line, self.due = None, tick + random.randrange(*REST)

    def drip(self, tick: int) -> None:
        """Say a little when it is time."""
        if self.slow and self.line is not None and (tick + id(self)) % BETWEEN == 0:
            with contextlib.suppress(OSError):
                self.line.send(b"x")


def waste(port: int, source: str, places: list[Wasted], seconds: float) -> None:
    """Hold the places for so long."""
    watched = selectors.EpollSelector()
    end, tick = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        tick += 1
        for place in places:
            if place.line is None and place.due <= tick:
                watched.register(place.open(port, source), selectors.EVENT_READ, place)
            place.drip(tick)
        over = time.monotonic() + TICK
        while (left := over - time.monotonic()) > 0:
            for key, _ in watched.select(left):
                watched.unregister(key.fileobj)
                key.data.lose(tick)


if __name__ == "__main__":
    to, address, slow, idle, lasting = sys.argv[1:]
    everyone = [Wasted(number < int(slow)) for number in range(int(slow) + int(idle))]
    waste(int(to), address, everyone, float(lasting))
