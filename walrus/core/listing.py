# SPDX-License-Identifier: BSD-2-Clause
"""Listings: keys in byte order, folded at a delimiter, page by page.

The fold never reads what it folds away: after a common prefix the search goes on behind it, so a
page costs the same whether a prefix stands for ten keys or a million.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from eucalyptus.contracts.s3 import INVALID_ARGUMENT
from walrus.core.records import Owner

MOST = 1000
_FOLDED_BATCH = 128
_LAST = "\U0010ffff"
_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object as a listing shows it. ``rank`` is its place among the versions of its key, None
    where only the latest are listed."""

    key: str
    etag: str
    size: int
    modified: datetime
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry(Entry):
    """One version as a listing of versions shows it."""

    version: str
    latest: bool
    delete_marker: bool
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a listing is asked for; keys up to and including ``after`` are left out, but not those
    of its versions that come behind ``after_rank``."""

    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    after_rank: int | None = None
    most: int = MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of keys: from ``start`` (itself included or not) up to ``end`` ("" = no end).

    When it goes on between two versions of ``start``, ``rank`` is that of the first of them.
    """

    start: str
    inclusive: bool
    end: str
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. ``last`` is the key or common prefix where the next page goes on, if any;
    ``last_entry`` the entry of that key."""

    entries: tuple[Entry, ...] = ()
    prefixes: tuple[str, ...] = ()
    last: str = ""
    last_entry: Entry | None = None

    @property
    def truncated(self) -> bool:
        """Whether more follows."""
        return bool(self.last)


Fetch = Callable[[Span, int], Sequence[Entry]]
"""At most so many entries of a span, in order of their keys."""


def following(prefix: str) -> str:
    """The first string in byte order behind all that start with ``prefix``; "" if there is none."""
    trimmed = prefix.rstrip(_LAST)
    if not trimmed:
        return ""
    point = ord(trimmed[-1]) + 1
    if _FIRST_SURROGATE <= point <= _LAST_SURROGATE:
        point = _LAST_SURROGATE + 1
    return trimmed[:-1] + chr(point)


@dataclass(slots=True)
class _Fold:
    """A page under construction."""

    ask: Ask
    entries: list[Entry] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str = ""
    last_entry: Entry | None = None

    @property
    def full(self) -> bool:
        return len(self.entries) + len(self.prefixes) >= self.ask.most

    def prefix_of(self, key: str) -> str:
        """The common prefix that stands for ``key``, or ""."""
        if not self.ask.delimiter:
            return ""
        at = key.find(self.ask.delimiter, len(self.ask.prefix))
        return key[: at + len(self.ask.delimiter)] if at >= 0 else ""

    def take(self, entry: Entry, common: str) -> None:
        """Put an entry on the page, or the common prefix that stands for it."""
        if common:
            self.prefixes.append(common)
        else:
            self.entries.append(entry)
        self.last = common or entry.key
        self.last_entry = None if common else entry

    def page(self, truncated: bool) -> Page:
        return Page(
            entries=tuple(self.entries),
            prefixes=tuple(self.prefixes),
            last=self.last if truncated else "",
            last_entry=self.last_entry if truncated else None,
        )


def page(ask: Ask, fetch: Fetch) -> Page:
    """The page that ``ask`` wants, read through ``fetch``."""
    fold = _Fold(ask)
    span = _beginning(ask, fold) if ask.most > 0 else None
    common = ""
    while span is not None:
        wanted = _batch(ask)
        found = fetch(span, wanted)
        span = _next_span(span, found, wanted)
        for entry in found:
            if common and entry.key.startswith(common):
                continue
            if fold.full:
                return fold.page(truncated=True)
            common = fold.prefix_of(entry.key)
            fold.take(entry, common)
        if span is not None and common:
            span = _behind(common, ask)
    return fold.page(truncated=False)


def _batch(ask: Ask) -> int:
    """How many to read at once: one more than fits, to know whether anything follows; few where
    most of them may be folded away."""
    return min(ask.most + 1, _FOLDED_BATCH) if ask.delimiter else ask.most + 1


def _beginning(ask: Ask, fold: _Fold) -> Span | None:
    """Where a page starts; a common prefix that an earlier page showed is not shown again."""
    end = following(ask.prefix)
    common = fold.prefix_of(ask.after) if ask.after.startswith(ask.prefix) else ""
    if common:
        return _behind(common, ask)
    if ask.after >= ask.prefix and ask.after:
        return Span(start=ask.after, inclusive=False, end=end, rank=ask.after_rank)
    return Span(start=ask.prefix, inclusive=True, end=end)


def _behind(common: str, ask: Ask) -> Span | None:
    start = following(common)
    return Span(start=start, inclusive=True, end=following(ask.prefix)) if start else None


def _next_span(span: Span, found: Sequence[Entry], wanted: int) -> Span | None:
    if len(found) < wanted:
        return None
    return Span(start=found[-1].key, inclusive=False, end=span.end, rank=found[-1].rank)


# --- parameters ----------------------------------------------------------------------------------


def most_keys(text: str | None, name: str = "max-keys") -> int:
    """``max-keys`` as a number from 0 to 1000; raises INVALID_ARGUMENT."""
    if text is None:
        return MOST
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) >= 2**31:
        raise INVALID_ARGUMENT(name=name, value=text[:80], wanted="a number from 0 to 2^31-1")
    return min(int(text), MOST)


def token(bucket: str, last: str) -> str:
    """A continuation token: it names its bucket, so that it serves no other."""
    return base64.urlsafe_b64encode(f"{bucket}\0{last}".encode()).decode()


def from_token(bucket: str, text: str) -> str:
    """The key where a continuation goes on; raises INVALID_ARGUMENT on a foreign token."""
    try:
        owner, _, last = base64.b64decode(text, b"-_", validate=True).decode().partition("\0")
    except (binascii.Error, ValueError):
        owner, last = "", ""
    if owner != bucket or not last or "\0" in last:
        raise INVALID_ARGUMENT(
            name="continuation-token", value=text[:80], wanted="a token of this listing"
        )
    return last
