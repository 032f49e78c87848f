# SPDX-License-Identifier: BSD-2-Clause
"""What has to hold whenever an endpoint refuses: the catalogue's invariants, said once.

INV-0 nothing has changed; INV-1 the answer leaks nothing; INV-2 the refusal was cheap; INV-3 one
line in the log says where the request came from and why it was refused, and no secret.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager

from lxml import etree
from twisted.logger import LogEvent, LogLevel, globalLogPublisher

from eucalyptus.logs import lines_of
from eucalyptus.settings import WsSecurity
from eucalyptus.web.arrivals import Reply
from tests.fixtures.cpu import cpu_seconds
from tests.street.gates import SOURCE, Gate, code
from tests.wire.security.forge import REFUSALS

MOST_MEMORY = 32 << 10
"""KiB by which a refusal may make the process grow."""
INSIDES = ("Traceback", ".py", "psycopg", "SELECT ", "/lib/", "/tmp/", "PRIVATE KEY")
CODES = REFUSALS | {"InvalidAction", "NoSuchVersion", "UnsupportedMediaType"}
Document = bytes | Callable[[], bytes]
_SECRETS = re.compile(rb"<(?:\w+:)?SignatureValue[^>]*>([^<]{40,})<")


@contextmanager
def logged() -> Iterator[list[str]]:
    """The lines that are written to the log meanwhile."""
    lines: list[str] = []

    def note(event: LogEvent) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.info:
            lines.append(lines_of(event))

    globalLogPublisher.addObserver(note)
    try:
        yield lines
    finally:
        globalLogPublisher.removeObserver(note)


def refuses(
    gate: Gate,
    document: Document,
    *,
    most: float = 0.25,
    kind: str = "text/xml",
    codes: Set[str] = CODES,
) -> dict[WsSecurity, str]:
    """Check the invariants at every door of ``gate``; gives the codes of the faults.

    ``document`` is made anew for each try where it is a function: a message that is rightly
    signed would be a replay the second time.
    """
    before, grown = gate.look(), _memory()
    said = {engine: _refused_by(gate, document, engine, most, kind) for engine in gate.endpoints}
    assert set(said.values()) <= codes, said
    assert gate.look() == before, "INV-0: something has changed"
    assert _memory() - grown < MOST_MEMORY, "INV-2: memory"
    return said


def _refused_by(gate: Gate, made: Document, engine: WsSecurity, most: float, kind: str) -> str:
    document, replies = made if isinstance(made, bytes) else made(), list[Reply]()

    def tried() -> None:
        again = made() if replies and not isinstance(made, bytes) else document
        replies.append(gate.send(again, engine, kind))

    with logged() as lines:
        took = cpu_seconds(tried, most)
    assert took <= most, f"INV-2: {took:.3f} s of CPU"
    reply = replies[-1]
    said = code(reply)
    _leaks_nothing(reply, document)
    assert len(lines) == len(replies), f"INV-3: {lines}"
    _is_audited(lines[-1], said, document)
    return said


def _leaks_nothing(reply: Reply, document: bytes) -> None:
    text = reply.body.decode()
    assert reply.status == 500 and re.search("RequestId[^>]*>[0-9a-f-]{36}<", text), text
    etree.fromstring(reply.body)
    for inside in INSIDES:
        assert inside not in text, f"INV-1: {text}"
    for secret in _SECRETS.findall(document):
        assert secret[:40] not in reply.body, "INV-1: the signature is repeated"


def _is_audited(line: str, said: str, document: bytes) -> None:
    assert f" from {SOURCE}: {said}: " in line, f"INV-3: {line}"
    assert line.endswith("\n") and line[:-1].isprintable(), "INV-3: more than a line"
    for secret in _SECRETS.findall(document):
        assert secret[:40].decode() not in line, "INV-3: the signature is in the log"


def _memory() -> int:
    """The most this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def accepts(gate: Gate, document: bytes, engine: WsSecurity = WsSecurity.LEAN) -> Reply:
    """The answer to a message that has to be taken."""
    reply = gate.send(document, engine)
    assert code(reply) == "", reply.body
    return reply
