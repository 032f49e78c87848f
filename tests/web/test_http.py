# SPDX-License-Identifier: BSD-2-Clause
"""What one HTTP request may cost: bodies, gzip, slow senders; HTTP and TLS on one port."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import deferToThread
from twisted.web import resource

from eucalyptus.settings import House
from eucalyptus.web.arrivals import arrival
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.requests import BodyRefused, BoundedRequest
from eucalyptus.web.site import Mount, site, tls_context
from eucalyptus.web.sniffing import SniffingFactory
from eucalyptus.wire import certificates

LIMITS = HttpLimits(body=1000, whole=0.5, idle=2.0)
Ask = Callable[..., bytes]


class _Echo(resource.Resource):
    """Answers the length of the body it could read, or the status of the refusal."""

    isLeaf = True

    def render(self, request: BoundedRequest) -> bytes:
        try:
            arrived = arrival(request, "r")
        except BodyRefused as refused:
            request.setResponseCode(refused.status)
            return b""
        return f"{arrived.method} {arrived.path} {len(arrived.body)} {arrived.secure}".encode()


class _Sink:
    """A body that is thrown away."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes, /) -> None:
        self.size += len(data)

    def seek(self, offset: int, whence: int = 0, /) -> None:
        assert (offset, whence) == (0, 0)

    def close(self) -> None:
        pass


class _Stream(resource.Resource):
    """Takes bodies as streams; refuses those that say they are empty."""

    isLeaf = True

    def open_body(self, request: BoundedRequest, length: int | None) -> _Sink:
        if length == 0 and request.getHeader("x-refuse"):
            raise BodyRefused(403, "no")
        return _Sink()

    def render(self, request: BoundedRequest) -> bytes:
        return str(request.content.size).encode()  # type: ignore[union-attr]


@pytest.fixture(scope="module", name="house")
def _house(tmp_path_factory: pytest.TempPathFactory) -> House:
    state = tmp_path_factory.mktemp("state")
    (state / "keys").mkdir()
    key = certificates.make_key()
    pem = certificates.self_issue(key, certificates.subject("tls", "Cloud"), time.time())
    Path(state / "keys" / "cloud-cert.pem").write_bytes(pem)
    Path(state / "keys" / "cloud-pk.pem").write_bytes(certificates.key_pem(key))
    return House(state=state)


@pytest.fixture(name="port")
def _port(house: House, spin: Any) -> Iterator[int]:
    mounts = [
        Mount(path="/services/echo", resource=_Echo(), aliases=("/services/Echo",)),
        Mount(path="/services/stream", resource=_Stream()),
    ]
    made = site(mounts, LIMITS, lambda: str(uuid.uuid4()))
    factory = SniffingFactory(made, tls_context(house), reactor)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
    yield port.getHost().port
    spin(maybeDeferred(port.stopListening))


def _talk(port: int, request: bytes, tls: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        line: Any = plain
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            line = context.wrap_socket(plain)
        line.sendall(request)
        answer = b""
        try:
            while data := line.recv(65536):
                answer += data
        except (ConnectionResetError, ssl.SSLError):
            pass
        return answer


@pytest.fixture(name="ask")
def _ask(port: int, spin: Any) -> Ask:
    def ask(request: bytes, tls: bool = False) -> bytes:
        return bytes(spin(deferToThread(_talk, port, request, tls)))

    return ask


def _post(body: bytes, *headers: str, path: str = "/services/echo") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@pytest.mark.parametrize("tls", [False, True])
def test_http_and_tls_share_a_port(ask: Ask, tls: bool) -> None:
    """The first byte decides; the resource can tell which it was."""
    assert f"POST /services/echo 3 {tls}".encode() in ask(_post(b"abc"), tls)


@pytest.mark.parametrize("path", ["/services/Echo", "/services/echo/", "/services/echo?x=1"])
def test_aliases_and_slashes_make_no_difference(ask: Ask, path: str) -> None:
    """An alias, a trailing slash and a query reach the same resource."""
    assert b" 200 " in ask(_post(b"abc", path=path))


def test_an_unknown_path_is_not_found(ask: Ask) -> None:
    """Nothing is mounted there, nor at a mere prefix of a name."""
    assert b" 404 " in ask(_post(b"", path="/services/echoes"))


def test_a_body_over_the_limit_is_refused(ask: Ask) -> None:
    """By its declared length, and by what comes in chunks."""
    assert b" 413 " in ask(_post(b"x" * 1001))
    head = b"POST /services/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"190\r\n" + b"x" * 400 + b"\r\n" for _ in range(3)) + b"0\r\n\r\n"
    assert b" 413 " in ask(head + chunks)


def test_a_body_at_the_limit_is_taken(ask: Ask) -> None:
    """The twin of the refusal."""
    assert b"echo 1000 " in ask(_post(b"x" * 1000))


def test_gzip_is_unpacked_within_the_limit(ask: Ask) -> None:
    """A packed body counts unpacked; a bomb is refused without unpacking it."""
    assert b"echo 900 " in ask(_post(gzip.compress(b"x" * 900), "Content-Encoding: gzip"))
    assert b" 413 " in ask(_post(gzip.compress(b"x" * 500_000), "Content-Encoding: gzip"))
    assert b" 400 " in ask(_post(b"nonsense", "Content-Encoding: gzip"))
    assert b" 400 " in ask(_post(gzip.compress(b"x" * 900)[:-9], "Content-Encoding: gzip"))
    assert b" 415 " in ask(_post(b"x", "Content-Encoding: br"))


def test_a_sender_that_stalls_is_dropped(ask: Ask) -> None:
    """A request that is not whole in time loses its connection."""
    started = time.monotonic()
    assert ask(_post(b"x" * 100)[:-50]) == b""
    assert time.monotonic() - started < 5


def test_a_resource_may_take_its_body_as_a_stream(ask: Ask) -> None:
    """Its own bound holds, not the site's."""
    assert ask(_post(b"x" * 5000, path="/services/stream")).endswith(b"5000")
    assert b" 403 " in ask(_post(b"", "X-Refuse: 1", path="/services/stream"))


def test_two_services_cannot_share_a_path() -> None:
    """A mistake in composition stops the start."""
    two = [Mount(path="/a", resource=_Echo()), Mount(path="/b", resource=_Echo(), aliases=("/a",))]
    with pytest.raises(ValueError, match="two services"):
        site(two, LIMITS, lambda: "")
