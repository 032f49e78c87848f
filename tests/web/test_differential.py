# SPDX-License-Identifier: BSD-2-Clause
"""Our reading of HTTP/1.1 compared with h11's: where we hear requests, it hears the same ones.

We may refuse what h11 takes, never the other way round, and never in another way.
"""

from __future__ import annotations

import uuid
from itertools import pairwise
from typing import Any

import h11
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.web import resource

from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.mounted import Mounted
from tests.fuzzing import fuzzed

Heard = list[tuple[bytes, bytes, bytes]]


class _Ear(resource.Resource):
    """Writes down what it hears."""

    isLeaf = True

    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self._heard = heard

    def render(self, request: Any) -> bytes:
        self._heard.append((request.method, request.uri, request.content.read()))
        return b"ok"


def ours(text: bytes, cuts: list[int]) -> Heard:
    """What we hear in ``text``, however it is cut up."""
    heard: Heard = []
    site = Mounted({b"": _Ear(heard)}, HttpLimits(), lambda: str(uuid.uuid4()))
    channel: Any = site.buildProtocol(None)
    transport = StringTransport()
    transport.abortConnection = transport.loseConnection  # type: ignore[method-assign]
    channel.callLater = lambda *_: _Call()
    channel.makeConnection(transport)
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, end in pairwise(places):
        if text[start:end] and not transport.disconnecting:
            channel.dataReceived(text[start:end])
    return heard


class _Call:
    """A call that is never made."""

    def active(self) -> bool:
        return False

    def cancel(self) -> None:
        pass

    def reset(self, seconds: float) -> None:
        pass


def theirs(text: bytes) -> Heard:
    """What h11 hears in it. An empty line before a request is nothing, says RFC 9112 (2.2)."""
    heard: Heard = []
    while text:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 16)
        connection.receive_data(text.removeprefix(b"\r\n"))
        try:
            heard.append(_whole(connection))
            text, _ = connection.trailing_data
        except (h11.RemoteProtocolError, _Incomplete):
            break
        if connection.their_state is not h11.DONE:
            break
    return heard


class _Incomplete(Exception):
    """There is not enough for a request."""


def _whole(connection: h11.Connection) -> tuple[bytes, bytes, bytes]:
    said, body = b"", b""
    method = b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            method, said = event.method, event.target
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return method, said, body
        else:
            raise _Incomplete


LINES = st.sampled_from([
    b"Host: x", b"Host: y", b"host:x", b"Content-Length: 3", b"Content-Length: 0",
    b"Content-Length: 5", b"content-length: 03", b"Content-Length: +3", b"Content-Length: 3, 3",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding:chunked", b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: identity", b"Transfer-Encoding : chunked", b" folded", b"\tfolded",
    b"Transfer-Encoding: gzip, chunked", b"X: a\rb", b"X: a\nb", b"X:", b"X", b": y", b"X: \xff",
    b"Connection: close", b"Connection: keep-alive, close", b"Expect: 100-continue", b"X: \x00",
    b"Transfer-Encoding: \x0bchunked", b"Content_Length: 3", b"X-Length: 3",
])  # fmt: skip
STARTS = st.sampled_from([
    b"GET / HTTP/1.1", b"POST /a?b HTTP/1.1", b"POST / HTTP/1.0", b"GET / HTTP/1.2", b"GET /",
    b"GET http://x/a HTTP/1.1", b"GET http://y/a HTTP/1.1", b"OPTIONS * HTTP/1.1",
    b"get / HTTP/1.1", b"GET  / HTTP/1.1", b"GET / http/1.1", b"GET /\x7f HTTP/1.1",
    b"G@T / HTTP/1.1", b"HEAD / HTTP/1.1", b" GET / HTTP/1.1", b"",
])  # fmt: skip
BODIES = st.sampled_from([
    b"", b"abc", b"abcGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n",
    b"3;a=b\r\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n",
    b"3\nabc\n0\n\n", b"0x3\r\nabc\r\n0\r\n\r\n", b"-1\r\n\r\n", b" 3\r\nabc\r\n0\r\n\r\n",
    b"3 \r\nabc\r\n0\r\n\r\n", b"003\r\nabc\r\n00\r\n\r\n", b"3\r\nabc\r\n",
])  # fmt: skip
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n"])


HONEST = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Up to three requests on one connection: honest, with a line more, or of odd pieces."""
    out = b""
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 3))
        if kind == 3:
            lines = [draw(STARTS), b"Host: x", *draw(st.lists(LINES, max_size=4))]
            end = draw(ENDS)
            out += end.join([*lines, b"", b""]) + draw(BODIES)
            continue
        text = draw(st.sampled_from(HONEST))
        if kind == 2:
            first, _, rest = text.partition(b"\r\n")
            text = first + b"\r\n" + draw(LINES) + draw(ENDS) + rest
        if kind == 1:
            at, put = draw(st.integers(0, len(text))), draw(st.binary(max_size=2) | ENDS)
            text = text[:at] + put + text[at + draw(st.integers(0, 2)) :]
        out += text
    return out


def local(heard: Heard) -> Heard:
    """h11 leaves an absolute target as it is."""
    return [(method, target.removeprefix(b"http://x") or b"/", body)
            for method, target, body in heard]  # fmt: skip


@fuzzed(500)
@given(requests(), st.lists(st.integers(0, 4000), max_size=4))
def test_h01_we_hear_no_request_that_another_reader_does_not(text: bytes, cuts: list[int]) -> None:
    """What we hear is what h11 hears first; we may stop earlier."""
    mine, other = ours(text, cuts), local(theirs(text))
    assert mine == other[: len(mine)], (mine, other)


def test_h01_honest_requests_are_heard_alike() -> None:
    """The twin."""
    head = b"POST /a HTTP/1.1\r\nHost: x\r\n"
    text = (head + b"Content-Length: 3\r\n\r\nabc"
            + head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            + b"GET http://x/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")  # fmt: skip
    expected = [(b"POST", b"/a", b"abc")] * 2 + [(b"GET", b"/b", b"")]
    assert ours(text, [5, 50, 51, 100]) == expected == local(theirs(text))
