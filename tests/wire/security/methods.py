# SPDX-License-Identifier: BSD-2-Clause
"""Transforms and algorithms that nobody may name: rows W-50 to W-53 as changes of a SignedInfo."""

from __future__ import annotations

from eucalyptus.wire.security import names
from tests.wire.security.changes import (
    C14N,
    EXC,
    LIST,
    METHOD,
    XPATH,
    XPATH2,
    XSLT,
    Change,
    replacing,
    transform,
    transforms,
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
