# SPDX-License-Identifier: BSD-2-Clause
"""One HTTP/1.1 connection: its request heads are bounded in bytes, headers and time."""

from __future__ import annotations

from typing import Any, cast

from twisted.web import http

from eucalyptus.web.limits import HttpLimits

REQUEST_ID = "x-amzn-RequestId"
"""The header in which every answer names its request id."""


class BoundedChannel(http.HTTPChannel):
    """Twisted's channel with our limits; what it cannot read it refuses with a reason.

    Twisted restarts the idle clock with each byte, so that a sender of one header per minute
    could hold a connection for ever: here the clock is not restarted within a head.
    """

    _in_head = False

    @property
    def limits(self) -> HttpLimits:
        """What this connection's site allows."""
        found: HttpLimits = cast("Any", self).site.limits
        return found

    def connectionMade(self) -> None:
        """Take over the site's limits."""
        self.MAX_LENGTH = self.totalHeadersSize = self.limits.head
        self.maxHeaders = self.limits.headers
        super().connectionMade()

    def resetTimeout(self) -> None:
        """Called by Twisted for each piece that arrives."""
        if not self.line_mode:
            super().resetTimeout()
        elif not self._in_head:
            self._in_head = True
            super().resetTimeout()

    def allHeadersReceived(self) -> None:
        """The head is complete; what follows is the body's time."""
        self._in_head = False
        super().allHeadersReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        """A request line or header beyond all measure."""
        self._reject(b"431 Request Header Fields Too Large", self._bounds())

    def _respondToBadRequestAndDisconnect(self) -> None:
        self._reject(
            b"400 Bad Request",
            f"This is not a request of HTTP/1.1 that can be read. {self._bounds()}",
        )

    def _bounds(self) -> str:
        return (
            f"The request line and headers may have {self.limits.head} bytes together, and "
            f"{self.limits.headers} headers; long parameters belong in the body."
        )

    def _reject(self, status: bytes, why: str) -> None:
        request_id: str = cast("Any", self).site.new_id()
        text = f"{why}\nRequest id: {request_id}\n".encode()
        head = (
            f"{REQUEST_ID}: {request_id}\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            f"Content-Length: {len(text)}\r\n\r\n"
        )
        transport = cast("Any", self.transport)
        transport.write(b"HTTP/1.1 " + status + b"\r\n" + head.encode() + text)
        transport.loseConnection()
