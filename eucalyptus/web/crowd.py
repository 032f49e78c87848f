# SPDX-License-Identifier: BSD-2-Clause
"""How many connections there may be, of all peers together and of each: files are not endless."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Protocol

from twisted.logger import Logger

log = Logger()


class Seated(Protocol):
    """A connection that has a place."""

    def give_way(self) -> None:
        """End at once: somebody else needs the place."""
        ...


class Crowd:
    """Counts open connections by their peer's address.

    When all places are taken, of those that wait for their peer the one that was silent longest
    gives way: a peer that opens connections and says nothing keeps nobody out, not even another
    one behind the same router. Where none waits, a newcomer is turned away before a byte is read.
    Either is said once until there is plenty of room again, or a flood of connections would
    become a flood of lines.
    """

    def __init__(self, *, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._inside: Counter[str] = Counter()
        self._waiting: dict[str, OrderedDict[Seated, None]] = {}
        self._said: set[str] = set()
        self.size = 0

    def enter(self, address: str) -> bool:
        """Take a place; False when there is none for this address."""
        room = True
        if self._inside[address] >= self._each:
            self._say(address, "{source} has {its} connections, as many as it may", address)
            room = self._make_room(address)
        elif self.size >= self._most:
            self._say("", "no more places: there are {size} connections", address)
            room = self._make_room(max(self._inside, key=self._inside.__getitem__))
        if room:
            self._inside[address] += 1
            self.size += 1
        elif not self._inside[address]:
            del self._inside[address]
        return room

    def waits(self, address: str, seated: Seated) -> None:
        """This connection waits for its peer, from whom something has just been heard."""
        line = self._waiting.setdefault(address, OrderedDict())
        line[seated] = None
        line.move_to_end(seated)

    def works(self, address: str, seated: Seated) -> None:
        """This connection's peer waits for us."""
        line = self._waiting.get(address)
        if line is not None:
            line.pop(seated, None)
            if not line:
                del self._waiting[address]

    def leave(self, address: str, seated: Seated) -> None:
        """Give a place back."""
        self.works(address, seated)
        self.size -= 1
        self._inside[address] -= 1
        if self._inside[address] <= self._each // 2:
            self._said.discard(address)
        if self.size <= self._most // 2:
            self._said.discard("")
        if not self._inside[address]:
            del self._inside[address]

    def _make_room(self, address: str) -> bool:
        line = self._waiting.get(address)
        if not line:
            return False
        silent = next(iter(line))
        self.works(address, silent)
        silent.give_way()
        return True

    def _say(self, once: str, line: str, address: str) -> None:
        if once not in self._said:
            self._said.add(once)
            log.warn(line, source=address, size=self.size, its=self._inside[address])
