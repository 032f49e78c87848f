# SPDX-License-Identifier: BSD-2-Clause
"""Persistent HTTP/1.1 connections for calls between components.

Twisted's Agent costs eight times as much per call (docs/decisions): this protocol sends one
prepared request at a time and reads answers with a Content-Length or in chunks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twisted.internet import defer, error, protocol
from twisted.internet.interfaces import IReactorTCP
from twisted.python.failure import Failure

from eucalyptus.web.prompt import write_now

ANSWER_LIMIT = 64 << 20
"""Most bytes an answer may have; a cluster's sweep of 4,096 instances needs about 12 MB."""


class Unreachable(Exception):
    """The peer could not be asked, or its answer did not come: nothing is known of the outcome."""

    def __init__(self, url: str, why: object) -> None:
        super().__init__(f"{url} does not answer: {why}")
        self.url = url


class _Broken(Exception):
    """The connection failed; ``untouched`` when no byte of an answer had come."""

    def __init__(self, why: object, *, untouched: bool) -> None:
        super().__init__(str(why))
        self.untouched = untouched


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status and body of an answer."""

    status: int
    body: bytes


@dataclass(slots=True)
class _Reading:
    """What has come of an answer so far."""

    data: bytearray = field(default_factory=bytearray)
    status: int = 0
    length: int = -1
    chunked: bool = False
    closing: bool = False
    start: int = -1


def _parse_head(reading: _Reading) -> bool:
    """Read status line and headers once they are complete; raises ValueError on nonsense."""
    end = reading.data.find(b"\r\n\r\n")
    if end < 0:
        if len(reading.data) > 32768:
            raise ValueError("headers too long")
        return False
    lines = bytes(reading.data[:end]).split(b"\r\n")
    reading.status = int(lines[0].split(b" ", 2)[1])
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name, value = name.strip().lower(), value.strip()
        if name == b"content-length":
            reading.length = int(value)
        elif name == b"transfer-encoding":
            reading.chunked = value.lower() == b"chunked"
        elif name == b"connection":
            reading.closing = value.lower() == b"close"
    reading.start = end + 4
    if reading.length > ANSWER_LIMIT:
        raise ValueError("answer too long")
    return True


def _unchunk(data: bytearray, start: int) -> bytes | None:
    """The body of a complete chunked answer, or None while chunks are missing."""
    pieces: list[bytes] = []
    at = start
    while True:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(bytes(data[at:line_end]).split(b";")[0], 16)
        at = line_end + 2
        if size == 0:
            return b"".join(pieces) if data.find(b"\r\n", at) >= 0 else None
        if len(data) < at + size + 2:
            return None
        pieces.append(bytes(data[at : at + size]))
        at += size + 2


class Connection(protocol.Protocol):
    """One connection, one question at a time."""

    def __init__(self) -> None:
        self._waiting: defer.Deferred[HttpAnswer] | None = None
        self._reading = _Reading()
        self.alive = True

    def ask(self, request: bytes) -> defer.Deferred[HttpAnswer]:
        """Send a complete HTTP request; the answer fires the Deferred."""
        waiting: defer.Deferred[HttpAnswer] = defer.Deferred(lambda _: self.abort())
        self._waiting, self._reading = waiting, _Reading()
        write_now(self.transport, request)
        return waiting

    def abort(self) -> None:
        """Give the connection up."""
        self.alive = False
        self.transport.abortConnection()  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        reading = self._reading
        reading.data += data
        try:
            if reading.start < 0 and not _parse_head(reading):
                return
            body = self._body()
        except (ValueError, IndexError) as wrong:
            self._fail(_Broken(f"it does not speak HTTP: {wrong}", untouched=False))
            self.abort()
            return
        if body is not None:
            self._finish(body)

    def _body(self) -> bytes | None:
        reading = self._reading
        if len(reading.data) > ANSWER_LIMIT:
            raise ValueError("answer too long")
        if reading.chunked:
            return _unchunk(reading.data, reading.start)
        if reading.length >= 0 and len(reading.data) - reading.start >= reading.length:
            return bytes(reading.data[reading.start : reading.start + reading.length])
        return None

    def _finish(self, body: bytes) -> None:
        waiting, self._waiting = self._waiting, None
        if self._reading.closing:
            self.alive = False
            self.transport.loseConnection()  # type: ignore[union-attr]
        if waiting is not None:
            waiting.callback(HttpAnswer(self._reading.status, body))

    def _fail(self, why: _Broken) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.called:
            waiting.errback(Failure(why))

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.alive = False
        reading = self._reading
        if reading.start >= 0 and reading.length < 0 and not reading.chunked:
            self._finish(bytes(reading.data[reading.start :]))
            return
        self._fail(_Broken(reason.getErrorMessage(), untouched=not reading.data))


class _Factory(protocol.ClientFactory):
    """Fires once with the connection or the reason there is none."""

    noisy = False

    def __init__(self, made: defer.Deferred[Connection]) -> None:
        self._made = made

    def buildProtocol(self, addr: Any) -> Connection:
        connection = Connection()
        connection.factory = self
        made = self._made

        def ready() -> None:
            connection.transport.setTcpNoDelay(True)  # type: ignore[union-attr]
            if not made.called:
                made.callback(connection)

        connection.connectionMade = ready  # type: ignore[method-assign]
        return connection

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        if not self._made.called:
            self._made.errback(reason)


class Connections:
    """Idle connections by host and port; at most ``keep`` stay open to each."""

    def __init__(self, reactor: Any, *, keep: int = 8, connect_timeout: float = 5.0) -> None:
        self._reactor: IReactorTCP = reactor
        self._clock = reactor
        self._idle: dict[tuple[str, int], list[Connection]] = {}
        self._keep = keep
        self._connect_timeout = connect_timeout

    async def exchange(
        self, address: tuple[str, int], request: bytes, timeout: float, *, fresh: bool = False
    ) -> HttpAnswer:
        """Send ``request`` and wait ``timeout`` seconds for the answer.

        Raises Unreachable; its ``__cause__`` tells whether a kept connection had gone stale.
        """
        connection = None if fresh else self._take(address)
        reused = connection is not None
        url = f"http://{address[0]}:{address[1]}"
        try:
            if connection is None:
                connection = await self._connect(address, min(timeout, self._connect_timeout))
            answer = await connection.ask(request).addTimeout(timeout, self._clock)
        except _Broken as broken:
            if reused and broken.untouched:
                raise Stale(url) from broken
            raise Unreachable(url, broken) from broken
        except defer.TimeoutError as late:
            raise Unreachable(url, f"no answer within {timeout:g} s") from late
        except error.ConnectError as refused:
            raise Unreachable(url, refused) from refused
        self._give(address, connection)
        return answer

    def close(self) -> None:
        """Close every idle connection."""
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    def _take(self, address: tuple[str, int]) -> Connection | None:
        idle = self._idle.get(address, [])
        while idle:
            connection = idle.pop()
            if connection.alive:
                return connection
        return None

    def _give(self, address: tuple[str, int], connection: Connection) -> None:
        idle = self._idle.setdefault(address, [])
        if not connection.alive:
            return
        if len(idle) < self._keep:
            idle.append(connection)
        else:
            connection.abort()

    async def _connect(self, address: tuple[str, int], timeout: float) -> Connection:
        made: defer.Deferred[Connection] = defer.Deferred()
        self._reactor.connectTCP(address[0], address[1], _Factory(made), timeout=timeout)
        return await made


class Stale(Unreachable):
    """A kept connection had been closed by the peer; asking again on a new one is safe to try."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "a kept connection had gone stale")
