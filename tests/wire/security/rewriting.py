# SPDX-License-Identifier: BSD-2-Clause
"""The same signed message in other words: row W-74."""

from __future__ import annotations

import base64
from collections.abc import Callable

from lxml import etree

from eucalyptus.wire.security import names


def rewrapped(text: bytes) -> bytes:
    tree = etree.fromstring(text)
    value = next(tree.iter(names.SIGNATURE_VALUE))
    value.text = base64.encodebytes(base64.b64decode(value.text or "")).decode()
    return etree.tostring(tree)


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "white space": lambda text: text.replace(b"<soapenv:Header>", b"<soapenv:Header>\n  "),
    "declaration": lambda text: b'<?xml version="1.0"?>' + text,
    "line wrap": rewrapped,
    "prefix outside": lambda text: text.replace(
        b"<soapenv:Header>", b'<q:Header xmlns:q="' + names.SOAP.encode() + b'">'
    ).replace(b"</soapenv:Header>", b"</q:Header>"),
    "order": lambda text: etree.tostring(reordered(etree.fromstring(text))),
    "extra header": lambda text: text.replace(b"<soapenv:Header>", b"<soapenv:Header><x/>"),
}


def reordered(tree: etree._Element) -> etree._Element:
    security = next(tree.iter(names.SECURITY))
    security.append(security[0])
    return tree
