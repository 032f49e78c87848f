# SPDX-License-Identifier: BSD-2-Clause
"""Reads every blob again and again, and reports those that are not what was stored.

Two witnesses must agree: the seal at the end of the file, and the SHA-256 in the database. That is
one of plain bytes, so of an encrypted blob the seal is asked alone. What is damaged is noted for
``euca-verify`` and logged; nothing is removed, since readers are told the truth anyway and an
operator may have another copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from twisted.logger import Logger

from walrus.database import scrubbing
from walrus.database.scrubbing import Held
from walrus.drivers.stores.encrypted import encrypted_size
from walrus.drivers.stores.store import Damaged, NoBlob, Reading, Store, StoreAway, StoreFailed
from walrus.operations.reading import sha256_of
from walrus.operations.world import InThread, Tables

RATE = 32 * 1024**2
"""Bytes that are read in a second, so that requests hardly notice."""
PAUSE = 60.0
"""Seconds until a store is tried again that could not be reached."""
REST = 24 * 3600.0
"""Seconds between two passes."""
_AT_ONCE = 16

_log = Logger()


@dataclass(slots=True, kw_only=True)
class Scrub:
    """One pass after the other. A restart begins a new one; where it was is not worth a write."""

    tables: Tables
    store: Store
    in_thread: InThread
    now: Callable[[], datetime]
    _after: str = field(default="", init=False)
    _blobs: int = field(default=0, init=False)

    async def round(self) -> float:
        """Read some blobs; gives the seconds until the next round is due."""
        held = await self.tables.read(scrubbing.following, self._after, _AT_ONCE)
        if not held:
            await self._finish()
            return REST
        try:
            return await self._look(held)
        except StoreAway as failure:
            _log.warn("scrubbing waits: {failure}", failure=str(failure))
            return PAUSE

    async def _look(self, held: Sequence[Held]) -> float:
        known = await self.tables.read(scrubbing.damaged)
        for one in held:
            why: str = await self.in_thread(verdict, self.store, one)
            if why:
                await self._note(one, why)
            elif one.blob in known:
                await self.tables.statement(scrubbing.clear, one.blob)
        self._after, self._blobs = held[-1].blob, self._blobs + len(held)
        return sum(one.size for one in held) / RATE

    async def _note(self, one: Held, why: str) -> None:
        if await self.tables.statement(scrubbing.note, one.blob, why, self.now()):
            _log.error("blob {blob} is damaged: {why}", blob=one.blob, why=why)

    async def _finish(self) -> None:
        left = await self.tables.statement(scrubbing.forget_gone)
        _log.info("scrubbed {blobs} blobs, {left} are damaged", blobs=self._blobs, left=left)
        self._after, self._blobs = "", 0


def verdict(store: Store, held: Held) -> str:
    """What is wrong with a blob, "" if nothing is; raises StoreAway. Blocking."""
    try:
        reading = store.open(held.blob)
        try:
            return _judged(reading, held)
        finally:
            reading.close()
    except NoBlob:
        return "it is gone"
    except StoreAway:
        raise
    except (Damaged, StoreFailed) as failure:
        return str(failure)


def _judged(reading: Reading, held: Held) -> str:
    if reading.size not in (held.size, encrypted_size(held.size)):
        return f"it has {reading.size} bytes instead of {held.size}"
    found = sha256_of(reading)
    plain = reading.size == held.size
    return "its SHA-256 is another one" if plain and found != held.sha256 else ""
