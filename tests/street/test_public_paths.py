# SPDX-License-Identifier: BSD-2-Clause
"""What anybody may read at the real front, and what looks like it and is not there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import deferToThread

from eucalyptus.services import COMPUTE
from eucalyptus.web.site import site
from eucalyptus.web.sniffing import SniffingFactory
from tests.fixtures.reactor import spin
from tests.oracle import attack
from tests.street.town import Town
from tests.web.conftest import exchange, one, statuses
from tests.web.listeners import LIMITS

Ask = Callable[..., bytes]


@pytest.fixture(name="ask")
def _ask(town: Town) -> Iterator[Ask]:
    """``ask(line, headers="")``: what the front answers."""
    loop: Any = reactor
    served = SniffingFactory(
        site(town.worker.mounts, LIMITS, lambda: str(uuid.uuid4())), None, reactor
    )
    port = loop.listenTCP(0, served, interface="127.0.0.1")

    def ask(line: str, headers: str = "") -> bytes:
        text = f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
        number = port.getHost().port
        answer: bytes = spin(deferToThread(exchange, number, (text.encode("latin-1"),), 5.0))
        return answer

    yield ask
    spin(maybeDeferred(port.stopListening))


@pytest.mark.parametrize("path", [COMPUTE.path, "/services/Eucalyptus/", "/services/Euare"])
@pytest.mark.parametrize("word", ["wsdl", "WSDL", "Wsdl="])
def test_a_wsdl_is_given_to_anybody(ask: Ask, path: str, word: str) -> None:
    """However it is spelled."""
    answer = ask(f"GET {path}?{word}")
    assert statuses(answer) == [200] and b"x-amzn-requestid" in answer.lower()
    assert statuses(ask(f"HEAD {path}?{word}")) == [200]


def test_nobody_is_told_anything_else(ask: Ask, town: Town) -> None:
    """Versions that there are not, words that are none, metadata of no guest."""
    for line, headers, expected in (
        (f"GET {COMPUTE.path}?wsdl=1999-01-01", "", 404),
        (f"GET {COMPUTE.path}?wsdl=../../etc/passwd", "", 404),
        (f"GET {COMPUTE.path}?wsdlx", "", 403),
        (f"POST {COMPUTE.path}?wsdl", "Content-Length: 0\r\n", 403),
        (f"GET {COMPUTE.path}/wsdl", "", 404),
        ("GET /services/Properties/wsdl", "", 404),
        ("GET /latest/meta-data/", "Euca-Instance-Id: \xff\r\n", 404),
        ("GET /latest/%ff%00", "", 404),
        ("PUT /latest/api/token", "Content-Length: 0\r\n", 405),
        ("POST /latest/user-data", "Content-Length: 1100000\r\n", 413),
        ("GET /", "", 404),
    ):
        with attack(town.rows, lines=None) as watched:
            answer = ask(line, headers)
            watched.answers.append(answer)
        assert one(statuses(answer)) == expected, answer
