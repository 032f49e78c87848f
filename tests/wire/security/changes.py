# SPDX-License-Identifier: BSD-2-Clause
"""Changes of a SignedInfo before it is signed: what a signer without scruples may do."""

from __future__ import annotations

from collections.abc import Callable

from eucalyptus.wire.security import Rules, names
from tests.wire.security.forge import (
    FRONT,
    INTERNAL,
)

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
