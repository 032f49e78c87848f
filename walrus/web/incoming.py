# SPDX-License-Identifier: BSD-2-Clause
"""A request's body as it comes: held until the caller is known, then digested in a thread.

At most half a MiB of a body is in memory: the sender waits while the disk, or the check of its
signature, is slower than the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import INCOMPLETE_BODY, MESSAGE_TOO_LONG
from walrus.core.arriving import Arriving
from walrus.core.content import Content

_log = Logger()
_MUCH = 512 * 1024
_BATCH = 128 * 1024
_LOOK_AGAIN = 1024
"""Bytes that must have come before a beginning is looked at anew."""
LONGEST_DOCUMENT = 4 * 1024 * 1024
"""Bytes; a list of 10,000 parts with their checksums fits."""


class Taker(Protocol):
    """Where a body goes. ``take`` and ``release`` are called in a thread, one after the other."""

    def take(self, pieces: Iterable[bytes]) -> None:
        """Take the next pieces; raises Refused."""
        ...

    def release(self) -> None:
        """The request is over; nothing more comes."""
        ...


class Flow(Protocol):
    """The connection that the body comes from."""

    def pauseProducing(self) -> None:
        """Read no more for now."""
        ...

    def resumeProducing(self) -> None:
        """Read on."""
        ...


class Document:
    """A small body, kept in memory; ``promised`` is what its request says of it."""

    def __init__(self, promised: Content) -> None:
        self._arriving, self._held = Arriving(promised), bytearray()

    def take(self, pieces: Iterable[bytes]) -> None:
        """Append; raises MESSAGE_TOO_LONG."""
        for piece in pieces:
            self._held += self._arriving.feed(piece)
            if len(self._held) > LONGEST_DOCUMENT:
                raise MESSAGE_TOO_LONG(limit=LONGEST_DOCUMENT)

    def release(self) -> None:
        """Nothing to let go of."""

    def finish(self) -> bytes:
        """All of it, when it is what was promised; raises Refused."""
        self._arriving.finish()
        return bytes(self._held)


class Incoming:
    """The sink of one body.

    ``lead_to`` says where the bytes go, ``refuse`` that nobody wants them; until then they wait
    and the sender with them. ``complete`` fires when the body has ended and every byte was taken,
    or at the first failure, which is then in ``failure``. (Not as an errback: when the sender has
    gone, nobody waits to hear of it.)
    """

    def __init__(self, flow: Flow, defer_to_thread: Callable[..., Deferred[None]]) -> None:
        self.complete: Deferred[None] = Deferred()
        self._flow, self._in_thread = flow, defer_to_thread
        self._taker: Taker | None = None
        self._pieces: list[bytes] = []
        self._held = self._looked = 0
        self._peeking: tuple[Callable[[bytes], Any], Deferred[Any]] | None = None
        self.received = 0
        self._busy = self._paused = self._ended = self._gone = False
        self.failure: Failure | None = None

    # --- what the request calls ---

    def write(self, data: bytes) -> int:
        """The next bytes of the body."""
        self.received += len(data)
        if self.failure is None and not self._gone:
            self._pieces.append(data)
            self._held += len(data)
            if self._held >= _MUCH or (self._taker is None and self._peeking is None):
                self._pause(True)
            self._go_on()
        return len(data)

    def tell(self) -> int:
        """Nothing is kept here."""
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """The body is complete."""
        self._ended = True
        self._go_on()
        return 0

    def read(self, size: int = -1) -> bytes:
        """There is nothing to be read back."""
        return b""

    def close(self) -> None:
        """The request is over, perhaps before its body was."""
        if not self._ended:
            self._gone = True
            self._fail(Failure(INCOMPLETE_BODY(promised="more", received="fewer")))

    # --- what the resource calls ---

    def lead_to(self, taker: Taker) -> None:
        """Give the body to ``taker``."""
        self._taker = taker
        self._pause(False)
        self._go_on()

    def peek(self, look: Callable[[bytes], Any]) -> Deferred[Any]:
        """What ``look`` finds in the beginning of the body, which stays where it is.

        ``look`` gets all that has come until it finds something; what it raises is passed on. None
        when the body ends before.
        """
        waiting: Deferred[Any] = Deferred()
        self._peeking = look, waiting
        self._pause(False)
        self._go_on()
        return waiting

    def refuse(self, failure: Failure) -> None:
        """Nobody wants the body: let the rest of it fall."""
        self._fail(failure)

    @property
    def waits_for_sender(self) -> bool:
        """Whether more of the body is wanted and nothing but the sender holds it up."""
        return not (self._ended or self._gone or self._paused)

    @property
    def ended(self) -> bool:
        """Whether the body, or its connection, has come to its end."""
        return self._ended or self._gone

    def _pause(self, wanted: bool) -> None:
        if wanted != self._paused and not self._gone and not self._ended:
            self._paused = wanted
            (self._flow.pauseProducing if wanted else self._flow.resumeProducing)()

    def _look(self, peeking: tuple[Callable[[bytes], Any], Deferred[Any]]) -> None:
        look, waiting = peeking
        if not self.ended and self._looked > 0 and self._held < self._looked + _LOOK_AGAIN:
            return
        self._looked, self._pieces = self._held, [b"".join(self._pieces)]
        try:
            found = look(self._pieces[0])
        except Refused:
            found = Failure()
        if found is not None or self.ended:
            self._peeking = None
            self._pause(True)
            waiting.callback(found)

    def _go_on(self) -> None:
        if self._peeking is not None:
            self._look(self._peeking)
            return
        if self._busy or self.failure is not None or self._taker is None:
            return
        if self._pieces and (self._held >= _BATCH or self._ended):
            batch, self._pieces, self._held = self._pieces, [], 0
            self._busy = True
            self._in_thread(self._taker.take, batch).addBoth(self._taken)
        elif self._ended and not self._pieces and not self.complete.called:
            self.complete.callback(None)

    def _taken(self, result: object) -> None:
        self._busy = False
        self._pause(False)
        if isinstance(result, Failure):
            self._fail(result)
        elif self._gone:
            self._let_go()
        else:
            self._go_on()

    def _fail(self, failure: Failure) -> None:
        if self.failure is not None or self.complete.called:
            return
        self.failure = failure
        self._pieces, self._held = [], 0
        if self._peeking is not None:
            (_, waiting), self._peeking = self._peeking, None
            waiting.callback(None)
        self._pause(False)
        if not self._busy:
            self._let_go()
        self.complete.callback(None)

    def _let_go(self) -> None:
        taker, self._taker = self._taker, None
        if taker is not None:
            releasing = self._in_thread(taker.release)
            releasing.addErrback(lambda failure: _log.failure("releasing failed", failure))
