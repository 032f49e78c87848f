# SPDX-License-Identifier: BSD-2-Clause
"""HTTP requests as this cloud takes them: bounded, timed, and read without guessing.

Twisted's own request class parses every POST form through ``email`` and collects any length of
body; this one leaves the body alone, stops reading where the limit is, and lets a resource take
the body as a stream.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.http import RESPONSES, datetimeToString
from twisted.web.http_headers import Headers

from eucalyptus.web.channel import REQUEST_ID
from eucalyptus.web.heads import Head
from eucalyptus.web.load import Load
from eucalyptus.web.prompt import write_now

SERVER = b"Eucalyptus"
"""What the Server header says: a name, and nothing that a list of known weaknesses has."""


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

    site: Any
    channel: Any
    content: Any
    log = Logger()
    refused: BodyRefused | None = None
    noted = False
    """Whether the resource writes its own line about this request to the log."""
    _taken = 0
    _held = 0
    _at_work = _over = False
    _load: Load
    _limit: int | None = None
    _all_headers: Headers | None = None

    def __init__(self, channel: Any, head: Head) -> None:
        super().__init__(channel, queued=False)
        self.head, self.site, self.args = head, channel.site, {}
        self.method, self.path = head.method.encode(), head.path.encode()
        self.uri, self.clientproto = head.target.encode(), head.version.encode()
        if head.closes:
            self.setHeader(b"connection", b"close")

    @property
    def requestHeaders(self) -> Headers:
        """The headers as resources of Twisted look for them, made when the first one does."""
        if self._all_headers is None:
            self._all_headers = Headers()
            for name, values in self.head.headers.items():
                said = [value.encode("latin-1") for value in values]
                self._all_headers.setRawHeaders(name.encode(), said)
        return self._all_headers

    @requestHeaders.setter
    def requestHeaders(self, _: Headers) -> None:
        """Twisted's own empty ones are not needed."""

    @property
    def continues(self) -> bool:
        """Whether the resource itself tells the sender to go on."""
        return bool(getattr(self._target, "continues", False))

    def gotLength(self, length: int | None) -> None:
        """Choose where the body goes, before any of it has come."""
        host = self.head.host.encode()
        self._load, self._target = self.site.load, self.site.resource_at(self.path, host)
        try:
            if hasattr(self._target, "open_body"):
                self.content = self._target.open_body(self, length)
                return
        except BodyRefused as refused:
            self._refuse(refused)
            return
        limits = self.site.limits
        self._limit = limits.body
        self.content = io.BytesIO()
        self.channel.body_within(limits.whole)
        if length is not None and length > self._limit:
            self._refuse(BodyRefused(413, f"a body may have {self._limit} bytes"))

    def handleContentChunk(self, data: bytes) -> None:
        """Take a piece of the body unless the limit is reached."""
        if self.content is None:
            return  # answered already, but TLS goes on to deliver
        self._taken += len(data)
        if self._limit is not None and not self.refused:
            self._hold(len(data), self._limit)
        try:
            self.content.write(data)
        except BodyRefused as refused:
            self._refuse(refused)

    def _hold(self, octets: int, limit: int) -> None:
        if self._taken > limit:
            self._refuse(BodyRefused(413, f"a body may have {limit} bytes"))
        elif self._load.hold(octets):
            self._held += octets
        else:
            self._refuse(BodyRefused(503, "too much is being sent at the moment; try again"))

    def begin_work(self) -> None:
        """Someone works on this request: its body counts until the end, even if the peer goes.

        Raises UNAVAILABLE when too much is under way.
        """
        self._load.begin()
        self._at_work = True

    def end_work(self) -> None:
        """Nobody needs the body any more."""
        self._load.end()
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
        lines = [
            b"%b %d %b" % (self.clientproto, status, RESPONSES.get(status, b"Answer")),
            b"Server: %b\r\nDate: %b" % (SERVER, datetimeToString()),
        ]
        for name, values in self.responseHeaders.getAllRawHeaders():
            lines += [b"%b: %b" % (name, value) for value in values]
        lines += [_line(name, value) for name, value in headers.items()]
        lines += [b"Content-Length: %d" % len(body), b"", b""]
        self.code, self.startedWriting = status, 1
        if self.method != b"HEAD":
            self.sentLength = len(body)
            lines[-1] = body
        write_now(self.channel.transport, b"\r\n".join(lines))
        self.finish()

    def finish(self) -> None:
        """The answer is complete."""
        super().finish()
        self._over = True
        self._let_go()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The whole request is here."""
        self.content.seek(0, 0)
        if self.refused:
            self._answer_refused()
        else:
            self.process()

    def process(self) -> None:
        """Have the request answered; what goes wrong is our mistake, not the peer's."""
        try:
            self.render(self._target)
        except Exception:
            self.processingFailed(Failure())

    def write(self, data: bytes) -> None:
        """Write a piece of the answer; the first is preceded by the headers."""
        if not self.startedWriting:
            for name, value in ((b"server", SERVER), (b"date", datetimeToString())):
                if not self.responseHeaders.hasHeader(name):
                    self.setHeader(name, value)
        super().write(data)

    def connectionLost(self, reason: Any) -> None:
        """Twisted closes the body."""
        super().connectionLost(reason)
        self._over = True
        self._let_go()

    def body(self) -> bytes:
        """The whole body, gunzipped within the limit; raises BodyRefused."""
        raw = self.content.read()
        coding = self.head.headers.get("content-encoding", ("",))[-1].lower()
        if coding in ("", "identity"):
            return cast(bytes, raw)
        if coding != "gzip":
            raise BodyRefused(415, "a body may be sent plain or with Content-Encoding gzip")
        return self._gunzip(raw)

    def _gunzip(self, raw: bytes) -> bytes:
        inflate = zlib.decompressobj(wbits=31)
        try:
            plain = inflate.decompress(raw, self.site.limits.body + 1)
        except zlib.error as wrong:
            raise BodyRefused(400, f"the body is not gzip: {wrong}") from wrong
        if len(plain) > self.site.limits.body or inflate.unconsumed_tail:
            raise BodyRefused(413, f"a body may have {self.site.limits.body} bytes when unpacked")
        if not inflate.eof:
            raise BodyRefused(400, "the gzip body is cut short")
        return plain

    def _refuse(self, refused: BodyRefused) -> None:
        if self.refused is None:
            self.refused = refused
            (self.content or io.BytesIO()).close()
            self.content = _Overflow()
            # Answer at once and close: a sender of gigabytes is not read to its end.
            self._limit = None
            self.channel.callLater(0, self._cut)

    def _cut(self) -> None:
        if not self.finished and self.channel is not None and not self.startedWriting:
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
        request_id = self.channel.site.new_id()
        self.note(self.refused, request_id)
        text = f"{self.refused}\nRequest id: {request_id}\n".encode()
        # What is left of the body must not be taken for the next request.
        self.channel.persistent = False
        self.setResponseCode(self.refused.status)
        self.setHeader(b"content-type", b"text/plain")
        self.setHeader(b"content-length", str(len(text)).encode())
        self.setHeader(b"connection", b"close")
        if self.refused.status == 503:
            self.setHeader(b"retry-after", b"1")
        self.setHeader(REQUEST_ID.encode(), request_id.encode())
        self.write(b"" if self.method == b"HEAD" else text)
        self.finish()


def _line(name: str, value: str) -> bytes:
    """A header; a value that a caller had a hand in cannot begin another one."""
    return f"{name}: {' '.join(value.splitlines())}".encode("latin-1", "replace")
