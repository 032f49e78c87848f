# SPDX-License-Identifier: BSD-2-Clause
"""Long lists in pages, as IAM cuts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from eucalyptus.contracts.refusals import INVALID_VALUE

T = TypeVar("T")

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list; ``marker`` asks for what follows, None at the end."""

    values: tuple[T, ...]
    marker: str | None

    @property
    def is_truncated(self) -> bool:
        """Whether there is more."""
        return self.marker is not None


def page(
    values: Sequence[T], key: Callable[[T], str], marker: str | None, max_items: int | None
) -> Page[T]:
    """The page after ``marker`` (the key of the last value seen) of ``values``, sorted by key."""
    size = MOST if max_items is None else max_items
    if not 1 <= size <= MOST:
        raise INVALID_VALUE(reason=f"MaxItems: write a number from 1 to {MOST}.")
    left = sorted((v for v in values if marker is None or key(v) > marker), key=key)
    more = len(left) > size
    return Page(values=tuple(left[:size]), marker=key(left[size - 1]) if more else None)
