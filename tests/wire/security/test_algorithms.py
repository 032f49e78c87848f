# SPDX-License-Identifier: BSD-2-Clause
"""Transforms, algorithms and signature values: rows W-50 to W-57."""

from __future__ import annotations

import base64
import hmac
import time

import pytest
from cryptography.hazmat.primitives import serialization

from eucalyptus.wire.security import Rules, names
from tests.wire.security.changes import (
    C14N,
    DOORS,
    EXC,
    FRONT_RULES,
    LIST,
    METHOD,
    XPATH,
    XPATH2,
    XSLT,
    Change,
    check_refused,
    many_references,
    replacing,
    transform,
    transforms,
)
from tests.wire.security.forge import (
    NOW,
    Scene,
    Style,
    canonical,
    letter,
    operation,
    refused,
    unsigned,
    verdict,
)

ROWS: list[tuple[str, Change]] = [
    (
        "W-50 xslt",
        transforms(
            transform(
                XSLT,
                '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>',
            ),
            EXC,
        ),
    ),
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
    (
        "W-50 c14n of SignedInfo",
        replacing(
            f'CanonicalizationMethod Algorithm="{names.EXC}"',
            f'CanonicalizationMethod Algorithm="{C14N}"',
        ),
    ),
    ("W-51 100 k prefixes", transforms(transform(names.EXC, LIST.format("p " * 100_000)))),
    ("W-51 33 prefixes", transforms(transform(names.EXC, LIST.format("p " * 33)))),
    ("W-51 not prefixes", transforms(transform(names.EXC, LIST.format("a:b")))),
    ("W-51 two lists", transforms(transform(names.EXC, LIST.format("a") * 2))),
    (
        "W-51 content",
        transforms(
            transform(names.EXC, LIST.format("a").replace("/>", ">x</c:InclusiveNamespaces>"))
        ),
    ),
    (
        "W-51 attribute",
        transforms(transform(names.EXC, LIST.format("a").replace(" Pre", ' x="" Pre'))),
    ),
    *(
        (f"W-52 {uri}", replacing(names.RSA_SHA256, uri))
        for uri in (
            names.DS + "dsa-sha1",
            names.DS + "hmac-sha1",
            "",
            "urn:x",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        )
    ),
    ("W-52 no Algorithm", replacing(f' Algorithm="{names.RSA_SHA256}"', "")),
    (
        "W-52 twice",
        replacing(
            METHOD.replace("></ds:SignatureMethod>", ">"),
            METHOD + METHOD.replace("></ds:SignatureMethod>", ">"),
        ),
    ),
    *(
        (f"W-53 {uri}", replacing(names.SHA256, uri))
        for uri in ("http://www.w3.org/2001/04/xmldsig-more#md5", "urn:x", "")
    ),
    *(
        (
            f"W-53 HMACOutputLength {n}",
            replacing(
                METHOD.replace("</ds:SignatureMethod>", ""),
                METHOD.replace("></", f"><ds:HMACOutputLength>{n}</ds:HMACOutputLength></").replace(
                    "</ds:SignatureMethod>", ""
                ),
            ),
        )
        for n in (0, 1, 8)
    ),
    ("W-33 DigestValue attribute", replacing("<ds:DigestValue>", '<ds:DigestValue x="">')),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "change", [change for _, change in ROWS], ids=[row[:60] for row, _ in ROWS]
)
def test_only_the_known_algorithms_are_accepted(change: Change, door: str) -> None:
    check_refused(change, door)


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
    assert verdict(text, rules) == "AuthFailure" or len(text) > rules.limits.size
    assert time.process_time() - start < 1.0
    twenty = unsigned(style).seal(transforms(*[EXC] * 5_000)).text()
    start = time.process_time()
    assert verdict(twenty, rules)
    assert time.process_time() - start < 2.5


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
