# SPDX-License-Identifier: BSD-2-Clause
"""Patterns with ``*``, ``?`` and policy variables such as ``${aws:username}``.

A variable's value is text, whatever it contains: a user named ``*`` is not everybody. Matching
takes time that grows with the product of the lengths at worst, never faster.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Values = Mapping[str, tuple[str, ...]]
"""Condition keys in lower case, with their values."""

_TOKEN = re.compile(r"\$\{([^{}]*)\}|([*?])")
_DEFAULT = re.compile(r"([^,]*?)\s*,\s*'([^']*)'")
_LITERAL = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a condition key, or ``default``; without either nothing matches."""

    key: str
    default: str | None


ANY, ONE = object(), object()
_Piece = str | Variable | object


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, as ``compiled`` reads it."""

    pieces: tuple[_Piece, ...]

    @property
    def is_literal(self) -> bool:
        """Whether it has neither wildcards nor variables."""
        return all(isinstance(piece, str) for piece in self.pieces)

    def matches(self, text: str, values: Values, *, fold: bool = False) -> bool:
        """Whether the whole text is of this pattern; ``fold`` ignores case."""
        if self.is_literal and not fold:
            return text == "".join(str(piece) for piece in self.pieces)
        pieces = _filled(self.pieces, values)
        return pieces is not None and _matches(pieces, text, re.IGNORECASE if fold else 0)

    def filled(self, values: Values) -> str | None:
        """The text of a pattern whose wildcards are ordinary characters; None without a value."""
        pieces = _filled(self.pieces, values)
        if pieces is None:
            return None
        signs = {id(ANY): "*", id(ONE): "?"}
        return "".join(p if isinstance(p, str) else signs[id(p)] for p in pieces)


def compiled(text: str, *, variables: bool) -> Pattern:
    """Read a pattern; without ``variables``, ``${…}`` is text like any other."""
    pieces: list[_Piece] = []
    end = 0
    for found in _TOKEN.finditer(text):
        if found[1] is not None and not variables:
            continue
        if found.start() > end:
            pieces.append(text[end : found.start()])
        pieces.append(_piece(found))
        end = found.end()
    if end < len(text):
        pieces.append(text[end:])
    return Pattern(tuple(pieces))


def _piece(found: re.Match[str]) -> _Piece:
    if found[2]:
        return ANY if found[2] == "*" else ONE
    name = found[1]
    if name in _LITERAL:
        return name
    default = _DEFAULT.fullmatch(name)
    return Variable(default[1].lower(), default[2]) if default else Variable(name.lower(), None)


def _filled(pieces: Sequence[_Piece], values: Values) -> list[_Piece] | None:
    filled: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece, Variable):
            value = values.get(piece.key, ())
            if len(value) != 1 and piece.default is None:
                return None
            filled.append(value[0] if len(value) == 1 else str(piece.default))
        else:
            filled.append(piece)
    return filled


def _matches(pieces: Sequence[_Piece], text: str, flags: int) -> bool:
    """Between stars stand segments: the first and the last are fixed to the ends, each of the
    others goes to the earliest place where it fits, so nothing is ever tried again."""
    segments: list[list[str]] = [[]]
    for piece in pieces:
        if piece is ANY:
            segments.append([])
        else:
            segments[-1].append(re.escape(piece) if isinstance(piece, str) else ".")
    found = [re.compile("".join(segment), flags | re.DOTALL) for segment in segments]
    if len(found) == 1:
        return found[0].fullmatch(text) is not None
    head = found[0].match(text)
    if head is None:
        return False
    at = head.end()
    for segment in found[1:-1]:
        place = segment.search(text, at)
        if place is None:
            return False
        at = place.end()
    length = _length(pieces)
    return len(text) - length >= at and found[-1].fullmatch(text, len(text) - length) is not None


def _length(pieces: Sequence[_Piece]) -> int:
    """The number of characters that stand behind the last star."""
    length = 0
    for piece in reversed(pieces):
        if piece is ANY:
            break
        length += len(piece) if isinstance(piece, str) else 1
    return length
