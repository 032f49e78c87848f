# SPDX-License-Identifier: BSD-2-Clause
"""The reference verifier: python-xmlsec behind the same shape checks, for comparison and doubt.

libxmlsec by itself accepts wrapped bodies, local files, transforms that cut content and expired
certificates; only ``open_envelope`` in front of it makes it safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xmlsec
from xmlsec import constants

from eucalyptus.contracts.refusals import AUTH_FAILURE
from eucalyptus.wire.security import names
from eucalyptus.wire.security.envelope import Sealed
from eucalyptus.wire.security.verifying import Verified, accept, pinned

_SIGNATURES: Mapping[str, Any] = {
    names.RSA_SHA1: constants.TransformRsaSha1,
    names.RSA_SHA256: constants.TransformRsaSha256,
    names.RSA_SHA512: constants.TransformRsaSha512,
}
_DIGESTS: Mapping[str, Any] = {
    names.SHA1: constants.TransformSha1,
    names.SHA256: constants.TransformSha256,
    names.SHA512: constants.TransformSha512,
}


def _context(sealed: Sealed, certificate_pem: bytes) -> xmlsec.SignatureContext:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate_pem, constants.KeyDataFormatCertPem, None)
    context.enable_signature_transform(constants.TransformExclC14N)
    for uri in sealed.rules.signatures:
        context.enable_signature_transform(_SIGNATURES[uri])
    context.enable_reference_transform(constants.TransformExclC14N)
    if sealed.rules.lenient:
        context.enable_reference_transform(constants.TransformEnveloped)
    for uri in sealed.rules.digests:
        context.enable_reference_transform(_DIGESTS[uri])
    for cover in sealed.seal.covers:
        _register(context, cover.element)
    return context


def _register(context: xmlsec.SignatureContext, element: Any) -> None:
    if names.WSU_ID in element.attrib:
        context.register_id(element, id_attr="Id", id_ns=names.WSU)
    if names.PLAIN_ID in element.attrib and element.get(names.WSU_ID) != element.get("Id"):
        context.register_id(element, id_attr="Id")


def verify(sealed: Sealed, certificate_pem: bytes, now: float) -> Verified:
    """The same promise as the lean verifier, kept by libxmlsec."""
    pinned(sealed, certificate_pem, now)
    try:
        _context(sealed, certificate_pem).verify(sealed.seal.element)
    except xmlsec.Error:
        raise AUTH_FAILURE(
            reason="The signature does not match the message and the certificate."
        ) from None
    return accept(sealed, now)
