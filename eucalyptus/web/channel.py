# SPDX-License-Identifier: BSD-2-Clause
"""One HTTP/1.1 connection: its request heads are bounded, and read in one way only."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, _ChunkedTransferDecoder, _IdentityTransferDecoder

from eucalyptus.deadline import Deadline
from eucalyptus.web import heads
from eucalyptus.web.crowd import Crowd
from eucalyptus.web.heads import BadHead
from eucalyptus.web.limits import HttpLimits

REQUEST_ID = "x-amzn-RequestId"
"""The header in which every answer names its request id."""


class BoundedChannel(HTTPChannel):
    """Twisted's channel with our limits; what it cannot read it refuses with a reason.

    Twisted reads a head line by line and restarts the idle clock with each byte, so that a sender
    of one header per minute could hold a connection for ever. Here a head is what ends with an
    empty line, it is read as a whole, and the clock is not restarted within it. Neither does
    Twisted bound how long a peer may leave an answer unread: here it may for ``idle``.
    """

    delimiter = b"\r\n\r\n"
    abortTimeout = 5
    log = Logger()
    site: Any
    limits: HttpLimits
    timeOut: Any
    _in_head = False
    _rejected = _answering = False
    _stalled: Any = None
    _place: tuple[Crowd, str] | None = None

    @property
    def source(self) -> str:
        """The peer's address."""
        return str(getattr(self.getPeer(), "host", ""))

    def getPeer(self) -> Any:
        """The peer's end; remembered, as all of these: Twisted asks the kernel each time."""
        return self._ends[0]

    def getHost(self) -> Any:
        """Our end."""
        return self._ends[1]

    def isSecure(self) -> bool:
        """Whether the connection is encrypted."""
        return self._is_secure

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
        """Take over the site's limits, and remember what does not change of the connection."""
        transport = cast("Any", self.transport)
        self._ends = transport.getPeer(), transport.getHost()
        self._is_secure = bool(super().isSecure())
        self.limits = self.site.limits
        self.MAX_LENGTH = self.limits.head
        now = self.site.reactor.seconds
        self._silence = Deadline(self.callLater, now, self.timeoutConnection)
        self._whole = Deadline(self.callLater, now, self._too_slow)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Give everything back."""
        self._watch_writing(False)
        if self._place is not None:
            crowd, address = self._place
            self._place = None
            crowd.leave(address, self)
        super().connectionLost(reason)
        self._silence.end()
        self._whole.end()

    def requestDone(self, request: Any) -> None:
        """The answer is written; a peer that then does not read it is not waited for."""
        self._answering = False
        self._waits()
        super().requestDone(request)
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
            super().dataReceived(data)
            if not self._answering:
                self._await_rest()

    def resetTimeout(self) -> None:
        """Twisted's way, before a piece is looked at: most pieces are whole requests."""

    def _await_rest(self) -> None:
        """What has come is not a whole request: the rest must not be long in coming."""
        self._waits()
        if not self.line_mode:
            self.setTimeout(self.limits.idle)
        elif self._buffer and not self._in_head:
            self._in_head = True
            self.setTimeout(self.limits.head_time)

    def setTimeout(self, period: float | None) -> float | None:
        """How long the peer may be silent from now on, None: for ever; gives what it was."""
        previous: float | None = self.timeOut
        self.timeOut = period
        self._silence.move(period)
        return previous

    def lineReceived(self, line: bytes) -> None:
        """A request's head; what follows is the body's time."""
        if self._rejected:
            return
        try:
            head = heads.read(line, self.limits.headers)
            if head.demands and not self._lets_demand(head):
                raise BadHead(
                    b"417 Expectation Failed", "Nothing but 100-continue can be expected."
                )
        except BadHead as bad:
            self._reject(bad.status, str(bad))
            return
        if self._in_head:
            self._in_head = False
            self.setTimeout(self.limits.idle)
        self.persistent = not head.closes
        request = self.site.requestFactory(self, head)
        self.requests.append(request)
        # In Twisted's own places, where its part of the work and resources look for them.
        self._command, self._path = head.method.encode(), head.target.encode()
        self._version, self.length = head.version.encode(), head.length
        request.gotLength(head.length)
        # Some resources say it themselves, once they know who asks.
        if head.expects and request.refused is None and not request.continues:
            self._send100Continue()
        self._await_body(request)

    def _lets_demand(self, head: heads.Head) -> bool:
        """S3 lets pass whatever a client expects, and its clients rely on that."""
        target = self.site.resource_at(head.path.encode(), head.host.encode())
        return bool(getattr(target, "any_expectation", False))

    # --- a request's body ---

    def _await_body(self, request: Any) -> None:
        if self.length == 0:
            self.allContentReceived()
            return
        take, done = request.handleContentChunk, self._finishRequestBody
        if self.length is None:
            self._transferDecoder = _ChunkedTransferDecoder(take, done)
        else:
            self._transferDecoder = _IdentityTransferDecoder(self.length, take, done)
        self.setRawMode()

    def body_within(self, seconds: float) -> None:
        """What is still missing of the body must arrive within ``seconds``."""
        if self.length is None or self.length > len(self._buffer):
            self._whole.move(seconds)

    def _too_slow(self) -> None:
        self.log.info(
            "dropped {source}: {why}", source=self.source, why="its request took too long"
        )
        # Over TLS a peer that does not agree to end could go on sending for ever.
        self._rejected = True
        self._silence.move(None)
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self.loseConnection()

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
            self._whole.move(None)
            if self._place is not None:
                self._place[0].works(self._place[1], self)
            super().allContentReceived()

    # --- refusals ---

    def lineLengthExceeded(self, line: bytes) -> None:
        """A head beyond all measure."""
        if b"\r\n" in line.removeprefix(b"\r\n")[: self.limits.head]:
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
        self._whole.move(None)
        request_id: str = self.site.new_id()
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
