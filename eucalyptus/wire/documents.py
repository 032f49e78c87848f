# SPDX-License-Identifier: BSD-2-Clause
"""The one XML parser of this project: everything dangerous is refused before it is used.

No DTD, no entity, no processing instruction, no comment, no external reference, no encoding but
UTF-8; bounded in bytes, elements, depth and attributes. Nothing else may build a parser.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from lxml import etree

from eucalyptus.contracts.refusals import MALFORMED, TOO_BIG

DEEPEST = 250
"""No limit on depth may lie above this: libxml2 itself gives up at 256 levels."""
MARKS = 8
"""Quotation marks and ampersands that a document may hold for each element that it may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """Most bytes of a document, levels of nesting, elements, and attributes in one element."""

    size: int = 1 << 20
    depth: int = 40
    elements: int = 50_000
    attributes: int = 32

    def __post_init__(self) -> None:
        if not 0 < self.depth <= DEEPEST:
            raise ValueError(f"a depth of {self.depth} is not between 1 and {DEEPEST}")


USUAL = DocumentLimits()

_BLANK = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"<\?xml[ \t\r\n][^<>?]{0,200}\?>")
_ENCODING = re.compile(rb"encoding[ \t\r\n]*=[ \t\r\n]*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UNMARKED = bytes(code for code in range(256) if code not in b"<\"'&")
_UTF8 = (b"utf-8", b"utf8", b"us-ascii", b"ascii")

# Sought in the bytes, before libxml2 sees them: an entity would be expanded in attribute values
# even by a parser that is told not to. Inside CDATA these are harmless, but refused all the same.
_FORBIDDEN = (
    (b"<!DOCTYPE", "a DOCTYPE"),
    (b"<!ENTITY", "an entity declaration"),
    (b"<!--", "a comment"),
)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, attribute_defaults=False, huge_tree=False, recover=False,
        collect_ids=False, remove_comments=False, remove_pis=False,
    )  # fmt: skip


def parse(document: bytes, limits: DocumentLimits = USUAL) -> etree._Element:
    """The root element of ``document``; raises MALFORMED or TOO_BIG."""
    if len(document) > limits.size:
        raise TOO_BIG(limit=limits.size, unit="bytes")
    rest = _undeclared(document)
    _refuse_oddities(rest)
    marks = rest.translate(None, _UNMARKED)
    opening = marks.count(b"<")
    # Every "<" that closes nothing opens an element or CDATA: a bound before any tree is built.
    elements = opening - rest.count(b"</")
    if elements > limits.elements:
        raise TOO_BIG(limit=limits.elements, unit="elements")
    # What costs most is attributes, each of which needs two quotation marks, and references.
    if len(marks) - opening > MARKS * limits.elements:
        raise TOO_BIG(limit=MARKS * limits.elements, unit="quotation marks and ampersands")
    try:
        root = etree.fromstring(rest, _parser())
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise MALFORMED(reason=f"it is not well-formed XML ({str(wrong)[:120]})") from wrong
    _bound(root, limits, elements)
    return root


def _refuse_oddities(document: bytes) -> None:
    if document.startswith(_BYTE_ORDER_MARK):
        raise MALFORMED(reason="it begins with more than one byte order mark")
    if b"\x00" in document:
        raise MALFORMED(reason="it holds a NUL, so it is not UTF-8 text")
    if b"<?" in document:
        raise MALFORMED(reason="it holds a processing instruction")
    if b"<!" in document:  # most documents have none, not even CDATA
        for forbidden, name in _FORBIDDEN:
            if forbidden in document:
                raise MALFORMED(reason=f"it holds {name}")


def _undeclared(document: bytes) -> bytes:
    """The document without byte order mark, outer white space and XML declaration."""
    rest = document.removeprefix(_BYTE_ORDER_MARK).strip(_BLANK)
    declaration = _DECLARATION.match(rest)
    if declaration is None:
        return rest
    encoding = _ENCODING.search(declaration.group())
    if encoding and encoding.group(1).lower() not in _UTF8:
        raise MALFORMED(reason="its encoding is not UTF-8")
    return rest[declaration.end() :]


def _bound(root: etree._Element, limits: DocumentLimits, elements: int) -> None:
    too_deep, too_wide = _excesses(limits.depth, limits.attributes)
    # So few elements cannot nest so deep.
    if elements > limits.depth and too_deep(root):
        raise TOO_BIG(limit=limits.depth, unit="levels of nesting")
    if too_wide(root):
        raise TOO_BIG(limit=limits.attributes, unit="attributes in an element")


@functools.cache
def _excesses(depth: int, attributes: int) -> tuple[etree.XPath, etree.XPath]:
    """Two questions that libxml2 answers within a millisecond for 30,000 elements.

    Step by step from the root, because counting each element's ancestors takes ten times as long.
    """
    return (
        etree.XPath(f"boolean({'/*' * (depth + 1)})"),
        etree.XPath(f"boolean(//@*[{attributes + 1}])"),
    )
