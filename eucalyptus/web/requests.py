# SPDX-License-Identifier: BSD-2-Clause
"""HTTP requests as this cloud takes them: bounded, timed, and read without guessing.

Twisted's own request class parses every POST form through ``email`` and collects any length of
body; this one leaves the body alone, stops reading where the limit is, and lets a resource take
the body as a stream.
"""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.web import server
from twisted.web.http import RESPONSES

from eucalyptus.web.channel import REQUEST_ID
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.load import Load


class BodySink(Protocol):
    """A file-like that takes a request's body as it arrives (``tell`` bounds nothing)."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> object:
        """Called once when the body is complete, with (0, 0)."""
        ...

    def close(self) -> object:
        """Called when the request is over, complete or not."""
        ...


class Streaming(Protocol):
    """A resource that takes bodies as streams."""

    def open_body(self, request: BoundedRequest, length: int | None) -> BodySink:
        """Give the sink for this request's body; ``length`` is None when chunked."""
        ...


class BodyRefused(Exception):
    """The body cannot be taken; carries the HTTP status to answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Overflow(io.RawIOBase):
    """Swallows the body of a request that was refused while it arrived."""

    def write(self, data: Any, /) -> int:
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 0


class BoundedRequest(server.Request):
    """A request whose body is bounded, or streamed by the resource that will render it."""

    @property
    def limits(self) -> HttpLimits:
        """What this site allows a request."""
        limits: HttpLimits = cast("Any", self.channel).site.limits
        return limits

    log = Logger()
    refused: BodyRefused | None = None
    noted = False
    """Whether the resource writes its own line about this request to the log."""
    _taken = 0
    _held = 0
    _at_work = _over = False
    _load: Load
    _limit: int | None = None
    _overtime: IDelayedCall | None = None

    def gotLength(self, length: int | None) -> None:
        """Choose where the body goes, before any of it has come."""
        path = bytes(getattr(self.channel, "_path", b"/")).split(b"?", 1)[0]
        site = cast("Any", self.channel).site
        host = (self.requestHeaders.getRawHeaders(b"host") or [b""])[0]
        self._load, target = site.load, site.resource_at(path, host)
        try:
            if hasattr(target, "open_body"):
                self.content = target.open_body(self, length)
                return
        except BodyRefused as refused:
            self._refuse(refused)
            return
        self._limit = self.limits.body
        self.content = io.BytesIO()
        self._overtime = cast("Any", self.channel).callLater(self.limits.whole, self._too_slow)
        if length is not None and length > self._limit:
            self._refuse(BodyRefused(413, f"a body may have {self._limit} bytes"))

    def handleContentChunk(self, data: bytes) -> None:
        """Take a piece of the body unless the limit is reached."""
        self._taken += len(data)
        if self._limit is not None and not self.refused:
            self._hold(len(data), self._limit)
        try:
            cast("Any", self.content).write(data)
        except BodyRefused as refused:
            self._refuse(refused)

    def _hold(self, octets: int, limit: int) -> None:
        if self._taken > limit:
            self._refuse(BodyRefused(413, f"a body may have {limit} bytes"))
        elif self._load.hold(octets):
            self._held += octets
        else:
            self._refuse(BodyRefused(503, "too much is being sent at the moment; try again"))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Someone works on this request: its body counts until the end, even if the peer goes.

        Raises UNAVAILABLE when too much is under way.
        """
        self._at_work = True
        try:
            with self._load.working():
                yield
        finally:
            self._at_work = False
            self._let_go()

    def _let_go(self) -> None:
        if self._held and self._over and not self._at_work:
            self._load.release(self._held)
            self._held = 0

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Answer as a whole: ``headers``, those that were set before, and the body's length.

        Twisted's own way of a header at a time takes as long as reading a request.
        """
        lines = [b"%b %d %b" % (self.clientproto, status, RESPONSES.get(status, b"Answer"))]
        for name, values in self.responseHeaders.getAllRawHeaders():
            lines += [b"%b: %b" % (name, value) for value in values]
        lines += [_line(name, value) for name, value in headers.items()]
        lines += [b"Content-Length: %d" % len(body), b"", b""]
        self.code, self.startedWriting = status, 1
        sent = b"" if self.method == b"HEAD" else body
        self.sentLength = len(sent)
        cast("Any", self.channel).writeSequence([b"\r\n".join(lines), sent])
        self.finish()

    def finish(self) -> None:
        """The answer is complete."""
        super().finish()
        self._over = True
        self._let_go()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The whole request is here; the query string stays as it was sent."""
        self._stop_clock()
        cast("Any", self.content).seek(0, 0)
        self.args = {}
        self.method, self.uri, self.clientproto = command, path, version
        self.path = path.split(b"?", 1)[0]
        if self.refused:
            self._answer_refused()
        else:
            self.process()

    def connectionLost(self, reason: Any) -> None:
        """Forget the clock; Twisted closes the body."""
        self._stop_clock()
        super().connectionLost(reason)
        self._over = True
        self._let_go()

    @property
    def query(self) -> bytes:
        """The raw query string."""
        return self.uri.partition(b"?")[2]

    def body(self) -> bytes:
        """The whole body, gunzipped within the limit; raises BodyRefused."""
        raw = cast("Any", self.content).read()
        coding = (self.getHeader(b"content-encoding") or b"identity").lower()
        if coding == b"identity":
            return cast(bytes, raw)
        if coding != b"gzip":
            raise BodyRefused(415, "a body may be sent plain or with Content-Encoding gzip")
        return self._gunzip(raw)

    def _gunzip(self, raw: bytes) -> bytes:
        inflate = zlib.decompressobj(wbits=31)
        try:
            plain = inflate.decompress(raw, self.limits.body + 1)
        except zlib.error as wrong:
            raise BodyRefused(400, f"the body is not gzip: {wrong}") from wrong
        if len(plain) > self.limits.body or inflate.unconsumed_tail:
            raise BodyRefused(413, f"a body may have {self.limits.body} bytes when unpacked")
        if not inflate.eof:
            raise BodyRefused(400, "the gzip body is cut short")
        return plain

    def _refuse(self, refused: BodyRefused) -> None:
        if self.refused is None:
            self.refused = refused
            cast("Any", self.content or io.BytesIO()).close()
            self.content = cast("Any", _Overflow())
            # Answer at once and close: a sender of gigabytes is not read to its end.
            self._limit = None
            cast("Any", self.channel).callLater(0, self._cut)

    def _cut(self) -> None:
        if not self.finished and self.channel is not None and not self.startedWriting:
            channel = cast("Any", self.channel)
            self.method, self.clientproto = channel._command, channel._version
            self._answer_refused()

    def note(self, refused: BodyRefused, request_id: str) -> None:
        """Log that the body was refused, in place of the site's own line."""
        self.noted = True
        self.log.info(
            "{request_id} refused a body from {source}: {status}: {why}",
            request_id=request_id,
            source=getattr(self.client, "host", ""),
            status=refused.status,
            why=str(refused),
        )

    def _answer_refused(self) -> None:
        assert self.refused is not None
        self._stop_clock()
        request_id = cast("Any", self.channel).site.new_id()
        self.note(self.refused, request_id)
        text = f"{self.refused}\nRequest id: {request_id}\n".encode()
        # What is left of the body must not be taken for the next request.
        cast("Any", self.channel).persistent = False
        self.setResponseCode(self.refused.status)
        self.setHeader(b"content-type", b"text/plain")
        self.setHeader(b"content-length", str(len(text)).encode())
        self.setHeader(b"connection", b"close")
        if self.refused.status == 503:
            self.setHeader(b"retry-after", b"1")
        self.setHeader(REQUEST_ID.encode(), request_id.encode())
        self.write(b"" if self.method == b"HEAD" else text)
        self.finish()

    def _too_slow(self) -> None:
        self._overtime = None
        if self.channel is not None:
            self.log.info(
                "dropped {source}: {why}",
                source=getattr(self.client, "host", ""),
                why="its request took too long",
            )
            cast("Any", self.channel).loseConnection()

    def _stop_clock(self) -> None:
        if self._overtime is not None and self._overtime.active():
            self._overtime.cancel()
        self._overtime = None


def _line(name: str, value: str) -> bytes:
    """A header; a value that a caller had a hand in cannot begin another one."""
    return f"{name}: {' '.join(value.splitlines())}".encode("latin-1", "replace")
