# SPDX-License-Identifier: BSD-2-Clause
"""EC2 filters: a table of names per noun; an unknown name is refused, not ignored.

A filter matches when one of its values equals one of the thing's; ``*`` and ``?`` are wildcards,
a backslash takes their meaning away. All filters of a request must match. What a thing has not,
("" or nothing) no value matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from eucalyptus.contracts.ec2.filters import Filter
from eucalyptus.contracts.refusals import INVALID_PARAMETER

T = TypeVar("T")
Facts = Callable[[T], str | Iterable[str]]
Table = Mapping[str, Facts[T]]

LIMIT = 200
"""EC2's limit of values per filter."""

MOST_WILDCARDS = 50
"""Values with wildcards per request: each is tried on every thing the account has."""

LONGEST = 255
"""Characters of a value."""

ANY_TAG = "tag:"
"""The table's entry for every filter ``tag:KEY``: the tags as ``tagged`` writes them."""


@dataclass(frozen=True, slots=True)
class Glob:
    """Text with wildcards: the pieces between its ``*``, each of a fixed length.

    Each piece is looked for once, from the left, so hostile text takes no longer than other.
    """

    pieces: tuple[re.Pattern[str], ...]
    last: int
    """Characters that the last piece matches."""

    def fullmatch(self, text: str) -> bool:
        """Whether the whole of ``text`` matches."""
        first, *middle = self.pieces
        if not middle:
            return first.fullmatch(text) is not None
        found = first.match(text)
        for piece in middle[:-1]:
            found = piece.search(text, found.end()) if found else None
        start = len(text) - self.last
        return found is not None and found.end() <= start and bool(middle[-1].match(text, start))


def _pieces(value: str) -> list[list[str]]:
    """Regular expressions of single characters, in the lists that ``*`` separates."""
    pieces: list[list[str]] = [[]]
    letters = iter(value)
    for letter in letters:
        if letter == "*":
            pieces.append([])
        elif letter == "?":
            pieces[-1].append(".")
        else:
            # A backslash at the end is itself.
            taken = next(letters, letter) if letter == "\\" else letter
            pieces[-1].append(re.escape(taken))
    return pieces


def glob(value: str) -> Glob:
    """The value of a filter as what it matches."""
    pieces = _pieces(value)
    # An empty piece between two stars matches anywhere.
    kept = [one for n, one in enumerate(pieces) if one or n in (0, len(pieces) - 1)]
    return Glob(tuple(re.compile("".join(one), re.DOTALL) for one in kept), len(kept[-1]))


def select(things: Sequence[T], asked: Sequence[Filter], table: Table[T]) -> tuple[T, ...]:
    """The things that every filter lets through; refuses a filter that ``table`` has not."""
    wild = sum(_is_wild(value.value) for one in asked for value in one.value)
    if wild > MOST_WILDCARDS:
        wanted = f"{MOST_WILDCARDS} values with wildcards or fewer"
        raise INVALID_PARAMETER(name="Filter", value=wild, wanted=wanted)
    tests = [_test(one, table) for one in asked]
    return tuple(thing for thing in things if all(test(thing) for test in tests))


def _is_wild(value: str) -> bool:
    return not {"*", "?", "\\"}.isdisjoint(value)


def _facts(asked: Filter, table: Table[T]) -> Facts[T]:
    if asked.name in table:
        return table[asked.name]
    if asked.name.startswith(ANY_TAG) and ANY_TAG in table:
        start = tagged(asked.name.removeprefix(ANY_TAG), "")
        known_tags = table[ANY_TAG]
        return lambda thing: (
            text.removeprefix(start) for text in known_tags(thing) if text.startswith(start)
        )
    known = ["tag:KEY" if one == ANY_TAG else one for one in sorted(table)]
    near = get_close_matches(asked.name[:64], known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    wanted = f"one of the filters of this operation{hint}: {', '.join(known)}"
    raise INVALID_PARAMETER(name="Filter", value=asked.name[:64], wanted=wanted)


def _values(asked: Filter) -> tuple[str, ...]:
    name, values = f"Filter {asked.name[:64]}", tuple(one.value for one in asked.value)
    if not values:
        raise INVALID_PARAMETER(name=name, value="no value", wanted="enough; add Filter.n.Value.1")
    if len(values) > LIMIT:
        raise INVALID_PARAMETER(name=name, value=len(values), wanted=f"{LIMIT} values or fewer")
    for value in values:
        if len(value) > LONGEST:
            wanted = f"a value of {LONGEST} characters or fewer"
            raise INVALID_PARAMETER(name=name, value=f"{value[:32]}...", wanted=wanted)
    return values


def _test(asked: Filter, table: Table[T]) -> Callable[[T], bool]:
    facts, values = _facts(asked, table), _values(asked)
    exact = frozenset(value for value in values if not _is_wild(value))
    globs = [glob(value) for value in values if _is_wild(value)]

    def test(thing: T) -> bool:
        own = facts(thing)
        texts = [text for text in ((own,) if isinstance(own, str) else own) if text]
        return not exact.isdisjoint(texts) or any(g.fullmatch(t) for g in globs for t in texts)

    return test


def plain(asked: Sequence[Filter]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The filters (name, values) that a database can test as well: no wildcard, no empty value.

    They let through whatever all the filters let through, and more.
    """
    named = ((one.name, tuple(value.value for value in one.value)) for one in asked)
    return tuple((name, values) for name, values in named if all(map(_is_plain, values)))


def _is_plain(value: str) -> bool:
    return bool(value) and not _is_wild(value)


def truth(value: bool) -> str:
    """A flag as filters spell it."""
    return "true" if value else "false"


def tagged(key: str, value: str) -> str:
    """A tag as one text; neither half can hold the character between them."""
    return f"{key}\0{value}"


def never(thing: object) -> tuple[str, ...]:
    """The facts of what nothing in this cloud has yet: a known filter that matches nothing."""
    return ()
