# SPDX-License-Identifier: BSD-2-Clause
"""The grammar of a message's security parts: exactly these children, these attributes, this text.

Whatever is not expected is refused, so that no second reading of a message can exist.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import AUTH_FAILURE, MALFORMED, Refused
from eucalyptus.wire.security import names

_BLANK = " \t\r\n"
_PREFIX = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
_FRAGMENT = re.compile(r"#[A-Za-z_][\w.-]{0,127}", re.ASCII)
MOST_CHILDREN = 64
MOST_PREFIXES = 32
MOST_PREFIX_TEXT = 1024


def denied(reason: str) -> Refused:
    """The refusal of a message whose signature does not say what it must."""
    return AUTH_FAILURE(reason=f"The message is not signed as it must be: {reason}.")


def malformed(reason: str) -> Refused:
    """The refusal of a message that is no SOAP envelope."""
    return MALFORMED(reason=reason)


def local(element: Element) -> str:
    """The local name of an element, for a reason's text."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element) -> list[Element]:
    """The child elements; refused when anything but white space stands between them."""
    if len(element) > MOST_CHILDREN:
        raise denied(f"{local(element)} holds more than {MOST_CHILDREN} elements")
    found = list(element)
    text = element.text
    is_blank = not text or not text.strip(_BLANK)
    for child in found:
        text = child.tail
        # Most messages have nothing at all there, which is seen at once.
        if text and text.strip(_BLANK):
            is_blank = False
    if not is_blank:
        raise denied(f"{local(element)} holds text between its elements")
    return found


def exactly(element: Element, *tags: str) -> list[Element]:
    """The children, which must be these ``tags`` in this order."""
    found = children(element)
    if [child.tag for child in found] != list(tags):
        wanted = ", ".join(tag.rpartition("}")[2] for tag in tags)
        raise denied(f"{local(element)} must hold exactly {wanted}")
    return found


def one_of_each(element: Element, *tags: str) -> list[Element]:
    """The children, one of each of ``tags`` whatever their order; returned in the order asked."""
    found = {child.tag: child for child in children(element)}
    if len(element) != len(tags) or found.keys() != set(tags):
        wanted = ", ".join(tag.rpartition("}")[2] for tag in tags)
        raise denied(f"{local(element)} must hold {wanted}, one of each, and nothing else")
    return [found[tag] for tag in tags]


def attributes(element: Element, *allowed: str) -> None:
    """Refuse attributes other than ``allowed``."""
    for name in element.keys():  # noqa: SIM118 - an element is no mapping
        if name not in allowed:
            raise denied(f"{local(element)} has an attribute {str(name)[:64]!r}")


def leaf(element: Element, most: int) -> str:
    """The whole text of an element without children, at most ``most`` characters."""
    text = element.text or ""
    if len(element) or len(text) > most:
        raise denied(f"{local(element)} must be a text of at most {most} characters")
    return text


def base64_leaf(element: Element, most: int) -> bytes:
    """The bytes of a base64 leaf; line breaks are allowed, since old clients wrap at 76."""
    return unwrapped(leaf(element, most), local(element))


def unwrapped(text: str, name: str) -> bytes:
    """The bytes that base64 ``text`` says, line breaks allowed; ``name`` is for the reason."""
    try:
        octets = text.encode("ascii").translate(None, _BLANK.encode())
        decoded = binascii.a2b_base64(octets)
    except (UnicodeEncodeError, binascii.Error) as wrong:
        raise denied(f"{name} is not base64") from wrong
    # One value, one text: what a lax decoder would drop, characters or bits, is refused.
    if not decoded or binascii.b2a_base64(decoded, newline=False) != octets:
        raise denied(f"{name} is not base64")
    return decoded


def fragment(element: Element) -> str:
    """The id that the element's URI attribute names; only ``#id`` of this document is allowed."""
    uri = element.get("URI")
    if uri is None or not _FRAGMENT.fullmatch(uri):
        raise denied(f"the URI of a {local(element)} must have the form #id")
    return uri[1:]


def algorithm(element: Element) -> str:
    """The Algorithm attribute of an element that has no other."""
    attributes(element, "Algorithm")
    return element.get("Algorithm", "")


def canonical_prefixes(element: Element) -> Sequence[str]:
    """Prefixes of an exclusive canonicalization: none, or one bounded InclusiveNamespaces."""
    if algorithm(element) != names.EXC:
        raise denied(f"{local(element)} must be the exclusive canonicalization")
    if not children(element):
        return ()
    (inclusive,) = exactly(element, names.INCLUSIVE)
    attributes(inclusive, "PrefixList")
    leaf(inclusive, 0)
    text = inclusive.get("PrefixList", "")
    prefixes = tuple(text.split()) if len(text) <= MOST_PREFIX_TEXT else ("",) * (MOST_PREFIXES + 1)
    if len(prefixes) > MOST_PREFIXES:
        raise denied(f"a PrefixList may name {MOST_PREFIXES} prefixes")
    if not all(prefix == "#default" or _PREFIX.fullmatch(prefix) for prefix in prefixes):
        raise denied("a PrefixList names something that is no prefix")
    return prefixes
