# SPDX-License-Identifier: BSD-2-Clause
"""What is written at once is on its way before the reactor turns again."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.testing import StringTransport

from eucalyptus.web.prompt import write_now
from tests.fixtures.reactor import turn


@pytest.fixture(name="ends")
def _ends() -> Iterator[tuple[Any, socket.socket]]:
    """The reactor's end of a connection, and the other one."""
    made: list[Protocol] = []

    class Factory(ServerFactory):
        def buildProtocol(self, addr: Any) -> Protocol:
            protocol = Protocol()
            made.append(protocol)
            return protocol

    loop: Any = reactor
    port = loop.listenTCP(0, Factory(), interface="127.0.0.1")
    other = socket.create_connection(("127.0.0.1", port.getHost().port), timeout=5)
    turn(lambda: bool(made and made[0].transport), 5)
    yield made[0].transport, other
    other.close()
    turn(lambda: not made[0].transport.connected, 5)  # type: ignore[union-attr]
    port.stopListening()


def test_a_message_leaves_at_once(ends: tuple[Any, socket.socket]) -> None:
    ours, other = ends
    write_now(ours, b"now")
    assert other.recv(10) == b"now"


def test_what_does_not_fit_follows(ends: tuple[Any, socket.socket]) -> None:
    """More than the kernel takes at once arrives whole and in order."""
    ours, other = ends
    octets = bytes(range(256)) * 65536
    write_now(ours, octets)
    write_now(ours, b"end")
    other.setblocking(False)
    found = bytearray()

    def read() -> bool:
        try:
            found.extend(other.recv(1 << 20))
        except BlockingIOError:
            return False
        return found.endswith(b"end")

    turn(read, 20)
    assert bytes(found) == octets + b"end"


def test_a_connection_that_is_closing_is_left_to_the_reactor(
    ends: tuple[Any, socket.socket],
) -> None:
    """It is closed after the last byte that was written before."""
    ours, other = ends
    ours.write(b"last")
    ours.loseConnection()
    write_now(ours, b" and more")
    turn(lambda: not ours.connected, 5)
    assert other.recv(20).startswith(b"last") and other.recv(10) == b""


def test_a_lost_connection_is_found_out_by_the_reactor(ends: tuple[Any, socket.socket]) -> None:
    """Nobody who writes has to expect an error."""
    ours, other = ends
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    write_now(ours, b"to nobody")
    turn(lambda: not ours.connected, 5)
    write_now(ours, b"to nobody")


def test_other_transports_send_in_their_own_way() -> None:
    ours = StringTransport()
    write_now(ours, b"some")
    assert ours.value() == b"some"
