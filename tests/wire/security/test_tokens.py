# SPDX-License-Identifier: BSD-2-Clause
"""Whose key it is: rows W-56 and W-60 to W-70, and the certificates themselves."""

from __future__ import annotations

import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import certificates
from eucalyptus.wire.security import Rules, open_envelope, verify, verifying
from tests.wire.security.forge import (
    NOW,
    Scene,
    Signer,
    canonical,
    letter,
    receive,
    refused,
    signer,
)
from tests.wire.security.holders import VICTIM, pem_of

RULES = Rules.front_door()
DAY = 86_400.0


def test_w60_a_lookalike_is_a_stranger() -> None:
    lookalike = signer("victim/lookalike")
    mine, theirs = (x509.load_pem_x509_certificate(each.pem) for each in (lookalike, VICTIM))
    assert mine.subject == theirs.subject
    assert refused(letter(who=lookalike).text(), RULES) == "UnknownCertificate"
    sealed = open_envelope(letter(who=lookalike).text(), RULES)
    with pytest.raises(Refused) as no:
        verify(sealed, VICTIM.pem, NOW)
    assert no.value.refusal.code == "AuthFailure"


def test_w61_each_acts_as_himself() -> None:
    assert receive(letter(who=signer("other")).text(), RULES).fingerprint == (
        signer("other").fingerprint
    )


@pytest.mark.parametrize(
    ("row", "made"),
    [
        ("expired", NOW - 6 * 365 * DAY),
        ("not yet valid", NOW + 2 * DAY),
    ],
)
def test_w64_validity_is_checked(row: str, made: float) -> None:
    who = VICTIM
    pem = certificates.self_issue(who.key, certificates.subject("victim", "User"), made)
    sealed = open_envelope(letter(who=Signer(who.key, pem)).text(), RULES)
    with pytest.raises(Refused, match="expired or is not valid yet"):
        verify(sealed, pem, NOW)
    assert certificates.load_pem(pem).is_valid(made)


def test_w66_a_key_reference_may_have_an_id_of_its_own() -> None:
    sound = (
        '<wsse:SecurityTokenReference wsu:Id="STRId-1">'
        '<wsse:Reference URI="#k"/></wsse:SecurityTokenReference>'
    )
    text = re.sub(
        r"(<ds:KeyInfo[^>]*>).*?(</ds:KeyInfo>)", rf"\1{sound}\2", letter().text().decode()
    )
    assert sound in text
    assert refused(text.encode(), RULES) == ""


def test_ids_that_wss4j_puts_on_the_signature_do_no_harm() -> None:
    scene: Scene = letter()
    scene.G.set("Id", "Signature-1")
    scene.G[2].set("Id", "KeyId-1")
    assert refused(scene.text(), RULES) == ""


# --- certificates ------------------------------------------------------------------------------


BAD_PEMS = {
    "W-56 1024 bits": pem_of(rsa.generate_private_key(65537, 1024)),
    "W-56 exponent 3": pem_of(rsa.generate_private_key(3, 2048)),
    "elliptic": pem_of(ec.generate_private_key(ec.SECP256R1())),
    "two": VICTIM.pem + VICTIM.pem,
    "none": b"",
    "rubbish": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "long": VICTIM.pem + b" " * certificates.MOST_PEM,
}


@pytest.mark.parametrize("pem", BAD_PEMS.values(), ids=BAD_PEMS)
def test_weak_and_broken_certificates_are_refused(pem: bytes) -> None:
    with pytest.raises(Refused) as no:
        certificates.load_pem(pem)
    assert no.value.refusal.code == "MalformedCertificate"


def test_w56_a_weak_key_on_record_verifies_nothing() -> None:
    key = rsa.generate_private_key(65537, 1024)
    sealed = open_envelope(letter().text(), RULES)
    with pytest.raises(Refused):
        verify(sealed, pem_of(key), NOW)


def test_a_made_certificate_says_what_the_original_said() -> None:
    key = signer("victim").key
    pem = certificates.self_issue(key, certificates.subject("cluster", "Cloud"), NOW)
    made = x509.load_pem_x509_certificate(pem)
    assert made.subject.rfc4514_string() == "CN=cluster,OU=Eucalyptus,O=Cloud,C=US"
    assert made.issuer == made.subject
    assert isinstance(made.signature_hash_algorithm, hashes.SHA512)
    assert certificates.load_pem(pem).not_after - NOW > 5 * 365 * DAY - DAY
    made.verify_directly_issued_by(made)


def test_an_identity_is_a_key_with_its_own_certificate() -> None:
    mine = certificates.identity(VICTIM.pem, certificates.key_pem(VICTIM.key))
    assert mine.fingerprint == VICTIM.fingerprint
    assert "key" not in repr(mine)
    with pytest.raises(ValueError, match="does not belong"):
        certificates.identity(signer("other").pem, certificates.key_pem(VICTIM.key))
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for bad in (b"", elliptic):
        with pytest.raises(ValueError):
            certificates.load_key(bad)
    locked = VICTIM.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    with pytest.raises(ValueError, match="unencrypted"):
        certificates.load_key(locked)


def test_canonical_octets_are_never_empty() -> None:
    assert canonical(letter().B).startswith(b"<")


def test_w35_a_part_without_canonical_form_is_refused() -> None:
    with pytest.raises(ValueError):
        verifying.something(b"")
    with pytest.raises(Refused):
        verifying.canonical(etree.fromstring('<a xmlns:v="1" v:b=""/>'), ())
