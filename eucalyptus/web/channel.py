# SPDX-License-Identifier: BSD-2-Clause
"""One HTTP/1.1 connection: its request heads are bounded, and read in one way only."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http_headers import Headers

from eucalyptus.web import heads
from eucalyptus.web.crowd import Crowd
from eucalyptus.web.heads import BadHead
from eucalyptus.web.limits import HttpLimits

REQUEST_ID = "x-amzn-RequestId"
"""The header in which every answer names its request id."""


class BoundedChannel(http.HTTPChannel):
    """Twisted's channel with our limits; what it cannot read it refuses with a reason.

    Twisted restarts the idle clock with each byte, so that a sender of one header per minute
    could hold a connection for ever: here the clock is not restarted within a head. Neither does
    Twisted bound how long a peer may leave an answer unread: here it may for ``idle``.
    """

    abortTimeout = 5
    log = Logger()
    _in_head = False
    _rejected = _answering = False
    _stalled: Any = None
    _place: tuple[Crowd, str] | None = None

    @property
    def limits(self) -> HttpLimits:
        """What this connection's site allows."""
        found: HttpLimits = cast("Any", self).site.limits
        return found

    @property
    def source(self) -> str:
        """The peer's address."""
        return str(getattr(self.getPeer(), "host", ""))

    def holds(self, crowd: Crowd, address: str) -> None:
        """The connection's place in ``crowd``, given back at its end."""
        self._place = (crowd, address)
        crowd.waits(address, self)

    def give_way(self) -> None:
        """End at once: somebody else needs the place."""
        cast("Any", self.transport).abortConnection()

    def _waits(self) -> None:
        if self._place is not None:
            self._place[0].waits(self._place[1], self)

    # --- its beginning and its end ---

    def connectionMade(self) -> None:
        """Take over the site's limits."""
        self.MAX_LENGTH = self.totalHeadersSize = self.limits.head
        self.maxHeaders = self.limits.headers
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Give everything back."""
        self._watch_writing(False)
        if self._place is not None:
            crowd, address = self._place
            self._place = None
            crowd.leave(address, self)
        super().connectionLost(reason)

    def requestDone(self, request: Any) -> None:
        """The answer is written; a peer that then does not read it is not waited for."""
        super().requestDone(request)
        self._answering = False
        self._waits()
        if not self.persistent:
            self.setTimeout(self.limits.idle)

    def pauseProducing(self) -> None:
        """The peer does not read."""
        super().pauseProducing()
        self._watch_writing(True)

    def resumeProducing(self) -> None:
        """The peer has read what it was sent."""
        self._watch_writing(False)
        super().resumeProducing()

    def timeoutConnection(self) -> None:
        """The peer said nothing for too long, which is no news, or not all of its head."""
        if self._in_head:
            self.log.info(
                "dropped {source}: {why}",
                source=self.source,
                why="its request's head took too long",
            )
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self.loseConnection()

    def forceAbortClient(self) -> None:
        """The peer did not even take that the connection ends."""
        self._abortingCall = self._stalled = None
        cast("Any", self.transport).abortConnection()

    def _watch_writing(self, stalled: bool) -> None:
        if self._stalled is not None and self._stalled.active():
            self._stalled.cancel()
        self._stalled = None
        if stalled:
            self._stalled = self.callLater(self.limits.idle, self.forceAbortClient)

    # --- a request's head ---

    def dataReceived(self, data: bytes) -> None:
        """Called with each piece that arrives; over TLS also after we closed."""
        if not self._rejected:
            if not self._answering:
                self._waits()
            super().dataReceived(data)

    def resetTimeout(self) -> None:
        """Called by Twisted for each piece that arrives."""
        if not self.line_mode:
            super().resetTimeout()
        elif not self._in_head:
            self._in_head = True
            self.setTimeout(self.limits.head_time)

    def lineReceived(self, line: bytes) -> None:
        """A line of the head."""
        try:
            heads.check_line(line)
        except BadHead as bad:
            self._reject(bad.status, str(bad))
        else:
            super().lineReceived(line)

    def headerReceived(self, line: bytes) -> bool:
        """A header; False when it was refused."""
        try:
            heads.check_header(line)
        except BadHead as bad:
            self._reject(bad.status, str(bad))
            return False
        return bool(super().headerReceived(line))

    def allHeadersReceived(self) -> None:
        """The head is complete; what follows is the body's time."""
        if self._rejected:
            return
        headers = self.requests[-1].requestHeaders
        try:
            heads.check_head(self._version, headers)
            self._path = heads.local_target(self._path, headers)
            if headers.hasHeader(b"expect") and not self._lets_expect(headers):
                heads.check_expectation(headers)
        except BadHead as bad:
            self._reject(bad.status, str(bad))
            return
        self._in_head = False
        self.setTimeout(self.limits.idle)
        super().allHeadersReceived()

    def _lets_expect(self, headers: Headers) -> bool:
        """S3 lets pass whatever a client expects, and its clients rely on that."""
        host = (headers.getRawHeaders(b"host") or [b""])[0]
        target = cast("Any", self).site.resource_at(self._path, host)
        return bool(getattr(target, "any_expectation", False))

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """Whether another request may follow: "close" in any Connection header says no."""
        said = b",".join(request.requestHeaders.getRawHeaders(b"connection") or [])
        options = {option.strip().lower() for option in said.split(b",")}
        if version == b"HTTP/1.1" and b"close" not in options:
            return True
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False

    # --- a request's body ---

    def rawDataReceived(self, data: bytes) -> None:
        """A piece of the body, or of what follows an unanswered request."""
        super().rawDataReceived(data)
        if getattr(self._transferDecoder, "length", 0) > heads.LONGEST_CHUNK:
            self._reject(b"400 Bad Request", "No chunk is as long as this one says it is.")

    def _finishRequestBody(self, data: bytes) -> None:
        try:
            for line in getattr(self._transferDecoder, "_trailerHeaders", ()):
                heads.check_trailer(bytes(line))
        except BadHead as bad:
            self._reject(bad.status, str(bad))
        else:
            super()._finishRequestBody(data)

    def allContentReceived(self) -> None:
        """The request is complete."""
        if not self._rejected:
            self._answering = True
            if self._place is not None:
                self._place[0].works(self._place[1], self)
            super().allContentReceived()

    def _send100Continue(self) -> None:
        if self.requests[-1].refused is None:
            super()._send100Continue()

    # --- refusals ---

    def lineLengthExceeded(self, line: bytes) -> None:
        """A request line or header beyond all measure."""
        if hasattr(self, "_command"):
            self._reject(b"431 Request Header Fields Too Large", self._bounds())
        else:
            self._reject(b"414 URI Too Long", self._bounds())

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
        if self._rejected:
            return
        self._rejected = True
        request_id: str = cast("Any", self).site.new_id()
        self.log.info(
            "{request_id} refused a request from {source}: {status}: {why}",
            request_id=request_id,
            source=self.source,
            status=status.decode(),
            why=why,
        )
        text = f"{why}\nRequest id: {request_id}\n".encode()
        head = (
            f"{REQUEST_ID}: {request_id}\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            f"Content-Length: {len(text)}\r\n\r\n"
        )
        self.write(b"HTTP/1.1 " + status + b"\r\n" + head.encode() + text)
        # Not the transport's own: over TLS that waits for who produces for it, and so for us.
        self.loseConnection()
