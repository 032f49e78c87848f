# SPDX-License-Identifier: BSD-2-Clause
"""What identity's operations are handed: the world, made in service.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cloudcontroller.identity.core.ids import Chance
from eucalyptus.database.properties import Properties
from eucalyptus.database.run import Database, Tx
from eucalyptus.secrets import Sealer

Belongings = Callable[[Tx, str], Sequence[str]]
"""What a room still keeps for an account (its number), in words: ("3 instances",). Empty: nothing.

Named in the entry point group ``eucalyptus.belongings``; asked before an account is deleted.
"""
BELONGINGS = "eucalyptus.belongings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A new signing certificate with its private key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that identity uses. ``make_pair(common_name)`` takes a while, aside."""

    database: Database
    sealer: Sealer
    properties: Properties
    clock: Callable[[], float]
    chance: Chance
    make_pair: Callable[[str], Awaitable[Pair]]
    belongings: Sequence[Belongings] = ()

    def now(self) -> datetime:
        """The time for records, in UTC and whole seconds, as it travels."""
        return datetime.fromtimestamp(self.clock(), UTC).replace(microsecond=0)
