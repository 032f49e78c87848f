# SPDX-License-Identifier: BSD-2-Clause
"""What has to hold whenever an endpoint of SOAP refuses: the oracle of every attack, at each of a
gate's doors, and that the refusal is a fault, named in the log, at the catalogue's cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import dataclass

from lxml import etree

from eucalyptus.settings import WsSecurity
from eucalyptus.web.arrivals import Reply
from tests.fixtures.cpu import cpu_seconds
from tests.oracle import Watched, attack
from tests.street.gates import SOURCE, Gate, code
from tests.wire.security.forge import REFUSALS

CODES = REFUSALS | {"InvalidAction", "NoSuchVersion", "UnsupportedMediaType"}
Document = bytes | Callable[[], bytes]
_SECRETS = re.compile(rb"<(?:\w+:)?SignatureValue[^>]*>([^<]{40,})<")


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
    with attack(gate.look, lines=None) as watched:
        said = {
            engine: _refused_by(gate, document, watched, _Sent(engine, most, kind))
            for engine in gate.endpoints
        }
    assert set(said.values()) <= codes, said
    return said


@dataclass(frozen=True)
class _Sent:
    """At which door, how costly, and as what a document is sent."""

    engine: WsSecurity
    most: float
    kind: str


def _refused_by(gate: Gate, made: Document, watched: Watched, sent: _Sent) -> str:
    document, replies = made if isinstance(made, bytes) else made(), list[Reply]()
    before = len(watched.lines)

    def tried() -> None:
        again = made() if replies and not isinstance(made, bytes) else document
        replies.append(gate.send(again, sent.engine, sent.kind))

    took = cpu_seconds(tried, sent.most)
    assert took <= sent.most, f"INV-2: {took:.3f} s of CPU"
    watched.answers += [reply.body for reply in replies]
    reply, said = replies[-1], code(replies[-1])
    text = reply.body.decode()
    assert reply.status == 500 and re.search("RequestId[^>]*>[0-9a-f-]{36}<", text), text
    etree.fromstring(reply.body)
    lines = watched.lines[before:]
    assert len(lines) == len(replies), f"INV-3: {lines}"
    _is_audited(lines[-1], said, document)
    for secret in _SECRETS.findall(document):
        assert secret[:40] not in reply.body, "INV-1: the signature is repeated"
    return said


def _is_audited(line: str, said: str, document: bytes) -> None:
    assert f" from {SOURCE}: {said}: " in line, f"INV-3: {line}"
    assert line.endswith("\n") and line[:-1].isprintable(), "INV-3: more than a line"
    for secret in _SECRETS.findall(document):
        assert secret[:40].decode() not in line, "INV-3: the signature is in the log"


def accepts(gate: Gate, document: bytes, engine: WsSecurity = WsSecurity.LEAN) -> Reply:
    """The answer to a message that has to be taken."""
    reply = gate.send(document, engine)
    assert code(reply) == "", reply.body
    return reply
