# SPDX-License-Identifier: BSD-2-Clause
"""The one XML parser of this project: everything dangerous is refused before it is used.

No DTD, no entity, no processing instruction, no comment, no external reference; bounded in bytes,
depth, elements and attributes. Nothing else may build a parser (a test enforces it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from eucalyptus.contracts.refusals import MALFORMED, TOO_BIG


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """Most bytes of a document, levels of nesting, elements, and attributes in one element."""

    size: int = 1 << 20
    depth: int = 40
    elements: int = 50_000
    attributes: int = 32


USUAL = DocumentLimits()
_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^<>]{0,200}\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")

_FORBIDDEN = (
    (b"<!DOCTYPE", "a DOCTYPE"),
    (b"<!ENTITY", "an entity declaration"),
    (b"<?", "a processing instruction"),
    (b"<!--", "a comment"),
)


def _undeclared(document: bytes) -> bytes:
    """The document after its XML declaration; only UTF-8 is taken (ASCII is UTF-8)."""
    declaration = _DECLARATION.match(document)
    if declaration is None:
        return document
    encoding = _ENCODING.search(declaration.group())
    if encoding and encoding.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise MALFORMED(reason="its encoding is not UTF-8")
    return document[declaration.end() :]


def parse(document: bytes, limits: DocumentLimits = USUAL) -> etree._Element:
    """The root element of ``document``; raises MALFORMED or TOO_BIG."""
    if len(document) > limits.size:
        raise TOO_BIG(limit=limits.size, unit="bytes")
    if b"\x00" in document:
        raise MALFORMED(reason="it is not UTF-8 text")
    rest = _undeclared(document)
    for forbidden, name in _FORBIDDEN:
        if forbidden in rest:
            raise MALFORMED(reason=f"it holds {name}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=False, remove_pis=False, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(rest, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise MALFORMED(reason=f"it is not well-formed XML ({str(wrong)[:120]})") from wrong
    _bound(root, limits)
    return root


# Compiled once: libxml2 counts in C what a Python walk would count slowly.
_ELEMENTS = etree.XPath("count(//*)")
_TOO_DEEP = etree.XPath("boolean(//*[count(ancestor::*) >= $limit])")
_TOO_WIDE = etree.XPath("boolean(//*[count(@*) > $limit])")


def _bound(root: etree._Element, limits: DocumentLimits) -> None:
    if float(str(_ELEMENTS(root))) > limits.elements:
        raise TOO_BIG(limit=limits.elements, unit="elements")
    if _TOO_DEEP(root, limit=limits.depth):
        raise TOO_BIG(limit=limits.depth, unit="levels of nesting")
    if _TOO_WIDE(root, limit=limits.attributes):
        raise TOO_BIG(limit=limits.attributes, unit="attributes in an element")
