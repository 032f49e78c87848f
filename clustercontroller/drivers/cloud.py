# SPDX-License-Identifier: BSD-2-Clause
"""The cloud above, as somebody who wants to hear news."""

from __future__ import annotations

from typing import Protocol


class Cloud(Protocol):
    """Gets told that something changed; the facts it asks for itself."""

    async def tell(self, url: str, subject: str) -> None:
        """Push one piece of news to the front at ``url``; raises Unreachable or Declined."""
        ...


class FakeCloud:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def tell(self, url: str, subject: str) -> None:
        """Note it."""
        self.told.append((url, subject))
