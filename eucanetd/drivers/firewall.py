# SPDX-License-Identifier: BSD-2-Clause
"""The packet rules, through ``nft``: one transaction, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from eucalyptus.command import Finished, run
from eucanetd.core.nft import FAMILIES, TABLE

Run = Callable[..., Awaitable[Finished]]


class Firewall(Protocol):
    """Keeps a rule text in force."""

    async def settle(self, rules: str) -> list[str]:
        """Make it so; gives a sentence for everything that was not. Raises CommandFailed."""
        ...


class NftFirewall:
    """Rules by nftables. What the kernel shows after applying is written to ``seen``.

    At each look the kernel's own listing is compared with that, so that a rule changed behind
    our back, a flushed table and a new text all lead to the same thing: the text is applied anew.
    """

    def __init__(self, seen: Path, run_program: Run = run) -> None:
        self._seen, self._run = seen, run_program

    async def settle(self, rules: str) -> list[str]:
        """Compare, and apply when something differs."""
        wanted = hashlib.sha256(rules.encode()).hexdigest()
        applied, listing = self._remembered()
        if applied == wanted and listing == await self._listing():
            return []
        await self._run(["nft", "-f", "-"], input=rules.encode())
        self._seen.write_text(f"{wanted} {await self._listing()}\n")
        return ["rules differed" if applied == wanted else "rules are new"]

    async def _listing(self) -> str:
        """A digest of both tables as the kernel has them, counters left out; "" when missing."""
        digest = hashlib.sha256()
        for family in FAMILIES:
            finished = await self._run(["nft", "-s", "list", "table", family, TABLE], check=False)
            if finished.code != 0:
                return ""
            digest.update(finished.out)
        return digest.hexdigest()

    def _remembered(self) -> tuple[str, str]:
        try:
            applied, _, listing = self._seen.read_text().strip().partition(" ")
        except OSError:
            return "", ""
        return applied, listing


class FakeFirewall:
    """Remembers every rule text it was given anew."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.fails: Exception | None = None

    async def settle(self, rules: str) -> list[str]:
        """A sentence when the text is another one."""
        if self.fails is not None:
            raise self.fails
        if self.applied and self.applied[-1] == rules:
            return []
        self.applied.append(rules)
        return ["rules are new"]
