# SPDX-License-Identifier: BSD-2-Clause
"""How many connections there may be, of all peers together and of each: files are not endless."""

from __future__ import annotations

from collections import Counter

from twisted.logger import Logger

log = Logger()


class Crowd:
    """Counts open connections by their peer's address.

    Who is one too many is turned away before a byte is read. That is said once until there is
    plenty of room again, or a flood of connections would become a flood of lines.
    """

    def __init__(self, *, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._inside: Counter[str] = Counter()
        self._said: set[str] = set()
        self.size = 0

    def enter(self, address: str) -> bool:
        """Take a place; False when there is none for this address."""
        if self.size >= self._most:
            self._say("", "{source} turned away: there are {size} connections", address)
            return False
        if self._inside[address] >= self._each:
            self._say(address, "{source} turned away: it has {its} connections", address)
            return False
        self._inside[address] += 1
        self.size += 1
        return True

    def leave(self, address: str) -> None:
        """Give a place back."""
        self.size -= 1
        self._inside[address] -= 1
        if self._inside[address] <= self._each // 2:
            self._said.discard(address)
        if self.size <= self._most // 2:
            self._said.discard("")
        if not self._inside[address]:
            del self._inside[address]

    def _say(self, once: str, line: str, address: str) -> None:
        if once not in self._said:
            self._said.add(once)
            log.warn(line, source=address, size=self.size, its=self._inside[address])
