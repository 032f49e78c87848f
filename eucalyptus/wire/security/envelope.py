# SPDX-License-Identifier: BSD-2-Clause
"""The shape of a signed envelope, checked to the last element before any cryptography.

The order is the point: bytes, then structure, then ids, then algorithms and references. What
comes out names every element by the object itself, and the Body that is verified later is the
Body that is dispatched. Nothing here costs more than reading the document once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import MISSING_CREDENTIALS, MUST_UNDERSTAND
from eucalyptus.wire.certificates import fingerprint_of
from eucalyptus.wire.documents import parse
from eucalyptus.wire.security import names
from eucalyptus.wire.security.instants import parse_instant
from eucalyptus.wire.security.rules import Rules
from eucalyptus.wire.security.seals import Seal, read_seal
from eucalyptus.wire.security.shape import (
    attributes,
    children,
    denied,
    exactly,
    leaf,
    local,
    malformed,
    one_of_each,
    unwrapped,
)

MOST_TOKEN_TEXT = 16384
MOST_INSTANT_TEXT = 40
MOST_HEADER_TEXT = 2048

_ANY_ID = etree.XPath("//@*[translate(local-name(),'DI','di')='id' or local-name()='AssertionID']")
_REQUEST_HEADERS = (names.WSA_TO, names.WSA_ACTION, names.WSA_MESSAGE_ID)
_REPLY_HEADERS = (names.WSA_RELATES_TO, names.WSA_ACTION, names.WSA_MESSAGE_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A message whose shape is right and whose signature is still only a claim.

    ``fingerprint`` is that of the certificate inside: look it up, then call ``verify``.
    ``created`` and ``expires`` are POSIX seconds. ``to``, ``action``, ``message_id`` and
    ``relates_to`` are those WS-Addressing headers that the signature covers, else "".
    """

    envelope: Element
    body: Element
    seal: Seal
    fingerprint: str
    created: float
    expires: float
    rules: Rules
    to: str = ""
    action: str = ""
    message_id: str = ""
    relates_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The elements that have a place in a message, by that place."""

    body: Element
    security: Element
    timestamp: Element
    token: Element
    signature: Element
    addressing: Mapping[str, Element]


def _only_security(headers: list[Element]) -> Element:
    found = [header for header in headers if header.tag == names.SECURITY]
    if not found:
        raise MISSING_CREDENTIALS()
    if len(found) > 1:
        raise denied("there must be exactly one Security header")
    attributes(found[0], names.MUST_UNDERSTAND, names.ACTOR)
    if found[0].get(names.ACTOR, names.ACTOR_NEXT) not in ("", names.ACTOR_NEXT):
        raise denied("the Security header is meant for another receiver")
    return found[0]


def _addressing(headers: list[Element]) -> Mapping[str, Element]:
    """The WS-Addressing headers by tag; a header nobody knows must not insist on being known."""
    found: dict[str, Element] = {}
    for header in headers:
        tag = str(header.tag)
        if tag.startswith(f"{{{names.WSA}}}"):
            if tag in found:
                raise denied(f"there are two {local(header)} headers")
            found[tag] = header
        elif tag != names.SECURITY and header.get(names.MUST_UNDERSTAND, "0").strip() != "0":
            raise MUST_UNDERSTAND(header=local(header)[:64])
    return found


def _place(root: Element) -> _Parts:
    if root.tag != names.ENVELOPE:
        raise malformed("it is no SOAP 1.1 envelope")
    parts = children(root)
    if parts and parts[0].tag == names.BODY:
        raise MISSING_CREDENTIALS()
    header, body = exactly(root, names.HEADER, names.BODY)
    if len(children(body)) != 1:
        raise malformed("its Body must hold exactly one element")
    headers = children(header)
    security = _only_security(headers)
    timestamp, token, signature = one_of_each(
        security, names.TIMESTAMP, names.TOKEN, names.SIGNATURE
    )
    return _Parts(
        body=body,
        security=security,
        timestamp=timestamp,
        token=token,
        signature=signature,
        addressing=_addressing(headers),
    )


def _refuse_strays(root: Element, parts: _Parts) -> None:
    """Envelope, Header and Body once; SOAP, security and encryption elements nowhere else."""
    expected = 4 if parts.body[0].tag == names.FAULT else 3
    inside = len([*parts.security.iter(*names.RESERVED)])
    if len([*root.iter(*names.RESERVED)]) != inside + expected:
        raise denied("it holds SOAP or security elements outside of their place")


def _known_ids(root: Element, rules: Rules) -> Mapping[str, Element]:
    """Every id that references may name; an id that two elements carry, in any form, is refused."""
    carriers: dict[str, Element] = {}
    known: dict[str, Element] = {}
    for value, name, element in _all_ids(root):
        if carriers.setdefault(value, element) is not element:
            raise denied("two elements have the same id")
        if name == names.WSU_ID or (rules.lenient and name == names.PLAIN_ID):
            known[value] = element
    return known


def _all_ids(root: Element) -> Iterator[tuple[str, str, Element]]:
    found: Any = _ANY_ID(root)
    for value in found:
        yield str(value).strip(), value.attrname, value.getparent()


def _fingerprint(token: Element) -> str:
    attributes(token, "ValueType", "EncodingType", names.WSU_ID, names.PLAIN_ID)
    if token.get("ValueType") != names.X509V3:
        raise denied("the token is not an X.509 v3 certificate")
    if token.get("EncodingType", names.BASE64) != names.BASE64:
        raise denied("the token is not base64")
    return _fingerprint_in(leaf(token, MOST_TOKEN_TEXT))


@functools.lru_cache(maxsize=256)
def _fingerprint_in(token: str) -> str:
    """The same few certificates come with every message of their owners."""
    return fingerprint_of(unwrapped(token, "BinarySecurityToken"))


def _instants(timestamp: Element) -> tuple[float, float]:
    attributes(timestamp, names.WSU_ID, names.PLAIN_ID)
    found = []
    for element in one_of_each(timestamp, names.CREATED, names.EXPIRES):
        attributes(element, "ValueType")
        try:
            found.append(parse_instant(leaf(element, MOST_INSTANT_TEXT).strip()))
        except ValueError as wrong:
            raise denied(f"its {local(element)} is not a UTC date and time") from wrong
    return found[0], found[1]


def _check_coverage(parts: _Parts, seal: Seal, rules: Rules) -> None:
    """The references are exactly the parts that must be signed, plus those that may be."""
    required = [parts.body, parts.timestamp]
    if rules.addressed or rules.correlated:
        for tag in _REQUEST_HEADERS if rules.addressed else _REPLY_HEADERS:
            if tag not in parts.addressing:
                raise denied(f"the header {tag.rpartition('}')[2]} is missing")
        required += parts.addressing.values()
    allowed = [*required, *parts.addressing.values()]
    if rules.lenient:
        allowed.append(parts.token)
    for element in required:
        if not seal.covers_element(element):
            raise denied(f"{local(element)} is not signed")
    for cover in seal.covers:
        if not any(cover.element is element for element in allowed):
            raise denied("it signs something that it must not sign")
    if len({id(cover.element) for cover in seal.covers}) != len(seal.covers):
        raise denied("it signs one part twice")


def _signed_text(parts: _Parts, seal: Seal, tag: str) -> str:
    header = parts.addressing.get(tag)
    if header is None or not seal.covers_element(header):
        return ""
    return leaf(header, MOST_HEADER_TEXT).strip()


def unsealed_body(root: Element) -> Element | None:
    """The Body of an envelope that has no Security header, None when it has one.

    Raises MALFORMED for what could be read in two ways, MUST_UNDERSTAND.
    """
    header = root.find(names.HEADER)
    headers = [] if header is None else list(header)
    if any(one.tag == names.SECURITY for one in headers):
        return None
    tags = [names.ENVELOPE, *([] if header is None else [names.HEADER]), names.BODY]
    if [root.tag, *(one.tag for one in root)] != tags:
        raise malformed("it is no SOAP 1.1 envelope")
    if len([*root.iter(*names.RESERVED)]) != len(tags):
        raise malformed("it holds SOAP or security elements outside of their place")
    _addressing(headers)
    return root[-1]


def open_envelope(document: bytes, rules: Rules) -> Sealed:
    """Check everything about a message that needs no key.

    Raises MALFORMED (no SOAP envelope at all), MISSING_CREDENTIALS (not signed at all),
    MUST_UNDERSTAND, TOO_BIG, or AUTH_FAILURE (signed in a way that could be read in two ways).
    """
    return open_root(parse(document, rules.limits), rules)


def open_root(root: Element, rules: Rules) -> Sealed:
    """The same for a document that was parsed within the limits of ``rules``."""
    parts = _place(root)
    _refuse_strays(root, parts)
    ids = _known_ids(root, rules)
    seal = read_seal(parts.signature, parts.token, ids, rules)
    _check_coverage(parts, seal, rules)
    created, expires = _instants(parts.timestamp)
    return Sealed(
        envelope=root,
        body=parts.body,
        seal=seal,
        fingerprint=_fingerprint(parts.token),
        created=created,
        expires=expires,
        rules=rules,
        to=_signed_text(parts, seal, names.WSA_TO),
        action=_signed_text(parts, seal, names.WSA_ACTION),
        message_id=_signed_text(parts, seal, names.WSA_MESSAGE_ID),
        relates_to=_signed_text(parts, seal, names.WSA_RELATES_TO),
    )
