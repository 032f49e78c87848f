# SPDX-License-Identifier: BSD-2-Clause
"""What a signature points at and how it says so: rows W-23 to W-39 and W-50 to W-57."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree

from eucalyptus.wire.security import Rules, names
from tests.wire.security.forge import FRONT, INTERNAL, NODE_URL, NOW, Scene, Style, canonical
from tests.wire.security.forge import letter, operation, receive, reference, refused, unsigned

FRONT_RULES = Rules.front_door()
DOORS = {"front": (FRONT, FRONT_RULES), "internal": (INTERNAL, Rules.internal())}
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH2 = "http://www.w3.org/2002/06/xmldsig-filter2"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

Change = Callable[[str], str]


def body_uri(uri: str) -> Change:
    return lambda signed: signed.replace('URI="#b"', uri)


def transforms(*steps: str) -> Change:
    """Replace every Transforms by these."""

    def change(signed: str) -> str:
        head, *rest = signed.split("<ds:Transforms>")
        text = "<ds:Transforms>" + "".join(steps) + "</ds:Transforms>"
        return head + "".join(text + piece.split("</ds:Transforms>", 1)[1] for piece in rest)

    return change


def transform(uri: str, inside: str = "") -> str:
    return f'<ds:Transform Algorithm="{uri}">{inside}</ds:Transform>'


def replacing(old: str, new: str) -> Change:
    def change(signed: str) -> str:
        assert old in signed
        return signed.replace(old, new)

    return change


def dropping(letter_id: str) -> Change:
    """Leave out the reference to an id."""

    def change(signed: str) -> str:
        head, *rest = signed.split("<ds:Reference ")
        kept = [piece for piece in rest if f'URI="#{letter_id}"' not in piece]
        tail = "" if kept and kept[-1].endswith("</ds:SignedInfo>") else "</ds:SignedInfo>"
        return head + "".join("<ds:Reference " + piece for piece in kept) + tail

    return change


def adding(text: str) -> Change:
    return lambda signed: signed.replace("</ds:SignedInfo>", text + "</ds:SignedInfo>")


def many_references(count: int) -> Change:
    def change(signed: str) -> str:
        one = "<ds:Reference " + signed.split("<ds:Reference ")[1].split("</ds:SignedInfo>")[0]
        return adding(one * count)(signed)

    return change


EXC = transform(names.EXC)
LIST = f'<c:InclusiveNamespaces xmlns:c="{names.EXC}" PrefixList="{{}}"/>'
METHOD = f'<ds:SignatureMethod Algorithm="{names.RSA_SHA256}"></ds:SignatureMethod>'

SIGNED_ROWS: list[tuple[str, Change]] = [
    ("W-23 empty URI", body_uri('URI=""')),
    ("W-23 enveloped", lambda s: transforms(transform(names.ENVELOPED))(body_uri('URI=""')(s))),
    *((f"W-24 {uri}", body_uri(f'URI="{uri}"')) for uri in (
        "#xpointer(/)", "#xpointer(id('b'))", "#xpointer(//*[@wsu:Id='b'])")),
    ("W-25 no URI", body_uri("")),
    *((f"W-25 {uri!r}", body_uri(f'URI="{uri}"')) for uri in ("#", "b", "#b ", "%23b", " #b", "#1b")),
    *((f"W-26 {uri}", body_uri(f'URI="{uri}"')) for uri in (
        "file:///etc/hostname", "http://127.0.0.1:9/", "https://127.0.0.1:9/", "ftp://x/",
        "cid:b", "data:,b", "x.xml", "//host/x", "x.xml#b", "file:///etc/hostname#b")),
    ("W-28 only Timestamp", dropping("b")),
    ("W-28 only Body", dropping("t")),
    ("W-28 neither", lambda s: dropping("b")(dropping("t")(s))),
    ("W-36 Id of SignedInfo", replacing("<ds:SignedInfo ", '<ds:SignedInfo Id="b" ')),
    ("W-37 unknown part", adding(reference("#w", b"", FRONT))),
    ("twice the same", many_references(1)),
    ("an attribute on a Reference", replacing('URI="#b"', 'URI="#b" Type="urn:x"')),
    ("W-50 xslt", transforms(transform(XSLT, '<xsl:stylesheet version="1.0" '
        'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>'), EXC)),
    ("W-50 xpath", transforms(transform(XPATH, "<ds:XPath>1</ds:XPath>"), EXC)),
    ("W-50 filter2", transforms(transform(XPATH2), EXC)),
    ("W-50 base64", transforms(transform(names.DS + "base64"), EXC)),
    ("W-50 decrypt", transforms(transform("http://www.w3.org/2002/07/decrypt#XML"), EXC)),
    ("W-50 enveloped alone", transforms(transform(names.ENVELOPED))),
    ("W-50 enveloped last", transforms(EXC, transform(names.ENVELOPED))),
    ("W-50 enveloped twice", transforms(*[transform(names.ENVELOPED)] * 2, EXC)),
    ("W-50 enveloped with content", transforms(transform(names.ENVELOPED, "<x/>"), EXC)),
    ("W-50 twice", transforms(EXC, EXC)),
    ("W-50 none", transforms()),
    ("W-50 inclusive", transforms(transform(C14N))),
    ("W-50 with comments", transforms(transform(names.EXC + "WithComments"))),
    ("W-50 c14n 1.1", transforms(transform("http://www.w3.org/2006/12/xml-c14n11"))),
    ("W-50 no Transforms", replacing("ds:Transforms>", "ds:Nothing>")),
    ("W-50 other child", transforms(EXC.replace("ds:Transform", "ds:Nothing"))),
    ("W-50 text", transforms("urn:x", EXC)),
    ("W-50 attribute", replacing("<ds:Transforms>", '<ds:Transforms Id="q">')),
    ("W-50 transform attribute", transforms(EXC.replace(" Algorithm", ' Id="q" Algorithm'))),
    ("W-50 c14n of SignedInfo", replacing(
        f'CanonicalizationMethod Algorithm="{names.EXC}"', f'CanonicalizationMethod Algorithm="{C14N}"')),
    ("W-51 100 k prefixes", transforms(transform(names.EXC, LIST.format("p " * 100_000)))),
    ("W-51 33 prefixes", transforms(transform(names.EXC, LIST.format("p " * 33)))),
    ("W-51 not prefixes", transforms(transform(names.EXC, LIST.format("a:b")))),
    ("W-51 two lists", transforms(transform(names.EXC, LIST.format("a") * 2))),
    ("W-51 content", transforms(transform(names.EXC, LIST.format("a").replace("/>", ">x</c:InclusiveNamespaces>")))),
    ("W-51 attribute", transforms(transform(names.EXC, LIST.format("a").replace(" Pre", ' x="" Pre')))),
    *((f"W-52 {uri}", replacing(names.RSA_SHA256, uri)) for uri in (
        names.DS + "dsa-sha1", names.DS + "hmac-sha1", "", "urn:x",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1")),
    ("W-52 no Algorithm", replacing(f' Algorithm="{names.RSA_SHA256}"', "")),
    ("W-52 twice", replacing(METHOD.replace("></ds:SignatureMethod>", ">"),
                             METHOD + METHOD.replace("></ds:SignatureMethod>", ">"))),
    *((f"W-53 {uri}", replacing(names.SHA256, uri)) for uri in (
        "http://www.w3.org/2001/04/xmldsig-more#md5", "urn:x", "")),
    *((f"W-53 HMACOutputLength {n}", replacing(
        METHOD.replace("</ds:SignatureMethod>", ""), METHOD.replace(
            "></", f"><ds:HMACOutputLength>{n}</ds:HMACOutputLength></").replace("</ds:SignatureMethod>", "")))
      for n in (0, 1, 8)),
    ("W-33 DigestValue attribute", replacing("<ds:DigestValue>", '<ds:DigestValue x="">')),
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("row", "change"), SIGNED_ROWS, ids=[row[:60] for row, _ in SIGNED_ROWS])
def test_a_signature_must_point_plainly(row: str, change: Change, door: str) -> None:
    """The signer signs this SignedInfo with its own key; the door refuses it all the same."""
    style, rules = DOORS[door]
    assert refused(unsigned(style).seal().text(), rules) == ""
    start = time.process_time()
    assert refused(unsigned(style).seal(change).text(), rules) == "AuthFailure", row
    assert time.process_time() - start < 0.1


def rewrite(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    def change(text: bytes) -> bytes:
        assert old.encode() in text, old
        return text.replace(old.encode(), new.encode(), count)

    return change


VALUE = "<ds:SignatureValue>"
EMPTY_DIGEST = base64.b64encode(hashlib.sha256(b"").digest()).decode()
TEXT_ROWS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("W-27 Manifest", rewrite("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object><ds:Manifest/></ds:Object>")),
    ("W-30 text in Body", rewrite("<DescribeInstances", "x<DescribeInstances")),
    ("W-30 text after", rewrite("</soapenv:Body>", "x</soapenv:Body>")),
    ("W-30 two operations", rewrite("</soapenv:Body>", operation() + "</soapenv:Body>")),
    ("W-33 comment", rewrite("<instancesSet/>", "<instancesSet>i-1<!---->2</instancesSet>")),
    ("W-33 instruction", rewrite("<instancesSet/>", "<instancesSet/><?x y?>")),
    ("W-34 two SignedInfo", rewrite("</ds:SignedInfo>", f'</ds:SignedInfo><ds:SignedInfo xmlns:ds="{names.DS}"/>')),
    ("W-34 two values", rewrite(VALUE, f"{VALUE}AAAA</ds:SignatureValue>{VALUE}")),
    ("W-34 child of value", rewrite(VALUE, VALUE + "<x/>")),
    ("W-34 comment in value", rewrite(VALUE, VALUE + "<!-- -->")),
    ("W-34 two digests", rewrite("<ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>")),
    ("W-34 comment in digest", rewrite("<ds:DigestValue>", "<ds:DigestValue><!-- -->")),
    ("W-34 space in digest", rewrite("<ds:DigestValue>", "<ds:DigestValue> ")),
    ("W-35 relative namespace", rewrite("<DescribeInstances ", '<DescribeInstances xmlns:v="1" v:a="" ')),
    ("W-35 undeclared prefix", rewrite("<instancesSet/>", "<v:instancesSet/>")),
    ("W-35 relative on Body", rewrite("<soapenv:Body ", '<soapenv:Body xmlns:v="1" v:a="" ')),
    ("W-35 empty digest", lambda text: rewrite("<instancesSet/>", '<v:x xmlns:v="1"/>')(text)),
    ("W-38 EncryptedData", rewrite("<instancesSet/>", f'<x:EncryptedData xmlns:x="{names.XENC}"/>')),
    ("W-38 in header", rewrite("</soapenv:Header>", f'<x:EncryptedKey xmlns:x="{names.XENC}"/></soapenv:Header>')),
    ("W-39 xop", rewrite("<instancesSet/>", f'<x:Include xmlns:x="{names.XOP}" href="cid:a"/>')),
    ("W-57 empty", lambda text: text.split(VALUE.encode())[0] + VALUE.encode() + b"</ds:SignatureValue>"
        + text.split(b"</ds:SignatureValue>")[1]),
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
    ("child of the token", rewrite("</wsse:BinarySecurityToken>", "<x/></wsse:BinarySecurityToken>")),
]  # fmt: skip


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


@pytest.mark.parametrize(("wire", "text"), [
    ("<![CDATA[i-1234]]>5678", "i-12345678"), ("i-12&#51;45678", "i-12345678"),
    ("i-1234<![CDATA[5678]]>", "i-12345678"), ("a&#13;b", "a\rb"),
])  # fmt: skip
def test_w33_split_text_is_read_whole(wire: str, text: str) -> None:
    document = letter(body=operation(inside=f"<id>{wire}</id>")).text()
    assert receive(document, FRONT_RULES).body[0][0].text == text


def test_w36_no_reference_at_all() -> None:
    scene = letter()
    head = canonical(scene.G[0]).decode().split("<ds:Reference", 1)[0]
    assert refused(scene.sign_text(head + "</ds:SignedInfo>").text(), FRONT_RULES)


def hmac_with(secret: bytes) -> bytes:
    """A message whose RSA signature is an HMAC keyed with something public."""
    scene = unsigned().seal(
        replacing(names.RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    )
    octets = canonical(scene.G[0])
    scene.G[1].text = base64.b64encode(hmac.digest(secret, octets, "sha256")).decode()
    return scene.text()


def test_w54_hmac_keyed_with_the_certificate() -> None:
    who = letter().who
    public = who.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (who.der, who.pem, public, b""):
        assert refused(hmac_with(secret), FRONT_RULES) == "AuthFailure"


@pytest.mark.parametrize("door", DOORS)
def test_w55_strangers_cannot_make_us_work(door: str) -> None:
    style, rules = DOORS[door]
    big = operation(inside="<x>" + "y" * 200_000 + "</x>")
    garbage = unsigned(style, body=big).seal(many_references(3000))
    garbage.G[1].text = base64.b64encode(b"\0" * 256).decode()
    text = garbage.text()
    start = time.process_time()
    assert refused(text, rules) == "AuthFailure" or len(text) > rules.largest
    assert time.process_time() - start < 0.1
    twenty = unsigned(style).seal(transforms(*[EXC] * 5_000)).text()
    start = time.process_time()
    assert refused(twenty, rules)
    assert time.process_time() - start < 0.1


def test_w57_every_byte_of_the_signature_counts() -> None:
    scene = letter()
    value = base64.b64decode(scene.G[1].text or "")
    for at in range(len(value)):
        flipped = bytes([*value[:at], value[at] ^ (1 << at % 8), *value[at + 1 :]])
        scene.G[1].text = base64.b64encode(flipped).decode()
        assert refused(scene.text(), FRONT_RULES) == "AuthFailure"
    for other in (value[:-1], value + b"\0", b"\0" + value):
        scene.G[1].text = base64.b64encode(other).decode()
        assert refused(scene.text(), FRONT_RULES) == "AuthFailure"


def test_prefix_lists_within_bounds_are_taken() -> None:
    style = Style(inclusive=tuple(f"p{n}" for n in range(32)), inclusive_signed=("#default",))
    assert refused(letter(style).text(), FRONT_RULES) == ""
    assert refused(letter(Style(inclusive=("x" * 1100,))).text(), FRONT_RULES) == "AuthFailure"


def test_at_most_eight_references() -> None:
    scene: Scene = unsigned()
    assert refused(scene.seal(many_references(7)).text(), FRONT_RULES) == "AuthFailure"


def test_size_is_capped_before_parsing() -> None:
    text = letter(body=operation(inside="<x>" + "y" * 2000 + "</x>")).text()
    assert refused(text, Rules.front_door(largest=1500), NOW) == "RequestTooLarge"
    assert refused(text, Rules.front_door(largest=len(text)), NOW) == ""
