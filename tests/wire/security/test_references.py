# SPDX-License-Identifier: BSD-2-Clause
"""What a signature points at and how it says so: rows W-23 to W-39."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from eucalyptus.wire.security import Rules, names
from tests.wire.security.changes import (
    DOORS,
    FRONT_RULES,
    Change,
    adding,
    body_uri,
    check_refused,
    dropping,
    many_references,
    replacing,
    transform,
    transforms,
)
from tests.wire.security.forge import (
    FRONT,
    INTERNAL,
    NODE_URL,
    Style,
    canonical,
    letter,
    operation,
    receive,
    reference,
    refused,
    unsigned,
)

SIGNED_ROWS: list[tuple[str, Change]] = [
    ("W-23 empty URI", body_uri('URI=""')),
    ("W-23 enveloped", lambda s: transforms(transform(names.ENVELOPED))(body_uri('URI=""')(s))),
    *(
        (f"W-24 {uri}", body_uri(f'URI="{uri}"'))
        for uri in ("#xpointer(/)", "#xpointer(id('b'))", "#xpointer(//*[@wsu:Id='b'])")
    ),
    ("W-25 no URI", body_uri("")),
    *(
        (f"W-25 {uri!r}", body_uri(f'URI="{uri}"'))
        for uri in ("#", "b", "#b ", "%23b", " #b", "#1b")
    ),
    *(
        (f"W-26 {uri}", body_uri(f'URI="{uri}"'))
        for uri in (
            "file:///etc/hostname",
            "http://127.0.0.1:9/",
            "https://127.0.0.1:9/",
            "ftp://x/",
            "cid:b",
            "data:,b",
            "x.xml",
            "//host/x",
            "x.xml#b",
            "file:///etc/hostname#b",
        )
    ),
    ("W-28 only Timestamp", dropping("b")),
    ("W-28 only Body", dropping("t")),
    ("W-28 neither", lambda s: dropping("b")(dropping("t")(s))),
    ("W-36 Id of SignedInfo", replacing("<ds:SignedInfo ", '<ds:SignedInfo Id="b" ')),
    ("W-37 unknown part", adding(reference("#w", b"", FRONT))),
    ("twice the same", many_references(1)),
    ("an attribute on a Reference", replacing('URI="#b"', 'URI="#b" Type="urn:x"')),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "change", [change for _, change in SIGNED_ROWS], ids=[row[:60] for row, _ in SIGNED_ROWS]
)
def test_a_signature_must_point_plainly(change: Change, door: str) -> None:
    check_refused(change, door)


def rewrite(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    def change(text: bytes) -> bytes:
        assert old.encode() in text, old
        return text.replace(old.encode(), new.encode(), count)

    return change


VALUE = "<ds:SignatureValue>"
EMPTY_DIGEST = base64.b64encode(hashlib.sha256(b"").digest()).decode()
TEXT_ROWS: list[tuple[str, Callable[[bytes], bytes]]] = [
    (
        "W-27 Manifest",
        rewrite("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object><ds:Manifest/></ds:Object>"),
    ),
    ("W-30 text in Body", rewrite("<DescribeInstances", "x<DescribeInstances")),
    ("W-30 text after", rewrite("</soapenv:Body>", "x</soapenv:Body>")),
    ("W-30 two operations", rewrite("</soapenv:Body>", operation() + "</soapenv:Body>")),
    ("W-33 comment", rewrite("<instancesSet/>", "<instancesSet>i-1<!---->2</instancesSet>")),
    ("W-33 instruction", rewrite("<instancesSet/>", "<instancesSet/><?x y?>")),
    (
        "W-34 two SignedInfo",
        rewrite("</ds:SignedInfo>", f'</ds:SignedInfo><ds:SignedInfo xmlns:ds="{names.DS}"/>'),
    ),
    ("W-34 two values", rewrite(VALUE, f"{VALUE}AAAA</ds:SignatureValue>{VALUE}")),
    ("W-34 child of value", rewrite(VALUE, VALUE + "<x/>")),
    ("W-34 comment in value", rewrite(VALUE, VALUE + "<!-- -->")),
    (
        "W-34 two digests",
        rewrite("<ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>"),
    ),
    ("W-34 comment in digest", rewrite("<ds:DigestValue>", "<ds:DigestValue><!-- -->")),
    ("W-34 space in digest", rewrite("<ds:DigestValue>", "<ds:DigestValue> ")),
    (
        "W-35 relative namespace",
        rewrite("<DescribeInstances ", '<DescribeInstances xmlns:v="1" v:a="" '),
    ),
    ("W-35 undeclared prefix", rewrite("<instancesSet/>", "<v:instancesSet/>")),
    ("W-35 relative on Body", rewrite("<soapenv:Body ", '<soapenv:Body xmlns:v="1" v:a="" ')),
    ("W-35 empty digest", lambda text: rewrite("<instancesSet/>", '<v:x xmlns:v="1"/>')(text)),
    (
        "W-38 EncryptedData",
        rewrite("<instancesSet/>", f'<x:EncryptedData xmlns:x="{names.XENC}"/>'),
    ),
    (
        "W-38 in header",
        rewrite("</soapenv:Header>", f'<x:EncryptedKey xmlns:x="{names.XENC}"/></soapenv:Header>'),
    ),
    ("W-39 xop", rewrite("<instancesSet/>", f'<x:Include xmlns:x="{names.XOP}" href="cid:a"/>')),
    (
        "W-57 empty",
        lambda text: (
            text.split(VALUE.encode())[0]
            + VALUE.encode()
            + b"</ds:SignatureValue>"
            + text.split(b"</ds:SignatureValue>")[1]
        ),
    ),
    ("W-57 10 kB", rewrite(VALUE, VALUE + "A" * 10_000)),
    ("W-57 not base64", rewrite(VALUE, VALUE + "*")),
    ("W-57 not ASCII", rewrite(VALUE, VALUE + "é")),
    ("W-66 Signature attribute", rewrite("<ds:Signature ", '<ds:Signature x="" ')),
    ("extra in Security", rewrite("</wsse:Security>", "<x/></wsse:Security>")),
    ("UsernameToken", rewrite("</wsse:Security>", "<wsse:UsernameToken/></wsse:Security>")),
    ("attribute on Security", rewrite("<wsse:Security ", '<wsse:Security x="" ')),
    ("text in Header", rewrite("</soapenv:Header>", "x</soapenv:Header>")),
    ("trailing rubbish", lambda text: text + b"<x/>"),
    ("text in Envelope", rewrite("<soapenv:Header>", "x<soapenv:Header>")),
    (
        "child of the token",
        rewrite("</wsse:BinarySecurityToken>", "<x/></wsse:BinarySecurityToken>"),
    ),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("row", "change"), TEXT_ROWS, ids=[row for row, _ in TEXT_ROWS])
def test_changed_text_is_refused(row: str, change: Callable[[bytes], bytes], door: str) -> None:
    style, rules = DOORS[door]
    text = letter(style).text()
    assert refused(text, rules) == ""
    assert refused(change(text), rules), row


def test_w29_addressing_between_components() -> None:
    rules = Rules.internal()
    for tag in ("To", "Action", "MessageID"):
        scene = letter(INTERNAL)
        header = scene.by_letter(tag)
        wrapper = etree.SubElement(scene.H, "{urn:evil}W")
        evil = etree.fromstring(etree.tostring(header))
        evil.attrib.pop(names.WSU_ID)
        evil.text = "http://evil/"
        wrapper.append(header)
        assert refused(scene.text(), rules), "moved away"
        scene.H.append(evil)
        assert refused(scene.text(), rules), "moved away, evil one in place"
        scene.H.append(header)
        assert refused(scene.text(), rules), "two of them"
    for tag in ("To", "Action", "MessageID"):
        signs = tuple(part for part in INTERNAL.signs if part != tag)
        assert refused(letter(Style(addressed=True, signs=signs)).text(), rules), "unsigned"
    scene = letter(INTERNAL)
    etree.SubElement(scene.H, f"{{{names.WSA}}}ReplyTo")
    assert refused(scene.text(), rules) == "AuthFailure"
    assert receive(letter(INTERNAL).text(), rules).to == NODE_URL


def test_w29_a_header_must_be_text() -> None:
    scene = unsigned(INTERNAL)
    etree.SubElement(scene.by_letter("To"), "x")
    assert refused(scene.seal().text(), Rules.internal()) == "AuthFailure"


def test_w31_w32_attributes_outside_the_signed_parts_change_nothing() -> None:
    scene = letter()
    root = scene.E
    root.set("{http://www.w3.org/XML/1998/namespace}base", "http://evil/")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "xx")
    root.set(f"{{{names.SOAP}}}encodingStyle", "urn:evil")
    verified = receive(scene.text(), FRONT_RULES)
    assert canonical(verified.body) == canonical(letter().B)


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ("<![CDATA[i-1234]]>5678", "i-12345678"),
        ("i-12&#51;45678", "i-12345678"),
        ("i-1234<![CDATA[5678]]>", "i-12345678"),
        ("a&#13;b", "a\rb"),
    ],
)
def test_w33_split_text_is_read_whole(wire: str, text: str) -> None:
    document = letter(body=operation(inside=f"<id>{wire}</id>")).text()
    assert receive(document, FRONT_RULES).body[0][0].text == text


def test_w36_no_reference_at_all() -> None:
    scene = letter()
    head = canonical(scene.G[0]).decode().split("<ds:Reference", 1)[0]
    assert refused(scene.sign_text(head + "</ds:SignedInfo>").text(), FRONT_RULES)


def test_w26_nothing_outside_is_touched(tmp_path: Path) -> None:
    """A fifo would block whoever opens it; a listener would see whoever connects."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        for uri in (f"file://{fifo}", f"http://127.0.0.1:{port}/", f"//127.0.0.1:{port}/x"):
            document = unsigned().seal(body_uri(f'URI="{uri}"')).text()
            assert refused(document, FRONT_RULES) == "AuthFailure"
            retrieved = letter().text().replace(b'URI="#k"', f'URI="{uri}"'.encode())
            assert refused(retrieved, FRONT_RULES) == "AuthFailure"
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_header_holds_no_crowd() -> None:
    text = letter().text()
    for count, code in ((63, ""), (64, "AuthFailure")):
        crowd = b"<x/>" * count + b"</soapenv:Header>"
        assert refused(text.replace(b"</soapenv:Header>", crowd), FRONT_RULES) == code
