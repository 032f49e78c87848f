# SPDX-License-Identifier: BSD-2-Clause
"""Images out of nothing, for rehearsals: small files whose content is their location."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nodecontroller.core.disks import Fetched, Source
from nodecontroller.drivers.images import ImageUnavailable


class FakeImages:
    """Every location exists but those in ``missing``; ``contents`` says what some of them hold."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.contents: dict[str, bytes] = {}
        self.fetched: list[str] = []

    async def fetch(self, source: Source, into: Path) -> Fetched:
        """Write a file of one block."""
        bare = source.location.partition("?")[0]
        self.fetched.append(bare)
        if bare in self.missing:
            raise ImageUnavailable(f"image {source.id}: {bare} does not exist")
        content = self.contents.get(bare, bare.encode().ljust(4096, b"\0")[:4096])
        into.write_bytes(content)
        return Fetched(size=len(content), digest=hashlib.sha256(content).hexdigest())
