# SPDX-License-Identifier: BSD-2-Clause
"""Listings of uploads under way: by key, then in the order in which they were begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from walrus.core.listing import MOST, following
from walrus.core.multipart import Upload

Place = tuple[str, str]
"""A key and an upload's id. ``(key, "")`` lies before all uploads of a key."""

_BEHIND_ALL = "~"
"""Behind every id, which are hex digits."""

Fetch = Callable[[Place, str, int], Sequence[Upload]]
"""At most so many uploads behind a place, in order, whose keys lie before the second value ("" is
no end)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a listing is asked for: the uploads behind ``key``, or behind upload ``id`` of it."""

    prefix: str = ""
    delimiter: str = ""
    key: str = ""
    id: str = ""
    most: int = MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. ``last`` is where the next one goes on, None when nothing follows."""

    uploads: tuple[Upload, ...] = ()
    prefixes: tuple[str, ...] = ()
    last: Place | None = None


@dataclass(slots=True)
class _Fold:
    """A page under construction."""

    ask: Ask
    uploads: list[Upload] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: Place = ("", "")

    @property
    def full(self) -> bool:
        return len(self.uploads) + len(self.prefixes) >= self.ask.most

    def prefix_of(self, key: str) -> str:
        """The common prefix that stands for ``key``, or ""."""
        if not self.ask.delimiter or not key.startswith(self.ask.prefix):
            return ""
        at = key.find(self.ask.delimiter, len(self.ask.prefix))
        return key[: at + len(self.ask.delimiter)] if at >= 0 else ""

    def take(self, upload: Upload) -> None:
        """Put an upload on the page, or the common prefix that stands for it."""
        common = self.prefix_of(upload.wish.key)
        if common and common not in self.prefixes[-1:]:
            self.prefixes.append(common)
        elif not common:
            self.uploads.append(upload)
        self.last = (common, "") if common else (upload.wish.key, upload.id)

    def page(self, truncated: bool) -> Page:
        return Page(
            uploads=tuple(self.uploads),
            prefixes=tuple(self.prefixes),
            last=self.last if truncated else None,
        )


def page(ask: Ask, fetch: Fetch) -> Page:
    """The page that ``ask`` wants, read through ``fetch``; what is folded away is not read."""
    fold, end = _Fold(ask), following(ask.prefix)
    after = _beginning(ask, fold)
    while after is not None and ask.most > 0:
        found = fetch(after, end, ask.most + 1)
        for upload in found:
            common = fold.prefix_of(upload.wish.key)
            if common and common in fold.prefixes[-1:]:
                continue
            if fold.full:
                return fold.page(truncated=True)
            fold.take(upload)
        if len(found) <= ask.most:
            break
        after = _behind(*fold.last, fold)
    return fold.page(truncated=False)


def _beginning(ask: Ask, fold: _Fold) -> Place | None:
    if ask.key and ask.key >= ask.prefix:
        return _behind(ask.key, ask.id or _BEHIND_ALL, fold)
    return (ask.prefix, "")


def _behind(key: str, upload: str, fold: _Fold) -> Place | None:
    """The place behind an upload, or behind the common prefix that stands for it; None if nothing
    can be there."""
    common = fold.prefix_of(key)
    if not common:
        return (key, upload)
    first = following(common)
    return (first, "") if first else None
