# SPDX-License-Identifier: BSD-2-Clause
"""Ports of every kind on loopback, and bytes to send to them."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import deferToThread

from eucalyptus.settings import House
from eucalyptus.wire import certificates
from tests.fixtures.reactor import spin
from tests.web.listeners import LISTENERS, Listener

Talk = Callable[..., bytes]


@pytest.fixture(scope="session", name="house")
def _house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A state directory with the keys of all components."""
    house = House(state=tmp_path_factory.mktemp("state"))
    house.keys.mkdir()
    for name in ("cloud", "cluster", "node"):
        key = certificates.make_key()
        pem = certificates.self_issue(key, certificates.subject(name, "Cloud"), time.time())
        Path(house.keys / f"{name}-cert.pem").write_bytes(pem)
        Path(house.keys / f"{name}-pk.pem").write_bytes(certificates.key_pem(key))
    return house


@pytest.fixture(scope="module", name="listener", params=LISTENERS)
def _listener(house: House, request: pytest.FixtureRequest) -> Iterator[Listener]:
    """A port of each kind."""
    made = LISTENERS[str(request.param)](house)
    yield made
    spin(maybeDeferred(made.listening.stopListening))


@pytest.fixture(name="talk")
def _talk(listener: Listener) -> Talk:
    """``talk(*pieces, wait=5.0)``: what the port answers until it closes the connection.

    Before each further piece an answer to the one before is read.
    """

    def talk(*pieces: bytes, wait: float = 5.0) -> bytes:
        answer: bytes = spin(deferToThread(exchange, listener.port, pieces, wait))
        return answer

    return talk


def exchange(port: int, pieces: tuple[bytes, ...], wait: float) -> bytes:
    """Send pieces and read until the end; ``HANGS`` where nothing came for ``wait`` seconds."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        try:
            for number, piece in enumerate(pieces):
                answer += line.recv(65536) if number else b""
                line.sendall(piece)
            while found := line.recv(65536):
                answer += found
        except (ConnectionResetError, BrokenPipeError):
            pass
        except TimeoutError:
            answer += b"HANGS"
    return answer


def statuses(answer: bytes) -> list[int]:
    """The status of each answer, without interim ones."""
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] ([2-9]\d\d) ", answer)]


def closed(request: bytes) -> bytes:
    """The same request, on a connection that ends with it."""
    head, _, body = request.partition(b"\r\n\r\n")
    return head + b"\r\nConnection: close\r\n\r\n" + body


def one(found: Any) -> Any:
    """The only one."""
    (single,) = found
    return single
