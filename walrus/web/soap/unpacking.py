# SPDX-License-Identifier: BSD-2-Clause
"""The sink of a SOAP request's body: the message is gathered, what is attached flows on.

The attachment waits, and its sender with it, until the message was read and found good.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.contracts.s3 import MESSAGE_TOO_LONG
from eucalyptus.contracts.s3_soap.refusals import BAD_ATTACHMENT
from eucalyptus.web.load import Load
from walrus.core.enclosures.enclosure import MESSAGE, Unwrapping
from walrus.web.incoming import Incoming


class Unpacking:
    """Takes a body as it comes. ``message`` fires with the whole message, or fails with Refused.

    At most ``most`` bytes are gathered, and counted in ``load`` until the request is over.
    """

    def __init__(self, unwrapping: Unwrapping, incoming: Incoming, load: Load, most: int) -> None:
        self.message: Deferred[bytes] = Deferred()
        self._unwrapping, self._incoming, self._load, self._most = unwrapping, incoming, load, most
        self._gathered = bytearray()
        self._failed = False

    @property
    def has_attachment(self) -> bool:
        """Whether something is attached to the message."""
        return self._unwrapping.has_attachment

    def write(self, data: bytes) -> int:
        """The next bytes of the body."""
        if not self._failed:
            try:
                for part, run in self._unwrapping.feed(data):
                    self._gather(run) if part == MESSAGE else self._incoming.write(run)
                self._tell()
            except Refused as refused:
                self._fail(refused)
        return len(data)

    def _gather(self, run: bytes) -> None:
        if len(self._gathered) + len(run) > self._most:
            raise MESSAGE_TOO_LONG(limit=self._most)
        if not self._load.hold(len(run)):
            raise UNAVAILABLE(reason="Too much is being sent at the moment; try again.")
        self._gathered += run
        self._incoming.received += len(run)

    def _tell(self) -> None:
        if self._unwrapping.has_message and not self.message.called:
            self.message.callback(bytes(self._gathered))

    def _fail(self, refused: Refused) -> None:
        self._failed = True
        self._incoming.refuse(Failure(refused))
        if not self.message.called:
            self.message.errback(refused)

    def tell(self) -> int:
        """Nothing is kept here."""
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """The body is complete."""
        if not self._failed:
            try:
                self._unwrapping.finish()
                self._tell()
            except Refused as refused:
                self._fail(refused)
        self._incoming.seek(offset, whence)
        return 0

    def read(self, size: int = -1) -> bytes:
        """There is nothing to be read back."""
        return b""

    def close(self) -> None:
        """The request is over, perhaps before its body was."""
        self._load.release(len(self._gathered))
        self._gathered.clear()
        self._incoming.close()
        if not self.message.called:
            self._fail(BAD_ATTACHMENT(reason="the sender broke off"))


class Nothing:
    """Takes no attachment: whatever comes is refused with ``refusal``."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused

    def take(self, pieces: Any) -> None:
        """Refuse it."""
        raise self._refused

    def release(self) -> None:
        """There is nothing to let go of."""
