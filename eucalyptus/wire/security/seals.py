# SPDX-License-Identifier: BSD-2-Clause
"""ds:Signature read into a value. No cryptography here: only what the element claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element as Element

from eucalyptus.wire.security import names
from eucalyptus.wire.security.rules import Rules
from eucalyptus.wire.security.shape import (
    algorithm,
    base64_leaf,
    canonical_prefixes,
    denied,
    exactly,
    fragment,
    leaf,
    local,
)

MOST_SIGNATURE_TEXT = 2048
"""Characters of a SignatureValue; an RSA-8192 signature takes 1,400 with line breaks."""
MOST_DIGEST_TEXT = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """One ds:Reference: the element it covers, how that is canonicalized, and its digest."""

    element: Element
    prefixes: Sequence[str]
    hash_name: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One ds:Signature. ``signed`` is its SignedInfo element, ``hash_name`` RSA's hash.

    ``covered`` are the very elements that ``covers`` are about.
    """

    element: Element
    signed: Element
    prefixes: Sequence[str]
    hash_name: str
    value: bytes
    covers: tuple[Cover, ...]
    covered: frozenset[Element]


def _known(element: Element, table: Mapping[str, str]) -> str:
    name = table.get(algorithm(element))
    leaf(element, 0)
    if name is None:
        raise denied(f"its {local(element)} is not accepted here")
    return name


def _transforms(element: Element, *, lenient: bool) -> Sequence[str]:
    steps = list(element)
    if any(step.tag != names.TRANSFORM for step in steps):
        raise denied("Transforms holds something else than Transform")
    # An enveloped-signature transform removes the Signature from inside a signed part. The
    # Signature stands outside of every part that may be signed, so it changes nothing.
    if lenient and len(steps) == 2 and algorithm(steps[0]) == names.ENVELOPED:
        leaf(steps[0], 0)
        steps = steps[1:]
    if len(steps) != 1:
        raise denied("each Reference must have one transform, the exclusive canonicalization")
    return canonical_prefixes(steps[0])


def _cover(reference: Element, ids: Mapping[str, Element], rules: Rules) -> Cover:
    element = ids.get(fragment(reference))
    if element is None:
        raise denied("a Reference names no element of the message")
    transforms, method, value = exactly(
        reference, names.TRANSFORMS, names.DIGEST_METHOD, names.DIGEST_VALUE
    )
    return Cover(
        element=element,
        prefixes=_transforms(transforms, lenient=rules.lenient),
        hash_name=_known(method, rules.digests),
        digest=base64_leaf(value, MOST_DIGEST_TEXT),
    )


def _check_key(key: Element, token: Element, ids: Mapping[str, Element]) -> None:
    """The key must be named by reference to the one token of the same Security header."""
    (by_reference,) = exactly(key, names.TOKEN_REFERENCE)
    (reference,) = exactly(by_reference, names.WSSE_REFERENCE)
    leaf(reference, 0)
    if reference.get("ValueType", names.X509V3) != names.X509V3:
        raise denied("the token reference is not to an X.509 v3 certificate")
    if ids.get(fragment(reference)) is not token:
        raise denied("the signing key is not the token beside the signature")


def read_seal(signature: Element, token: Element, ids: Mapping[str, Element], rules: Rules) -> Seal:
    """Read ``signature``; raises AUTH_FAILURE for anything outside the narrow grammar.

    It stands in a header whose elements ``security_elements`` has seen. ``ids`` maps every id that
    may be referred to, to the one element that carries it.
    """
    signed, value, key = exactly(signature, names.SIGNED, names.SIGNATURE_VALUE, names.KEY)
    parts = list(signed)
    references = parts[2:]
    if not 1 <= len(references) <= rules.most_references:
        raise denied(f"it must have 1 to {rules.most_references} References")
    wanted = [names.CANONICALIZATION, names.SIGNATURE_METHOD]
    if [part.tag for part in parts] != wanted + [names.REFERENCE] * len(references):
        raise denied("SignedInfo holds something unexpected")
    _check_key(key, token, ids)
    covers = tuple(_cover(reference, ids, rules) for reference in references)
    return Seal(
        element=signature,
        signed=signed,
        prefixes=canonical_prefixes(parts[0]),
        hash_name=_known(parts[1], rules.signatures),
        value=base64_leaf(value, MOST_SIGNATURE_TEXT),
        covers=covers,
        covered=frozenset(cover.element for cover in covers),
    )
