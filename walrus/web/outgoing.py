# SPDX-License-Identifier: BSD-2-Clause
"""Checked bytes on their way out, at the pace of the reader.

The next bytes are read in a thread while those before are being sent. What turns out damaged is
not sent: a reader never gets a complete answer with wrong bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from zope.interface import implementer

from walrus.drivers.stores.store import Damaged, NoBlob, StoreFailed
from walrus.operations.world import Opened

_log = Logger()


class Unsendable(Exception):
    """The bytes that lie in the store are not those that were stored, or cannot be had."""


@implementer(IPushProducer)
class Outgoing:
    """Sends what was opened in answer to one request; closes it whatever happens."""

    def __init__(
        self, request: Any, opened: Opened, defer_to_thread: Callable[..., Deferred[Any]]
    ) -> None:
        self._request, self._opened, self._in_thread = request, opened, defer_to_thread
        self._gone = self._all_read = False
        self._waiting: Deferred[None] | None = None

    async def send(self) -> None:
        """Send it; returns when all is sent or the reader has gone; raises Unsendable."""
        self._request.registerProducer(self, True)
        try:
            await self._send(self._opened.head, self._opened.length)
        except (Damaged, NoBlob, StoreFailed) as failure:
            name, why = self._opened.name, str(failure)
            _log.error("stored bytes are damaged: {name}, {why}", name=name, why=why)
            raise Unsendable from failure
        finally:
            if getattr(self._request, "channel", None) is not None:  # else its reader has gone
                self._request.unregisterProducer()
            if not self._all_read:
                await self._in_thread(self._opened.source.close)

    async def _send(self, piece: bytes, left: int) -> None:
        while left > 0 and not self._gone:
            if not 0 < len(piece) <= left:
                raise Damaged(f"{left} bytes are missing")
            left -= len(piece)
            coming = self._in_thread(self._opened.source.read) if left else None
            self._all_read = coming is None
            self._request.write(piece)
            if coming is not None:
                piece = await coming
                await self._ready()

    async def _ready(self) -> None:
        if self._waiting is not None and not self._gone:
            await self._waiting

    def pauseProducing(self) -> None:
        """The reader is slower than the disk."""
        if self._waiting is None:
            self._waiting = Deferred()

    def resumeProducing(self) -> None:
        """Go on."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def stopProducing(self) -> None:
        """The reader has gone."""
        self._gone = True
        self.resumeProducing()
