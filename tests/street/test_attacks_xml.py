# SPDX-License-Identifier: BSD-2-Clause
"""Hostile XML at everything that reads XML from outside: rows X-01 to X-12.

Each document is an honest one with something added, so it is the addition that is refused. A fifo
would block whoever opens a file that is named, a listener sees whoever connects.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.cpu import cpu_seconds
from tests.street.consumers import Consumer, consumers

CONSUMERS = consumers()
Attack = Callable[[Consumer], bytes]
FIFO, PORT = b"FIFO", b"PORT"
"""Stand for a fifo's path and a listener's port."""
XI = b"http://www.w3.org/2001/XInclude"


def undeclared(document: bytes) -> bytes:
    """Without an XML declaration."""
    return document.split(b"?>", 1)[1] if document.startswith(b"<?xml") else document


def doctype(inside: bytes, use: bytes = b"") -> Attack:
    """A document type, and ``use`` of it somewhere in the text."""

    def attack(consumer: Consumer) -> bytes:
        rest = undeclared(consumer.honest)
        return b"<!DOCTYPE x " + inside + b">" + rest.replace(consumer.inner, use + consumer.inner)

    return attack


def entity(declared: bytes, use: bytes = b"&e;") -> Attack:
    return doctype(b"[<!ENTITY " + declared + b">]", use)


def inserted(text: bytes) -> Attack:
    """Something more inside an element."""
    return lambda consumer: consumer.honest.replace(consumer.inner, text + consumer.inner, 1)


def encoded(name: str, declared: bytes = b"") -> Attack:
    """Another encoding, declared as such, so that a DOCTYPE would be hidden from who looks at
    bytes."""

    def attack(consumer: Consumer) -> bytes:
        text = b"<!DOCTYPE x>" + undeclared(consumer.honest)
        head = b'<?xml version="1.0" encoding="%b"?>' % (declared or name.encode())
        return (head + text).decode().encode(name)

    return attack


def lying(name: bytes) -> Attack:
    """Our encoding, declared as another."""
    head = b'<?xml version="1.0" encoding="%b"?>' % name
    return lambda consumer: head + undeclared(consumer.honest)


LAUGHS = b"[<!ENTITY b '1'>" + b"".join(
    b"<!ENTITY b%d '%b'>" % (n, (b"&b%d;" % (n - 1) if n else b"&b;") * 10) for n in range(9)
)

DECLARING: dict[str, Attack] = {
    "X-01 empty": doctype(b""),
    "X-01 SYSTEM": doctype(b'SYSTEM "file://FIFO"'),
    "X-01 SYSTEM over the network": doctype(b'SYSTEM "http://127.0.0.1:PORT/x.dtd"'),
    "X-01 PUBLIC": doctype(b'PUBLIC "x" "http://127.0.0.1:PORT/x.dtd"'),
    "X-01 internal": doctype(b"[<!ELEMENT x ANY>]"),
    "X-01 lower case": lambda c: b"<!doctype x>" + undeclared(c.honest),
    "X-01 behind": lambda c: c.honest + b"<!DOCTYPE x>",
    "X-02 billion laughs": doctype(LAUGHS + b"]", b"&b8;"),
    "X-02 quadratic": entity(b"e '" + b"x" * 100_000 + b"'", b"&e;" * 5000),
    "X-02 parameter entity": doctype(b"[<!ENTITY % p SYSTEM 'http://127.0.0.1:PORT/'> %p;]"),
    "X-02 external DTD": doctype(b'SYSTEM "http://127.0.0.1:PORT/" [<!ENTITY e "x">]', b"&e;"),
    "X-05 file": entity(b"e SYSTEM 'file://FIFO'"),
    "X-05 relative file": entity(b"e SYSTEM 'FIFO'"),
    "X-05 http": entity(b"e SYSTEM 'http://127.0.0.1:PORT/latest/'"),
    "X-05 php": entity(b"e SYSTEM 'php://filter/resource=FIFO'"),
    "X-05 jar": entity(b"e SYSTEM 'jar:http://127.0.0.1:PORT/x!/y'"),
    "X-05 in an attribute": entity(b"e SYSTEM 'file://FIFO'", b"<y z='&e;'/>"),
    "X-05 UTF-16": encoded("utf-16"),
    "X-05 UTF-16 little": encoded("utf-16-le", b"utf-16"),
    "X-05 UTF-16 big": encoded("utf-16-be", b"utf-16"),
    "X-05 UTF-7": encoded("utf-7"),
    "X-06 stylesheet": lambda c: (
        b"<?xml-stylesheet href='http://127.0.0.1:PORT/'?>" + undeclared(c.honest)
    ),
    "X-07 256 levels": inserted(b"<y>" * 256 + b"</y>" * 256),
    "X-07 10,000 levels": inserted(b"<y>" * 10_000 + b"</y>" * 10_000),
    "X-07 a million levels": inserted(b"<y>" * 1_000_000 + b"</y>" * 1_000_000),
    "X-07 never closed": inserted(b"<y>" * 200_000),
    "X-08 200,000 attributes": inserted(
        b"<y " + b" ".join(b"a%d=''" % n for n in range(200_000)) + b"/>"
    ),
    "X-08 attribute twice": inserted(b"<y a='1' a='2'/>"),
    "X-08 a name of a megabyte": inserted(b"<" + b"y" * 1_000_000 + b"/>"),
    "X-08 angle brackets": inserted(b"<" * 3_000_000),
    "X-09 NUL": inserted(b"\x00"),
    "X-09 control character": inserted(b"\x01"),
    "X-09 control reference": inserted(b"&#1;"),
    "X-09 surrogate": inserted(b"\xed\xa0\x80"),
    "X-09 surrogate reference": inserted(b"&#xD800;"),
    "X-09 overlong": inserted(b"\xc0\x80"),
    "X-09 latin": inserted(b"\xff"),
    "X-09 declared latin": lying(b"iso-8859-1"),
    "X-09 declared UTF-16": lying(b"utf-16"),
    "X-09 declared UTF-7": lying(b"utf-7"),
    "X-09 declared EBCDIC": lying(b"ibm037"),
    "X-09 two marks": lambda c: b"\xef\xbb\xbf" * 2 + c.honest,
    "X-09 UTF-16 mark": lambda c: b"\xff\xfe" + c.honest,
    "X-09 UTF-32": encoded("utf-32"),
    "X-09 EBCDIC": encoded("cp037", b"ibm037"),
    "X-10 twice": lambda c: c.honest * 2,
    "X-10 a blank": lambda c: b"<",
    "X-10 rubbish behind": lambda c: c.honest + b"x",
    "X-11 one byte too many": lambda c: c.honest + b" " * (c.most - len(c.honest) + 1),
}
FAST = {"X-01": 0.05, "X-02": 0.05}
"""CPU seconds a row may take; others a quarter of a second."""
CASES = [
    pytest.param(name, attack, FAST.get(row[:4], 0.25), id=f"{row}-{name}")
    for row, attack in DECLARING.items()
    for name in CONSUMERS
]


class Witness:
    """A fifo and a listener, and whether anybody came."""

    def __init__(self, folder: Path) -> None:
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)

    def name(self, document: bytes) -> bytes:
        """The document with the real names in it."""
        port = str(self.listener.getsockname()[1]).encode()
        return document.replace(FIFO, str(self.fifo).encode()).replace(b":PORT", b":" + port)

    def check(self) -> None:
        """Nobody came."""
        with pytest.raises(BlockingIOError):
            self.listener.accept()


@pytest.fixture(name="witness")
def _witness(tmp_path: Path) -> Iterator[Witness]:
    witness = Witness(tmp_path)
    yield witness
    witness.check()
    witness.listener.close()


@pytest.mark.parametrize("name", CONSUMERS)
def test_the_honest_document_is_read(name: str) -> None:
    """The twin of everything below; with a declaration and a byte order mark, too."""
    consumer = CONSUMERS[name]
    consumer.read(consumer.honest)
    plain = undeclared(consumer.honest)
    for head in (b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="UTF-8"?>\n'):
        consumer.read(head + plain)


@pytest.mark.parametrize(("name", "attack", "most"), CASES)
def test_hostile_xml_is_refused_by_whoever_reads_it(
    name: str, attack: Attack, most: float, witness: Witness
) -> None:
    """With its own refusal, soon, and without opening or fetching anything."""
    consumer = CONSUMERS[name]
    document = witness.name(attack(consumer))

    def tried() -> None:
        with pytest.raises(consumer.refuses):
            consumer.read(document)

    assert cpu_seconds(tried, most) <= most


HARMLESS: dict[str, Attack] = {
    "X-06 XInclude": inserted(
        b'<xi:include xmlns:xi="' + XI + b'" href="file://FIFO" parse="text"/>'
    ),
    "X-06 schemaLocation": inserted(
        b'<y xmlns:s="http://www.w3.org/2001/XMLSchema-instance" '
        b's:schemaLocation="urn:x http://127.0.0.1:PORT/x.xsd"/>'
    ),
    "X-07 35 levels": inserted(b"<y>" * 30 + b"</y>" * 30),
    "X-08 100,000 namespaces": inserted(
        b"<y " + b" ".join(b"xmlns:a%d='u'" % n for n in range(100_000)) + b"/>"
    ),
    "X-08 an attribute of 10 MB": inserted(b"<y z='" + b"x" * 10_000_000 + b"'/>"),
    "X-08 a million siblings": inserted(b"<y/>" * 1_000_000),
    "X-11 a text of 15 MB": inserted(b"x" * 15_000_000),
}


@pytest.mark.parametrize("name", CONSUMERS)
@pytest.mark.parametrize("row", HARMLESS)
def test_harmless_additions_are_ignored_or_refused(name: str, row: str, witness: Witness) -> None:
    """Nothing is included or fetched; large ones do not take long."""
    consumer = CONSUMERS[name]
    document = witness.name(HARMLESS[row](consumer))

    def tried() -> None:
        try:
            consumer.read(document)
        except consumer.refuses:
            return

    most = 1.0 if name == "network documents" else 0.25
    assert cpu_seconds(tried, most) <= most


@pytest.mark.parametrize("name", CONSUMERS)
def test_x10_a_document_that_is_cut_short_is_refused(name: str) -> None:
    """At every byte."""
    consumer = CONSUMERS[name]
    plain = consumer.honest.rstrip()
    step = max(1, len(plain) // 1500)
    for end in range(1, len(plain), step):
        with pytest.raises(consumer.refuses):
            consumer.read(plain[:end])


@pytest.mark.parametrize("name", CONSUMERS)
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 8))
def test_x10_flipped_bits_are_refused_or_harmless(name: str, seed: int, flips: int) -> None:
    """Nothing but the reader's own refusal comes out."""
    consumer, chance = CONSUMERS[name], random.Random(seed)
    document = bytearray(consumer.honest)
    for _ in range(flips):
        document[chance.randrange(len(document))] ^= 1 << chance.randrange(8)
    try:
        consumer.read(bytes(document))
    except consumer.refuses:
        return
