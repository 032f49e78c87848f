# SPDX-License-Identifier: BSD-2-Clause
"""The second phase of deletion: the files of doomed blobs go, then the note that they must.

Also the sweep at start, which finishes what a crash cut short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.crashpoints import crashpoint
from walrus.database import dooming
from walrus.drivers.stores.store import Store, StoreFailed
from walrus.operations.world import InThread, Tables

_log = Logger()


class Graveyard:
    """Buries doomed blobs in batches, behind the callers' backs."""

    def __init__(self, tables: Tables, store: Store, in_thread: InThread) -> None:
        self._tables, self._store, self._in_thread = tables, store, in_thread
        self._waiting: list[str] = []
        self._busy = False

    def bury(self, *blobs: str) -> None:
        """Remove these blobs soon."""
        self._waiting.extend(blobs)
        if self._waiting and not self._busy:
            self._busy = True
            Deferred.fromCoroutine(self._work()).addErrback(
                lambda failure: _log.failure("burying failed", failure)
            )

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self.remove(batch)
        except (Refused, StoreFailed) as failure:
            # The doomed rows stay, so the next sweep does it.
            _log.warn("doomed blobs stay for the next sweep: {failure}", failure=str(failure))
        finally:
            self._busy = False

    async def remove(self, blobs: Collection[str]) -> None:
        """Remove the files of doomed blobs, then the notes that doom them."""
        await self._in_thread(_unlink, self._store, blobs)
        crashpoint("walrus.doomed.removed")
        await self._tables.statement(dooming.forget_doomed, blobs)

    async def sweep(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Finish deletions and remove what crashes left; gives the number of files that went.

        ``named`` blocks; it gives those among some blobs that objects name.
        """
        doomed = await self._tables.read(dooming.doomed_blobs)
        if doomed:
            await self.remove(doomed)
        removed = int(await self._in_thread(self._store.sweep, named)) + len(doomed)
        if removed:
            _log.info("swept {removed} leftover files", removed=removed)
        return removed


def _unlink(store: Store, blobs: Collection[str]) -> None:
    for blob in blobs:
        store.remove(blob)
