# SPDX-License-Identifier: BSD-2-Clause
"""TLS at the port of users: nothing that is known to be broken, and no fingerprints."""

from __future__ import annotations

import socket

import pytest
from OpenSSL import SSL
from twisted.internet.threads import deferToThread

from tests.fixtures.reactor import spin
from tests.oracle import attack
from tests.web.conftest import Talk, closed, statuses
from tests.web.listeners import Listener

pytestmark = pytest.mark.parametrize("listener", ["front"], indirect=True, scope="module")


def shaken(port: int, context: SSL.Context, name: bytes = b"") -> SSL.Connection:
    """A connection after its handshake; raises SSL.Error when the port will not have it."""
    line = SSL.Connection(context, socket.create_connection(("127.0.0.1", port), timeout=10))
    line.setblocking(True)
    line.set_connect_state()
    if name:
        line.set_tlsext_host_name(name)
    line.do_handshake()
    return line


def context(lowest: int = 0, highest: int = 0, ciphers: bytes = b"") -> SSL.Context:
    """A client that offers only that, however weak."""
    made = SSL.Context(SSL.TLS_METHOD)
    if lowest:
        made.set_min_proto_version(lowest)
    if highest:
        made.set_max_proto_version(highest)
    made.set_cipher_list(ciphers or b"ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return made


SSL_3 = b"\x16\x03\x00\x00\x2f\x01\x00\x00\x2b\x03\x00%b\x00\x00\x04\x00\x05\x00\x0a\x01\x00" % (
    b"r" * 32
)
"""Its hello, which no library here says any more."""
WEAK: list[tuple[str, int, bytes]] = [
    ("H-24 TLS 1.0", SSL.TLS1_VERSION, b""),
    ("H-24 TLS 1.1", SSL.TLS1_1_VERSION, b""),
    ("H-24 nobody's certificate", SSL.TLS1_2_VERSION, b"aNULL:@SECLEVEL=0"),
    ("H-24 no cipher", SSL.TLS1_2_VERSION, b"eNULL:@SECLEVEL=0"),
]


@pytest.mark.parametrize(
    ("version", "ciphers"), [pytest.param(version, offer, id=name) for name, version, offer in WEAK]
)
def test_what_is_broken_is_not_spoken(listener: Listener, version: int, ciphers: bytes) -> None:
    """The handshake fails, whatever is asked for."""
    client = context(version, version, ciphers)
    with attack(lambda: list(listener.done), lines=None), pytest.raises(SSL.Error):
        spin(deferToThread(shaken, listener.port, client))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"", id="H-24 no SNI"),
        pytest.param(b"x", id="H-24 twin"),
        pytest.param(b"x" * 250, id="H-24 long SNI"),
        pytest.param(b"\xff\x01<evil/>", id="H-24 SNI of bytes"),
    ],
)
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
def test_today_is_spoken(listener: Listener, name: bytes, version: int) -> None:
    """TLS 1.2 and 1.3, whatever name the client asks for."""

    def talk() -> bytes:
        line = shaken(listener.port, context(version, version), name)
        line.sendall(closed(listener.good(f"{name!r} {version}")))
        answer: bytes = line.recv(65536)
        line.close()
        return answer

    assert statuses(spin(deferToThread(talk))) == [200]


def test_h24_nobody_renegotiates(listener: Listener, talk: Talk) -> None:
    """A client's wish for another handshake ends the connection, or is not heard."""

    def flood() -> int:
        line = shaken(listener.port, context(0, SSL.TLS1_2_VERSION))
        for _ in range(50):
            line.renegotiate()
            line.do_handshake()
        return int(line.total_renegotiations())

    with attack(lambda: list(listener.done), lines=None), pytest.raises(SSL.Error):
        spin(deferToThread(flood))
    assert statuses(talk(closed(listener.good("afterwards")))) == [200]


@pytest.mark.parametrize(
    "hello",
    [
        pytest.param(b"\x16\x03\x01\xff\xff" + b"\x00" * 70_000, id="H-24 record of 64 KB"),
        pytest.param(b"\x16\x03\x01\x00\x05\x01\x00\xff\xff\xff", id="H-24 hello that lies"),
        pytest.param(b"\x16" * 2000, id="H-24 nonsense"),
        pytest.param(b"\x16GET / HTTP/1.1\r\n\r\n", id="H-07 HTTP behind a byte of TLS"),
        pytest.param(SSL_3, id="H-24 SSL 3"),
        pytest.param(b"\x80\x2e\x01\x00\x02", id="H-24 hello of SSL 2"),
    ],
)
def test_nonsense_ends_the_connection(listener: Listener, talk: Talk, hello: bytes) -> None:
    """No answer is owed to what is no hello."""
    with attack(lambda: list(listener.done), lines=None):
        answer = talk(hello)
    assert b"HANGS" not in answer and b"200" not in answer
