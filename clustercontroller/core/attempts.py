# SPDX-License-Identifier: BSD-2-Clause
"""Which nodes were asked to run an instance, and which one took it.

A call without an answer may have been carried out. When the instance then goes to another node,
two hosts may have it, and a controller that was restarted meanwhile must still know which of them
is to let it go. So this is written down, a line per event, before the node is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TOOK, GONE = "took", "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The nodes that were asked, and the one that took the instance ("" while none did)."""

    nodes: frozenset[str] = frozenset()
    took: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether no other node can have a copy."""
        return len(self.nodes) < 2


class Book:
    """Attempts by instance id. Each change gives the line that records it."""

    def __init__(self, text: str = "") -> None:
        self._attempts: dict[str, Attempt] = {}
        for line in text.splitlines():
            self._read(line.split())

    def _read(self, words: list[str]) -> None:
        """Take in a recorded line; a torn one says nothing."""
        match words:
            case [name, word] if word == GONE:
                self.forget(name)
            case [name, node]:
                self.ask(name, node)
            case [name, node, word] if word == TOOK:
                self.take(name, node)

    def __getitem__(self, name: str) -> Attempt:
        return self._attempts.get(name, Attempt())

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._attempts))

    def ask(self, name: str, node: str) -> str:
        """``node`` is about to be asked to run instance ``name``."""
        self._attempts[name] = Attempt(nodes=self[name].nodes | {node})
        return f"{name} {node}\n"

    def take(self, name: str, node: str) -> str:
        """``node`` has taken it."""
        self._attempts[name] = Attempt(nodes=self[name].nodes | {node}, took=node)
        return f"{name} {node} {TOOK}\n"

    def forget(self, name: str) -> str:
        """The instance is no more."""
        self._attempts.pop(name, None)
        return f"{name} {GONE}\n"

    def is_stray(self, name: str, node: str) -> bool:
        """Whether ``node`` was asked for the instance but another one is known to have taken it."""
        attempt = self[name]
        return node in attempt.nodes and attempt.took not in ("", node)

    def settle(self, names: Iterable[str]) -> bool:
        """Forget those of ``names`` that only one node was asked for; True if there were any."""
        settled = [name for name in names if name in self._attempts and self[name].is_settled]
        for name in settled:
            self.forget(name)
        return bool(settled)

    def text(self) -> str:
        """Everything that is known, as lines."""
        lines = []
        for name, attempt in self._attempts.items():
            lines += [f"{name} {node}\n" for node in sorted(attempt.nodes)]
            lines += [f"{name} {attempt.took} {TOOK}\n"] if attempt.took else []
        return "".join(lines)
