# SPDX-License-Identifier: BSD-2-Clause
"""EC2 filters: a table of names per noun; an unknown name is refused, not ignored.

A filter matches when one of its values equals one of the thing's; ``*`` and ``?`` are wildcards,
a backslash takes their meaning away. All filters of a request must match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from eucalyptus.contracts.ec2.filters import Filter
from eucalyptus.contracts.refusals import INVALID_PARAMETER

T = TypeVar("T")
Facts = Callable[[T], str | Iterable[str]]
Table = Mapping[str, Facts[T]]

LIMIT = 200
"""EC2's limit of values per filter."""


def pattern(value: str) -> re.Pattern[str]:
    """The value of a filter as a regular expression."""
    made, position = [], 0
    while position < len(value):
        letter = value[position]
        if letter == "\\" and position + 1 < len(value):
            position += 1
            made.append(re.escape(value[position]))
        elif letter == "*":
            # Runs of "*" are one "*": two would only cost time.
            if not made or made[-1] != ".*":
                made.append(".*")
        else:
            made.append("." if letter == "?" else re.escape(letter))
        position += 1
    return re.compile("".join(made), re.DOTALL)


def select(things: Sequence[T], asked: Sequence[Filter], table: Table[T]) -> tuple[T, ...]:
    """The things that every filter lets through; refuses a filter that ``table`` has not."""
    tests = [_test(one, table) for one in asked]
    return tuple(thing for thing in things if all(test(thing) for test in tests))


def _test(asked: Filter, table: Table[T]) -> Callable[[T], bool]:
    facts = table.get(asked.name)
    if facts is None:
        wanted = "one of the filters of this operation: " + ", ".join(sorted(table))
        raise INVALID_PARAMETER(name="Filter", value=asked.name, wanted=wanted)
    if len(asked.value) > LIMIT:
        raise INVALID_PARAMETER(
            name=f"Filter {asked.name}", value=len(asked.value), wanted=f"{LIMIT} values or fewer"
        )
    patterns = [pattern(value.value) for value in asked.value]
    known = facts

    def test(thing: T) -> bool:
        own = known(thing)
        texts = (own,) if isinstance(own, str) else tuple(own)
        return any(p.fullmatch(text) for p in patterns for text in texts)

    return test


def plain(asked: Sequence[Filter]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The filters (name, values) that a database can test as well: no wildcard, no empty value.

    They let through whatever all the filters let through, and more.
    """
    named = ((one.name, tuple(value.value for value in one.value)) for one in asked)
    return tuple((name, values) for name, values in named if all(map(_is_plain, values)))


def _is_plain(value: str) -> bool:
    return bool(value) and not any(letter in value for letter in "*?\\")


def truth(value: bool) -> str:
    """A flag as filters spell it."""
    return "true" if value else "false"
