# SPDX-License-Identifier: BSD-2-Clause
"""XML of S3, in small: elements written, and documents read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from xml.sax.saxutils import escape

from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import MALFORMED_XML, NAMESPACE
from eucalyptus.wire.documents import USUAL, DocumentLimits, parse
from walrus.core.records import Owner

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Element = etree._Element
_NOTHING: Set[str] = frozenset()

# --- written -------------------------------------------------------------------------------------


def text(value: object) -> str:
    """A value as the content of an element."""
    # What XML 1.0 cannot carry is shown as a replacement; encoding-type=url shows it as it is.
    return escape(_ILLEGAL.sub("\ufffd", str(value)), {"\r": "&#13;"})


def element(name: str, value: object) -> str:
    """An element with a value in it."""
    return f"<{name}>{text(value)}</{name}>"


def flag(value: bool) -> str:
    """A truth as S3 writes it."""
    return "true" if value else "false"


def root(name: str, inside: Iterable[str]) -> bytes:
    """A whole document in S3's namespace."""
    return f'{HEAD}<{name} xmlns="{NAMESPACE}">{"".join(inside)}</{name}>'.encode()


def owner(who: Owner) -> str:
    """The Owner element."""
    inside = element("ID", who.canonical_id) + element("DisplayName", who.name)
    return f"<Owner>{inside}</Owner>"


# --- read ----------------------------------------------------------------------------------------


def read(document: bytes, name: str, limits: DocumentLimits = USUAL) -> etree._Element:
    """The root of a document, which must be a ``name``; raises MALFORMED_XML."""
    try:
        found = parse(document, limits)
    except Refused as wrong:
        raise MALFORMED_XML(reason=wrong.message) from wrong
    if local(found) != name:
        raise MALFORMED_XML(reason=f"{name} is expected, not {local(found)[:40]}")
    return found


def local(found: etree._Element) -> str:
    """An element's name without its namespace, which some clients leave out."""
    return str(etree.QName(found).localname)


def parts(
    parent: etree._Element, needed: Set[str], allowed: Set[str] = _NOTHING
) -> dict[str, etree._Element]:
    """The children by name: all that are ``needed``, none twice and none that is not known.

    Raises MALFORMED_XML.
    """
    found: dict[str, etree._Element] = {}
    for child in parent:
        name = local(child)
        if name in found or name not in needed | allowed:
            raise MALFORMED_XML(reason=f"{name[:40]} is not expected in {local(parent)}")
        found[name] = child
    if missing := sorted(needed - found.keys()):
        raise MALFORMED_XML(reason=f"{missing[0]} is missing in {local(parent)}")
    return found


def content(found: etree._Element) -> str:
    """The text of an element without the blanks around it; raises MALFORMED_XML when there are
    elements instead."""
    if len(found):
        raise MALFORMED_XML(reason=f"{local(found)} has text, no elements")
    return (found.text or "").strip()
