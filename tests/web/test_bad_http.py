# SPDX-License-Identifier: BSD-2-Clause
"""Bytes that are no honest HTTP, at every kind of port: refused with a reason and an id.

What is sent after a refused request is a good one that would leave a trace: it must not be heard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.oracle import attack
from tests.web.conftest import Talk, closed, one, statuses
from tests.web.listeners import SECRET, Listener

Made = Callable[[Listener], bytes]


def head(line: str, *headers: str, host: str = "Host: x") -> bytes:
    """A head line by line; text is latin-1, so that any byte can be said."""
    lines = [line, *([host] if host else []), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def posted(*headers: str, rest: bytes = b"") -> Made:
    """A POST to the service with odd headers."""
    return lambda at: head(f"POST {at.path} HTTP/1.1", *headers) + rest


def asked(*headers: str, host: str = "Host: x") -> Made:
    """A GET of something public with odd headers."""
    return lambda at: head(f"GET {at.path}?wsdl HTTP/1.1", *headers, host=host)


def line(text: str, *headers: str) -> Made:
    """A request line; ``{}`` stands for the service's path."""
    return lambda at: head(text.replace("{}", at.path), *headers)


def raw(text: bytes) -> Made:
    """Just that."""
    return lambda at: text


CHUNKED = "Transfer-Encoding: chunked"
FORM = "Content-Type: application/x-www-form-urlencoded"


def chunks(rest: bytes) -> Made:
    """A chunked body."""
    return posted(FORM, CHUNKED, rest=rest)


def coded(value: str) -> Made:
    """A transfer coding that is not quite chunked, before chunks."""
    return posted(FORM, f"Transfer-Encoding:{value}", rest=b"0\r\n\r\n")


def long(value: str) -> Made:
    """A length that is none."""
    return posted(FORM, f"Content-Length:{value}", rest=b"abc")


REFUSED: list[tuple[str, Made]] = [
    # How long a body is: never two answers.
    ("H-01 CL.TE", posted(FORM, "Content-Length: 5", CHUNKED, rest=b"0\r\n\r\n")),
    ("H-01 TE.CL", posted(FORM, CHUNKED, "Content-Length: 5", rest=b"0\r\n\r\n")),
    ("H-01 TE.TE", posted(FORM, CHUNKED, CHUNKED, rest=b"0\r\n\r\n")),
    ("H-01 TE.TE identity", posted(FORM, CHUNKED, "Transfer-Encoding: identity",
                                   rest=b"0\r\n\r\n")),
    *((f"H-01 TE {value!r}", coded(value)) for value in (
        " xchunked", " \x0bchunked", " chunked\x0b", " identity, chunked", " chunked, identity",
        " identity", " gzip, chunked", ' "chunked"', " chunked;q=1", " chu nked", "",
    )),
    *((f"H-01 CL {value!r}", long(value)) for value in (
        " +3", " 3,3", " 0x3", " -1", " 3\x00", "", " 3 3", " 3.0", " ³", " 1e1", " " + "9" * 5000,
        " 9999999999999999",
    )),
    ("H-01 CL the same twice", posted("Content-Length: 3", "Content-Length: 3", rest=b"abc")),
    ("H-01 CL twice", posted("Content-Length: 3", "Content-Length: 0", rest=b"abc")),
    ("H-01 chunks in HTTP/1.0", line("POST {} HTTP/1.0", FORM, CHUNKED)),
    # Chunks.
    *((f"H-02 size {size[:12]!r}", chunks(size + b"\r\nabc\r\n0\r\n\r\n")) for size in (
        b"FFFFFFFFFFFFFFFF", b"-3", b"3" * 1000, b"0x3", b"", b"3 ", b" 3", b"+3", b"3\x00",
        b"G", b"3_0", b"0" * 1100 + b"3",
    )),
    ("H-02 extension of 1 MB", chunks(b"3;" + b"x" * 1_000_000 + b"\r\nabc\r\n0\r\n\r\n")),
    ("H-02 size line without end", chunks(b"3" + b";" * 4000)),
    ("H-02 bare LF", chunks(b"3\nabc\n0\n\n" + b"x" * 2000)),
    ("H-02 bare LF in an extension", chunks(b"3;a\nb\r\nabc\r\n0\r\n\r\n")),
    ("H-02 no end of chunk", chunks(b"3\r\nabcd\r\n0\r\n\r\n")),
    ("H-02 long trailer", chunks(b"0\r\nX: " + b"x" * 70_000 + b"\r\n\r\n")),
    ("H-02 trailer without a name", chunks(b"0\r\n: y\r\n\r\n")),
    ("H-02 trailer without colon", chunks(b"0\r\nx\r\n\r\n")),
    ("H-02 folded trailer", chunks(b"0\r\nX: y\r\n z\r\n\r\n")),
    ("H-02 bare LF in a trailer", chunks(b"0\r\nX: y\nZ: z\r\n\r\n")),
    # Headers.
    ("H-03 space before colon", asked("X : 1")),
    ("H-03 folded", asked("X: 1", " 2")),
    ("H-03 folded at first", asked("\tX: 1", host="")),
    ("H-03 bare CR", asked("X: a\rY: b")),
    ("H-03 bare LF", asked("X: a\nY: b")),
    ("H-03 NUL", asked("X: a\x00b")),
    ("H-03 escape", asked("X: a\x1b[31mb")),
    ("H-03 name of other bytes", asked("X\xe9: 1")),
    ("H-03 no name", asked(": 1")),
    ("H-03 no colon", asked("X")),
    ("H-03 10,000", asked(*(f"X-{number}: 1" for number in range(10_000)))),
    ("H-03 1 MB", asked("X: " + "x" * 1_000_000)),
    ("H-03 20 KB in five", asked(*("X: " + "x" * 4000 for _ in range(5)))),
    # Targets.
    ("H-04 another host", line("GET http://evil{} HTTP/1.1")),
    ("H-04 user before the host", line("GET http://x@evil{} HTTP/1.1")),
    ("H-04 another scheme", line("GET ftp://x{} HTTP/1.1")),
    ("H-04 asterisk", line("OPTIONS * HTTP/1.1")),
    ("H-04 no slash", line("GET services/compute HTTP/1.1")),
    ("H-04 fragment", line("GET {}#x HTTP/1.1")),
    ("H-04 bytes", line("GET {}\xff HTTP/1.1")),
    ("H-04 latin", line("GET {}\xa0 HTTP/1.1")),
    ("H-04 NUL", line("GET {}\x00 HTTP/1.1")),
    ("H-04 tab", line("GET\t{}\tHTTP/1.1")),
    ("H-04 two blanks", line("GET  {} HTTP/1.1")),
    ("H-04 64 KB", line("GET {}?" + "y" * 65_536 + " HTTP/1.1")),
    ("H-04 query of 20 KB", line("GET {}?" + "y" * 20_000 + " HTTP/1.1")),
    # Host.
    ("H-05 no Host", asked(host="")),
    ("H-05 two Hosts", asked("Host: y")),
    ("H-05 the same Host twice", asked("Host: x")),
    *((f"H-05 Host {host!r}", asked(host=f"Host: {host}")) for host in (
        "u@x", "x/y", "x y", "x:", "x:port", "x:123456", "x:80:81", "[fe80::1%25eth0]", "[::1",
        "\"><evil/>", "x,y", "\xff", "x" * 300,
    )),
    # Methods and versions.
    ("H-06 preface of HTTP/2", raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    ("H-06 CONNECT", line("CONNECT evil:80 HTTP/1.1")),
    ("H-06 1 MB", raw(b"G" * 1_000_000 + b" / HTTP/1.1\r\n\r\n")),
    ("H-06 no token", line("G@T {} HTTP/1.1")),
    ("H-07 HTTP/0.9", raw(b"GET /services/compute\r\n\r\n")),
    ("H-07 HTTP/2.0", line("GET {} HTTP/2.0")),
    ("H-07 HTTP/1.10", line("GET {} HTTP/1.10")),
    ("H-07 lower case", line("GET {} http/1.1")),
    ("H-22 expect something else", posted(FORM, "Expect: foo", "Content-Length: 0")),
    ("H-22 expect two things", posted("Expect: 100-continue", "Expect: foo", "Content-Length: 0")),
]  # fmt: skip


RESETTING = 60_000
"""Bytes of a request from which on its unread rest may overtake the answer with a reset."""


@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in REFUSED])
def test_is_refused_and_nothing_after_it_is_heard(
    listener: Listener, talk: Talk, made: Made
) -> None:
    """One answer, a reason, an id, the connection ends."""
    request = made(listener) + listener.good("smuggled")
    with attack(lambda: list(listener.done), [SECRET]) as watched:
        answer = talk(request)
        watched.answers.append(answer)
    if not answer and len(request) > RESETTING:
        return
    assert one(statuses(answer)) in (400, 413, 414, 417, 431), answer
    said, _, body = answer.partition(b"\r\n\r\n")
    assert b"x-amzn-requestid: " in said.lower() and b"Request id: " in body and len(body) > 60
    assert b"connection: close" in said.lower()


ELSEWHERE: list[tuple[str, str, int]] = [
    ("H-04 dots", "GET /services/..{} HTTP/1.1", 404),
    ("H-04 escaped dots", "GET /services/%2e%2e{} HTTP/1.1", 404),
    ("H-04 two slashes", "GET /{} HTTP/1.1", 404),
    ("H-04 two slashes at the end", "GET {}// HTTP/1.1", 404),
    ("H-04 host in the path", "GET //evil{} HTTP/1.1", 404),
    ("H-04 escaped letter", "GET {}%41 HTTP/1.1", 404),
    ("H-04 escaped NUL", "GET {}%00 HTTP/1.1", 404),
    ("H-04 escaped byte", "GET {}%ff HTTP/1.1", 404),
    ("H-04 semicolon", "GET {};x HTTP/1.1", 404),
    ("H-04 below", "GET {}/foo HTTP/1.1", 404),
    ("H-04 the WSDL below", "GET {}/foo?wsdl HTTP/1.1", 404),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(text, code, id=name) for name, text, code in ELSEWHERE]
)
def test_there_is_nothing_there(listener: Listener, talk: Talk, text: str, expected: int) -> None:
    """Well-formed, and another path."""
    with attack(lambda: list(listener.done)) as watched:
        answer = talk(closed(line(text)(listener)))
        watched.answers.append(answer)
    assert statuses(answer) == [expected] and b"Request id: " in answer


METHODS = ["TRACE", "PUT", "DELETE", "OPTIONS", "PATCH", "get", "post", "x" * 5000]


@pytest.mark.parametrize("method", [pytest.param(m, id=f"H-06 {m[:8]}") for m in METHODS])
def test_a_method_that_is_not_spoken(listener: Listener, talk: Talk, method: str) -> None:
    """Refused by the door, in its own dialect; TRACE gives nothing back."""
    with attack(lambda: list(listener.done)) as watched:
        answer = talk(closed(line(f"{method} {{}}?Action=x HTTP/1.1", "X-Mine: echo")(listener)))
        watched.answers.append(answer)
    # A component's door knows SOAP only, whose faults are 500.
    assert one(statuses(answer)) == (405 if listener.name == "front" else 500), answer
    assert b"echo" not in answer


IGNORED: list[tuple[str, str]] = [
    ("H-05 X-Forwarded-Host", "X-Forwarded-Host: evil"),
    ("H-05 X-Forwarded-For", "X-Forwarded-For: 6.6.6.6"),
    ("H-05 X-Forwarded-Proto", "X-Forwarded-Proto: https"),
    ("H-05 Forwarded", "Forwarded: for=6.6.6.6;host=evil;proto=https"),
    ("H-06 override", "X-HTTP-Method-Override: DELETE"),
    ("H-23 websocket", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA=="),
    ("H-23 h2c", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMA"),
]


@pytest.mark.parametrize("header", [pytest.param(header, id=name) for name, header in IGNORED])
def test_is_not_listened_to(listener: Listener, talk: Talk, header: str) -> None:
    """The answer is the one without that header."""

    def answer(*more: str) -> bytes:
        text = head(f"GET {listener.path}?wsdl HTTP/1.1", *more, "Connection: close")
        said, _, body = talk(text).partition(b"\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 200 ") and b"pgrade" not in said
        return body

    with attack(lambda: list(listener.done), lines=0) as watched:
        changed = answer(header)
        watched.answers.append(changed)
    assert changed == answer() and b"evil" not in changed and b"https://x" not in changed


# --- the twins -----------------------------------------------------------------------------------


def chunked(request: bytes, *pieces: int) -> bytes:
    """A good request again, its body in chunks of these sizes and the rest."""
    said, _, body = request.partition(b"\r\n\r\n")
    lines = [one for one in said.split(b"\r\n") if not one.startswith(b"Content-Length")]
    out = b"\r\n".join([*lines, b"Transfer-Encoding: Chunked", b"", b""])
    for size in pieces:
        out += b"%x;name=value\r\n%b\r\n" % (size, body[:size])
        body = body[size:]
    return out + b"%X\r\n%b\r\n0\r\nTrailer: x\r\nAuthorization: y\r\n\r\n" % (len(body), body)


def absolute(request: bytes) -> bytes:
    """A good request again, with a whole URL for its target."""
    return request.replace(b"POST /", b"POST http://X/", 1)


TWINS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("H-01 twin", lambda good: good),
    ("H-01 twin after an empty line", lambda good: b"\r\n" + good),
    ("H-02 twin", lambda good: chunked(good, 1, 15)),
    ("H-03 twin", lambda good: good.replace(b"Host: x", b"hOsT:\t x \t\r\nX-Other: a\tb\xe9")),
    ("H-04 twin with a whole URL", absolute),
    ("H-04 twin with a slash", lambda good: good.replace(b" HTTP/1.1", b"?x=1 HTTP/1.1", 1)),
    ("H-22 twin", lambda good: good.replace(b"Host: x", b"Host: x\r\nExpect: 100-Continue")),
]


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in TWINS])
def test_two_honest_requests_are_both_heard(
    listener: Listener, talk: Talk, change: Callable[[bytes], bytes], request: Any
) -> None:
    """One after the other on one connection: the twins of what was refused."""
    name = request.node.name
    unsigned = "?x=1" in str(change(b"POST / HTTP/1.1\r\nHost: x"))
    before = len(listener.done)
    answer = talk(change(listener.good(f"{name} 1")) + closed(listener.good(f"{name} 2")))
    first, second = statuses(answer)
    assert second == 200, answer
    if unsigned and listener.name == "front":
        # A parameter that nobody signed.
        assert first in (401, 403)
        assert listener.done[before:] == [f"{name} 2"]
    else:
        assert first == 200, answer
        assert listener.done[before:] == [f"{name} 1", f"{name} 2"]


def test_no_product_is_named_h07(listener: Listener, talk: Talk) -> None:
    """Neither in answers nor in refusals does a version of anything stand."""
    for text in (closed(asked()(listener)), line("GET {}/x HTTP/1.0")(listener), b"x\r\n\r\n"):
        said = talk(text).partition(b"\r\n\r\n")[0].lower()
        assert b"twisted" not in said and b"python" not in said and said
