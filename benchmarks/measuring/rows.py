# SPDX-License-Identifier: BSD-2-Clause
"""Rows that benchmarks print: ours beside a peer's, the ratio wanted, and whether it is met."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison. ``ratio`` is how often ours is as good as the peer, 1 being alike.

    ``ours`` and ``peer`` are in ``unit``. ``met``: the ratio is at least ``goal``, or at most
    where only growth is bounded.
    """

    name: str
    ours: float
    peer: float
    ratio: float
    goal: float
    met: bool
    unit: str = "requests/s"


def faster(name: str, rates: tuple[float, float], goal: float, unit: str = "requests/s") -> Row:
    """A row of rates (ours, peer's): more is better, the ratio is to be ``goal`` at least."""
    return _row(name, rates, rates[0] / rates[1], goal, unit)


def shorter(name: str, times: tuple[float, float], goal: float, unit: str = "ms") -> Row:
    """A row of times (ours, peer's): less is better, the ratio is to be ``goal`` at least."""
    return _row(name, times, times[1] / times[0], goal, unit)


def bounded(name: str, measured: float, limit: float, unit: str = "ms") -> Row:
    """A row of ours against a limit: the ratio is limit to measured, 1 at least."""
    return _row(name, (measured, limit), limit / measured, 1.0, unit)


def steady(name: str, times: tuple[float, float], most: float, unit: str = "ms") -> Row:
    """A row of (much, little) of our own: the ratio is much to little, ``most`` at most."""
    row = _row(name, times, times[0] / times[1], most, unit)
    return Row(**{**asdict(row), "met": row.ratio <= most})


def _row(name: str, values: tuple[float, float], ratio: float, goal: float, unit: str) -> Row:
    ours, peer = values
    return Row(
        name=name,
        ours=round(ours, 3 if ours < 10 else 1),
        peer=round(peer, 3 if peer < 10 else 1),
        ratio=round(ratio, 2),
        goal=goal,
        met=round(ratio, 2) >= goal,
        unit=unit,
    )


def turns(*measures: Callable[[], float], rounds: int = 5) -> Any:
    """The median of each measure, taken by turns, so that a busy machine disturbs all alike.

    A tuple with a float for each measure.
    """
    taken: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, found in zip(measures, taken, strict=True):
            found.append(measure())
    return tuple(statistics.median(found) for found in taken)


def show(rows: Callable[[], Iterable[Row]], what: str) -> int:
    """Print rows as they come, as sentences or with ``--json`` as JSON; 1 when one is missed."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    as_json = parser.parse_args().json
    missed = False
    for row in _printed(rows(), as_json=as_json):
        missed = missed or not row.met
    return int(missed)


def _printed(rows: Iterable[Row], *, as_json: bool) -> Iterator[Row]:
    for row in rows:
        if as_json:
            print(json.dumps(asdict(row)))
        else:
            print(
                f"{row.name}: {row.ours:g} {row.unit}, peer {row.peer:g}, ratio {row.ratio:g}, "
                f"goal {row.goal:g}: {'met' if row.met else 'MISSED'}"
            )
        sys.stdout.flush()
        yield row
