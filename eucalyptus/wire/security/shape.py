# SPDX-License-Identifier: BSD-2-Clause
"""The grammar of a message's security parts: exactly these children, these attributes, this text.

Whatever is not expected is refused, so that no second reading of a message can exist.
"""

from __future__ import annotations

import binascii
import itertools
import re
from collections.abc import Mapping, Sequence

from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import AUTH_FAILURE, MALFORMED, Refused
from eucalyptus.wire.security import names

_BLANK = " \t\r\n"
_PREFIX = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
_FRAGMENT = re.compile(r"#[A-Za-z_][\w.-]{0,127}", re.ASCII)
MOST_CHILDREN = 64
MOST_SECURITY = 256
"""Elements of a Security header: eight references with everything that is allowed have 70."""
MOST_PREFIXES = 32
MOST_PREFIX_TEXT = 1024

_ALGORITHM = frozenset(("Algorithm",))
_IDS = frozenset((names.WSU_ID, names.PLAIN_ID))
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    names.SECURITY: frozenset((names.MUST_UNDERSTAND, names.ACTOR)),
    names.TIMESTAMP: _IDS,
    names.CREATED: frozenset(("ValueType",)),
    names.EXPIRES: frozenset(("ValueType",)),
    names.TOKEN: _IDS | {"ValueType", "EncodingType"},
    names.SIGNATURE: frozenset((names.PLAIN_ID,)),
    names.SIGNED: frozenset((names.PLAIN_ID,)),
    names.CANONICALIZATION: _ALGORITHM,
    names.SIGNATURE_METHOD: _ALGORITHM,
    names.REFERENCE: frozenset(("URI",)),
    names.TRANSFORMS: frozenset(),
    names.TRANSFORM: _ALGORITHM,
    names.INCLUSIVE: frozenset(("PrefixList",)),
    names.DIGEST_METHOD: _ALGORITHM,
    names.DIGEST_VALUE: frozenset(),
    names.SIGNATURE_VALUE: frozenset((names.PLAIN_ID,)),
    names.KEY: frozenset((names.PLAIN_ID,)),
    names.TOKEN_REFERENCE: frozenset((names.WSU_ID,)),
    names.WSSE_REFERENCE: frozenset(("URI", "ValueType")),
}
"""The elements that a Security header may hold, and their attributes."""


def denied(reason: str) -> Refused:
    """The refusal of a message whose signature does not say what it must."""
    return AUTH_FAILURE(reason=f"The message is not signed as it must be: {reason}.")


def malformed(reason: str) -> Refused:
    """The refusal of a message that is no SOAP envelope."""
    return MALFORMED(reason=reason)


def local(element: Element) -> str:
    """The local name of an element, for a reason's text."""
    return str(element.tag).rpartition("}")[2]


def is_blank(text: str | None) -> bool:
    """Whether ``text`` is nothing but XML white space."""
    return not text or not text.strip(_BLANK)


def children(element: Element) -> list[Element]:
    """The child elements; refused when anything but white space stands between them."""
    if len(element) > MOST_CHILDREN:
        raise denied(f"{local(element)} holds more than {MOST_CHILDREN} elements")
    found = list(element)
    between = element.text or ""
    for child in found:
        between += child.tail or ""
    # Most messages have nothing at all there, which is seen at once.
    if between and not is_blank(between):
        raise denied(f"{local(element)} holds text between its elements")
    return found


def security_elements(security: Element) -> list[Element]:
    """All elements of a Security header, in document order; what may stand nowhere is refused.

    After this there are no unknown elements in it, no other attributes than ATTRIBUTES names, and
    no text between elements. Keep them: lxml makes an element anew each time it is come across,
    unless it is kept.
    """
    found = list(itertools.islice(security.iter(), MOST_SECURITY + 1))
    if len(found) > MOST_SECURITY:
        raise denied(f"its Security header holds more than {MOST_SECURITY} elements")
    for element in found:
        allowed = ATTRIBUTES.get(element.tag)
        if allowed is None:
            raise denied(f"its Security header holds an element {local(element)[:64]!r}")
        if not allowed.issuperset(element.keys()):
            raise denied(f"{local(element)} has an attribute that it must not have")
        before, after = element.text if len(element) else None, element.tail
        # Most messages have nothing at all there, which is seen at once.
        if (before and not is_blank(before)) or (after and not is_blank(after)):
            raise denied("its Security header holds text between its elements")
    return found


def exactly(element: Element, *tags: str) -> list[Element]:
    """The child elements, which must be these ``tags`` in this order."""
    found = list(element)
    if [child.tag for child in found] != list(tags):
        wanted = ", ".join(tag.rpartition("}")[2] for tag in tags)
        raise denied(f"{local(element)} must hold exactly {wanted}")
    return found


def one_of_each(element: Element, *tags: str) -> list[Element]:
    """The children, one of each of ``tags`` whatever their order; returned in the order asked."""
    found = {child.tag: child for child in element}
    if len(element) != len(tags) or found.keys() != set(tags):
        wanted = ", ".join(tag.rpartition("}")[2] for tag in tags)
        raise denied(f"{local(element)} must hold {wanted}, one of each, and nothing else")
    return [found[tag] for tag in tags]


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
    """The Algorithm attribute of an element."""
    return element.get("Algorithm", "")


def canonical_prefixes(element: Element) -> Sequence[str]:
    """Prefixes of an exclusive canonicalization: none, or one bounded InclusiveNamespaces."""
    if algorithm(element) != names.EXC:
        raise denied(f"{local(element)} must be the exclusive canonicalization")
    if not len(element) and is_blank(element.text):
        return ()
    (inclusive,) = exactly(element, names.INCLUSIVE)
    leaf(inclusive, 0)
    text = inclusive.get("PrefixList", "")
    prefixes = tuple(text.split()) if len(text) <= MOST_PREFIX_TEXT else ("",) * (MOST_PREFIXES + 1)
    if len(prefixes) > MOST_PREFIXES:
        raise denied(f"a PrefixList may name {MOST_PREFIXES} prefixes")
    if not all(prefix == "#default" or _PREFIX.fullmatch(prefix) for prefix in prefixes):
        raise denied("a PrefixList names something that is no prefix")
    return prefixes
