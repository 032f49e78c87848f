# SPDX-License-Identifier: BSD-2-Clause
"""Bytes that are no honest request, at the real front: refused with a reason and an id, or closed.

Each case names the statuses that may come. None may be a failure of ours, none may hang, and the
next good request is answered as ever.
"""

from __future__ import annotations

import gzip
import re
import select
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import deferToThread

from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.site import site
from eucalyptus.web.sniffing import SniffingFactory
from tests.street.town import Town

Talk = Callable[..., bytes]

HOST = "Host: x\r\nConnection: close\r\n"
FORM = "application/x-www-form-urlencoded"
LIMITS = HttpLimits(idle=2.0, whole=2.0)


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    """A request without a body; text is latin-1, so that any byte can be said."""
    lines = "".join(f"{line}\r\n" for line in headers)
    return f"{method} {path} HTTP/1.1\r\n{HOST}{lines}\r\n".encode("latin-1")


def post(body: bytes, *headers: str, kind: str = FORM, path: str = "/services/compute") -> bytes:
    """A POST with a Content-Length."""
    said = [*headers, f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return get(path, *said, method="POST") + body


def raw(*lines: str, rest: bytes = b"") -> bytes:
    """A head line by line."""
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + rest


COMPUTE = "/services/compute"
TE = ("POST /services/compute HTTP/1.1", "Host: x", "Connection: close")
CASES: dict[str, tuple[bytes, set[int]]] = {
    # What kind of body it is.
    "coding of other bytes": (post(b"Action=x", "Content-Encoding: \xff"), {415}),
    "unknown coding": (post(b"Action=x", "Content-Encoding: br"), {415}),
    "gzip bomb": (post(gzip.compress(b"x" * 20_000_000), "Content-Encoding: gzip"), {413}),
    "gzip in gzip": (post(gzip.compress(gzip.compress(b"Action=x")), "Content-Encoding: gzip"),
                     {400}),
    "no gzip": (post(b"Action=x", "Content-Encoding: gzip"), {400}),
    "too big": (post(b"x" * 1_100_000), {413}),
    "multipart": (post(b"x", kind="multipart/form-data; boundary=x"), {400}),
    "text": (post(b"Action=x", kind="text/plain"), {400}),
    "json": (post(b"{}", kind="application/x-amz-json-1.1"), {400}),
    "form in UTF-16": (post("Action=x".encode("utf-16"), kind=FORM + "; charset=utf-16"), {400}),
    # Parameters, before anybody asks who signed them.
    "10,000 parameters": (post("&".join(f"a{n}=1" for n in range(10_000)).encode()), {413}),
    "not UTF-8": (post(b"Action=%ff"), {400}),
    "raw bytes": (post(b"Action=\xff\xfe"), {400}),
    "overlong UTF-8": (post(b"Action=%c0%af"), {400}),
    "twice the same": (post(b"Action=a&Action=a"), {400}),
    "twice": (post(b"Action=a&Action=b"), {400}),
    "twice, URL and form": (post(b"Action=b", path=COMPUTE + "?Action=a"), {400}),
    "nothing": (post(b""), {403}),
    "NUL": (post(b"Action=%00&%00=%00"), {403}),
    # Methods.
    "PUT": (get(COMPUTE + "?Action=x", method="PUT"), {405}),
    "DELETE": (get(COMPUTE + "?Action=x", method="DELETE"), {405}),
    "TRACE": (get(COMPUTE, method="TRACE"), {405}),
    "lower case": (get(COMPUTE, method="post"), {405}),
    "override": (get(COMPUTE, "X-HTTP-Method-Override: POST"), {403}),
    # Where to.
    "another host": (get("http://evil/services/compute"), {404}),
    "dots": (get("/services/../services/compute"), {404}),
    "encoded": (get("/services/%63ompute"), {404}),
    "two slashes": (get("//services/compute"), {404}),
    "NUL in the path": (get("/services/compute\x00"), {400}),
    "long URI": (get(COMPUTE + "?" + "y" * 70_000), {431}),
    # The head.
    "HTTP/0.9": (b"GET /services/compute\r\n\r\n", {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "space before colon": (raw("GET / HTTP/1.1", "Host : x"), {400}),
    "no name": (raw("GET / HTTP/1.1", ": x"), {400}),
    "NUL in a header": (get(COMPUTE, "X: a\x00b"), {400}),
    "many headers": (get(COMPUTE, *(f"X-{n}: 1" for n in range(200))), {400}),
    "long header": (get(COMPUTE, "X: " + "y" * 20_000), {431}),
    "long head": (get(COMPUTE, *("X: " + "y" * 5000 for _ in range(5))), {400, 431}),
    "host of other bytes": (get("/", "Host: \xff"), {404}),
    "cookies": (get(COMPUTE, "Cookie: \xff=;;;=", "Cookie: a"), {403}),
    "junk for a signature": (
        get(COMPUTE, "Authorization: AWS4-HMAC-SHA256 \xff Credential=\xe9/\xe9"), {400}),
    "two signatures": (get(COMPUTE, "Authorization: AWS4-HMAC-SHA256 x", "Authorization: AWS y"),
                       {400}),
    # How long the body is.
    "length and chunks": (post(b"0\r\n\r\nX", "Transfer-Encoding: chunked"), {400}),
    "two lengths": (post(b"abc", "Content-Length: 3"), {400}),
    "signed length": (raw(*TE, "Content-Length: +3", rest=b"abc"), {400}),
    "hex length": (raw(*TE, "Content-Length: 0x3", rest=b"abc"), {400}),
    "list of lengths": (raw(*TE, "Content-Length: 3,3", rest=b"abc"), {400}),
    "other coding": (raw(*TE, "Transfer-Encoding: xchunked", rest=b"abc"), {400}),
    "two codings": (raw(*TE, "Transfer-Encoding: identity, chunked", rest=b"abc"), {400}),
    "negative chunk": (raw(*TE, "Transfer-Encoding: chunked", rest=b"-1\r\nabc\r\n"), {400}),
    "chunk of 0x": (raw(*TE, "Transfer-Encoding: chunked", rest=b"0x3\r\nabc\r\n"), {400}),
    "chunk without end": (raw(*TE, "Transfer-Encoding: chunked", rest=b"1\r\nab\r\n"), {400}),
    "long chunk line": (
        raw(*TE, "Transfer-Encoding: chunked", rest=b"1;" + b"x" * 5000 + b"\r\na\r\n"), {400}),
    # WSDLs that there are not, and metadata that nobody has.
    "WSDL of another day": (get(COMPUTE + "?wsdl=1999-01-01"), {404}),
    "WSDL of a path": (get(COMPUTE + "?wsdl=../../etc/passwd"), {404}),
    "nearly WSDL": (get(COMPUTE + "?wsdlx"), {403}),
    "WSDL by POST": (post(b"", path=COMPUTE + "?wsdl"), {403}),
    "metadata of nobody": (get("/latest/meta-data/", "Euca-Instance-Id: \xff"), {404}),
    "metadata of bytes": (get("/latest/%ff%00"), {404}),
    "metadata by PUT": (get("/latest/api/token", method="PUT"), {405}),
    "too big for metadata": (post(b"x" * 1_100_000, path="/latest/user-data"), {413}),
}  # fmt: skip

UNANSWERED = {404, 405}
"""Statuses of paths without a service: there no header need name a request id."""


@pytest.fixture(name="port")
def _port(town: Town, spin: Any) -> Iterator[int]:
    """The port of a front."""
    made = site(town.worker.mounts, LIMITS, lambda: str(uuid.uuid4()))
    factory = SniffingFactory(made, None, reactor)
    loop: Any = reactor
    port = loop.listenTCP(0, factory, interface="127.0.0.1")
    yield port.getHost().port
    spin(maybeDeferred(port.stopListening))


@pytest.fixture(name="talk")
def _talk(port: int, spin: Any) -> Talk:
    """``talk(bytes, wait=5)``: what the front answers until it closes the connection."""
    return lambda *pieces, wait=5.0: spin(deferToThread(_exchange, port, pieces, wait))


def _exchange(port: int, pieces: tuple[bytes, ...], wait: float) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        answer = b""
        try:
            for piece in pieces:
                line.sendall(piece)
                if piece is not pieces[-1]:
                    answer += line.recv(65536)
            while found := line.recv(65536):
                answer += found
        except (ConnectionResetError, BrokenPipeError):
            pass
        except TimeoutError:
            answer += b"HANGS"
        return answer


def _statuses(answer: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def test_every_one_is_refused_with_a_reason(talk: Talk) -> None:
    """One status each, of those that fit; a reason and a request id; nothing of our insides."""
    for name, (request, allowed) in CASES.items():
        answer = talk(request)
        assert answer.startswith(b"HTTP/1."), (name, answer)
        (status,) = _statuses(answer)
        assert status in allowed, (name, answer)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert len(body) > 20, name
        for inside in (b"Traceback", b"File ", b"/lib/python", b".py", b"psycopg"):
            assert inside not in answer, (name, answer)
        if status not in UNANSWERED:
            said = re.search(rb"(?i)x-amzn-requestid: ([0-9a-f-]{36})", head)
            assert said is not None and said[1] in body, (name, answer)
        assert b" 200 " in talk(get(COMPUTE + "?wsdl", method="HEAD")), name


@pytest.mark.parametrize("path", [COMPUTE, "/services/Eucalyptus/", "/services/Euare"])
@pytest.mark.parametrize("word", ["wsdl", "WSDL", "Wsdl="])
def test_a_wsdl_is_given_to_anybody(talk: Talk, path: str, word: str) -> None:
    """However it is spelled; what the Host header says is data, not markup, and not kept."""
    answer = talk(raw(f"GET {path}?{word} HTTP/1.1", 'Host: "><evil/>', "Connection: close"))
    assert _statuses(answer) == [200] and b"<evil/>" not in answer
    assert b"x-amzn-requestid" in answer.lower()


def test_pipelined_requests_are_answered_in_order(talk: Talk) -> None:
    """Twenty at once on one connection."""
    one = raw("GET /services/compute HTTP/1.1", "Host: x")
    answer = talk(one * 19 + get(COMPUTE))
    assert _statuses(answer) == [403] * 20
    assert len(set(re.findall(rb"<RequestID>([^<]+)", answer))) == 20


def test_what_follows_a_refused_body_is_no_request(talk: Talk) -> None:
    """The rest of a body that was refused half-way is not taken for the next request."""
    head = raw("POST /services/compute HTTP/1.1", "Host: x", "Content-Length: 2000000")
    assert _statuses(talk(head, get("/services/compute?wsdl"))) == [413]
    chunked = raw("POST /services/compute HTTP/1.1", "Host: x", "Transfer-Encoding: chunked")
    big = b"110000\r\n" + b"x" * 0x110000
    assert _statuses(talk(chunked + big, get("/services/compute?wsdl"))) in ([413], [])


def _drip(port: int, most: float) -> float:
    """Send a header now and then; gives the seconds until the front had enough."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        while time.monotonic() - started < most:
            if select.select([line], [], [], 0.3)[0]:
                break
            line.sendall(b"X: 1\r\n")
    return time.monotonic() - started


def test_a_slow_head_is_cut_off(talk: Talk, port: int, spin: Any) -> None:
    """A header now and then does not hold a connection for ever."""
    assert spin(deferToThread(_drip, port, 10.0)) < LIMITS.idle + 1.5
