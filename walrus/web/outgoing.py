# SPDX-License-Identifier: BSD-2-Clause
"""The bytes of a file on their way out, at the pace of the reader, checked as they go.

When the whole of an object is sent, its SHA-256 is computed on the way and the last piece is only
sent if it is right: a reader never gets a complete answer with wrong bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPullProducer
from twisted.logger import Logger
from zope.interface import implementer

from walrus.operations.world import Opened

_log = Logger()
_PIECE = 128 * 1024


class Damaged(Exception):
    """The bytes that lie in the store are not those that were stored."""


@implementer(IPullProducer)
class Outgoing:
    """Produces one opened file for one request; closes the file whatever happens.

    ``done`` fires when all is sent or the reader has gone, and fails with Damaged.
    """

    def __init__(self, request: Any, opened: Opened) -> None:
        self._request, self._opened = request, opened
        self._left = opened.part.length
        self._sha256 = hashlib.sha256() if opened.sha256 else None
        self.done: Deferred[None] = Deferred()
        opened.file.seek(opened.part.first)

    def start(self) -> Deferred[None]:
        """Send it; gives ``done``."""
        if self._left == 0:
            self._end()
        else:
            self._request.registerProducer(self, False)
        return self.done

    def resumeProducing(self) -> None:
        """Send the next piece."""
        piece = self._opened.file.read(min(_PIECE, self._left))
        self._left -= len(piece)
        if self._sha256 is not None:
            self._sha256.update(piece)
        if not piece or (self._left == 0 and not self._right()):
            _log.error("stored bytes are damaged: {name}", name=self._opened.name)
            self._request.unregisterProducer()
            self._end(Damaged())
            return
        self._request.write(piece)
        if self._left == 0:
            self._request.unregisterProducer()
            self._end()

    def _right(self) -> bool:
        return self._sha256 is None or self._sha256.hexdigest() == self._opened.sha256

    def stopProducing(self) -> None:
        """The reader has gone."""
        self._end()

    def _end(self, damage: Damaged | None = None) -> None:
        self._opened.file.close()
        if not self.done.called:
            if damage is None:
                self.done.callback(None)
            else:
                self.done.errback(damage)
