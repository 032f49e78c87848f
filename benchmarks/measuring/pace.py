# SPDX-License-Identifier: BSD-2-Clause
"""How fast a server answers: per second, and per second of CPU, which others disturb less."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from measuring import load, rows


class Costly(Protocol):
    """A server, or several."""

    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Answers per second, and per second of the server's CPU."""

    rate: float
    per_cpu: float


def pace(server: Costly, asked: load.Load) -> Pace:
    """Put a load on a server."""
    before = server.cpu()
    outcome = load.run(asked)
    used = server.cpu() - before
    return Pace(rate=outcome.rate, per_cpu=len(outcome.times) / used)


def by_turns(*measures: Callable[[], Pace], rounds: int = 5) -> list[Pace]:
    """The median of each measure, taken by turns, so that a busy machine disturbs all alike."""
    taken: list[list[Pace]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, found in zip(measures, taken, strict=True):
            found.append(measure())
    return [
        Pace(
            rate=statistics.median(one.rate for one in found),
            per_cpu=statistics.median(one.per_cpu for one in found),
        )
        for found in taken
    ]


def faster(name: str, ours: Pace, peer: Pace, goal: float) -> Iterator[rows.Row]:
    """The row by the clock, and the same by CPU."""
    yield rows.faster(name, (ours.rate, peer.rate), goal)
    yield rows.faster(f"{name} (CPU)", (ours.per_cpu, peer.per_cpu), goal, "requests/CPU s")
