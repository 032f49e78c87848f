# SPDX-License-Identifier: BSD-2-Clause
"""Whose key it is: rows W-56 and W-60 to W-70, and the certificates themselves."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import certificates
from eucalyptus.wire.security import Rules, names, open_envelope, verify, verifying
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

RULES = Rules.front_door()
DAY = 86_400.0


def with_token(change: Callable[[Element], None]) -> bytes:
    scene = letter()
    change(scene.K)
    return scene.text()


def text(value: str | bytes) -> Callable[[Element], None]:
    said = value if isinstance(value, str) else base64.b64encode(value).decode()

    def change(token: Element) -> None:
        token.text = said

    return change


def attribute(name: str, value: str) -> Callable[[Element], None]:
    return lambda token: token.set(name, value)


def ber(der: bytes) -> bytes:
    """The same certificate with a length in a longer form than DER allows."""
    assert der[:2] == b"\x30\x82"
    return b"\x30\x83\x00" + der[2:]


VICTIM = signer("victim")
TOKEN_ROWS: list[tuple[str, Callable[[Element], None]]] = [
    ("W-65 PEM armour", text(VICTIM.pem.decode())),
    ("W-65 two certificates", text(VICTIM.der + signer("other").der)),
    ("W-65 trailing byte", text(VICTIM.der + b"\0")),
    ("W-65 PKCS7", attribute("ValueType", names.X509V3.replace("X509v3", "PKCS7"))),
    ("W-65 PKIPath", attribute("ValueType", names.X509V3.replace("X509v3", "X509PKIPathv1"))),
    ("W-65 encoding", attribute("EncodingType", names.BASE64.replace("Base64", "Hex"))),
    ("W-65 5 MB", text("A" * 1_000_000)),
    ("W-65 20 kB", text("A" * 20_000)),
    ("W-65 no-break space", text(base64.b64encode(VICTIM.der).decode() + "\u00a0")),
    ("W-65 not base64", text("****")),
    ("W-65 empty", text("")),
    ("W-65 lax padding", text(base64.b64encode(VICTIM.der).decode().rstrip("=") + "=====")),
    ("W-65 BER length", text(ber(VICTIM.der))),
    ("W-65 unknown attribute", attribute("Unknown", "x")),
    ("W-65 child", lambda token: token.append(etree.Element("x"))),
    ("W-70 attacker's token", text(signer("stranger").der)),
    ("W-19 another's token", text(signer("other").der)),
]


@pytest.mark.parametrize(("row", "change"), TOKEN_ROWS, ids=[row for row, _ in TOKEN_ROWS])
def test_a_token_is_one_der_certificate_on_record(
    row: str, change: Callable[[Element], None]
) -> None:
    assert refused(letter().text(), RULES) == ""
    assert refused(with_token(change), RULES), row


def test_w60_a_lookalike_is_a_stranger() -> None:
    lookalike = signer("victim/lookalike")
    mine, theirs = (x509.load_pem_x509_certificate(each.pem) for each in (lookalike, VICTIM))
    assert mine.subject == theirs.subject
    assert refused(letter(who=lookalike).text(), RULES) == "UnknownCertificate"
    sealed = open_envelope(letter(who=lookalike).text(), RULES)
    with pytest.raises(Refused) as no:
        verify(sealed, VICTIM.pem, NOW)
    assert no.value.refusal.code == "AuthFailure"


def test_w60_the_victims_token_with_the_attackers_key() -> None:
    assert refused(letter(who=Signer(signer("other").key, VICTIM.pem)).text(), RULES)


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


def key_rows() -> list[tuple[str, str]]:
    reference = f'<wsse:Reference URI="#k" ValueType="{names.X509V3}"/>'
    token = f"<wsse:SecurityTokenReference>{reference}</wsse:SecurityTokenReference>"
    return [
        ("KeyValue", "<ds:KeyValue/>"),
        ("X509Data", "<ds:X509Data/>"),
        ("KeyName", "<ds:KeyName>k</ds:KeyName>"),
        ("PGPData", "<ds:PGPData/>"),
        ("RetrievalMethod", '<ds:RetrievalMethod URI="http://127.0.0.1:9/"/>'),
        ("none", ""),
        ("two", token * 2),
        ("text", "x" + token),
        ("Embedded", "<wsse:SecurityTokenReference><wsse:Embedded/></wsse:SecurityTokenReference>"),
        ("KeyIdentifier", token.replace("wsse:Reference", "wsse:KeyIdentifier")),
        ("two references", token.replace(reference, reference * 2)),
        ("SAML", token.replace("X509v3", "SAML")),
        ("external", token.replace("#k", "http://127.0.0.1:9/")),
        ("the Timestamp", token.replace("#k", "#t")),
        ("nothing", token.replace("#k", "#z")),
        ("no URI", token.replace('URI="#k"', "")),
        ("attribute", token.replace("URI", 'x="" URI')),
        ("attribute of the reference", token.replace("TokenReference>", 'TokenReference x="">', 1)),
        ("attribute of KeyInfo", "@" + token),
        ("content", token.replace("/></", ">x</wsse:Reference></")),
    ]


@pytest.mark.parametrize(("row", "inside"), key_rows(), ids=[row for row, _ in key_rows()])
def test_w66_the_key_is_named_in_one_way_only(row: str, inside: str) -> None:
    good = letter().text().decode()
    sound = re.sub(r"(<ds:KeyInfo[^>]*>).*?(</ds:KeyInfo>)", rf"\1{key_rows_sound()}\2", good)
    assert refused(sound.encode(), RULES) == ""
    bad = re.sub(
        r"(<ds:KeyInfo[^>]*>).*?(</ds:KeyInfo>)",
        lambda found: (
            found[1].replace(">", ' x="">' if inside[:1] == "@" else ">")
            + inside.lstrip("@")
            + found[2]
        ),
        good,
    )
    assert refused(bad.encode(), RULES) == "AuthFailure", row


def key_rows_sound() -> str:
    """The one good way, with the ids that old WSS4J adds."""
    return (
        '<wsse:SecurityTokenReference wsu:Id="STRId-1">'
        '<wsse:Reference URI="#k"/></wsse:SecurityTokenReference>'
    )


def test_ids_that_wss4j_puts_on_the_signature_do_no_harm() -> None:
    scene: Scene = letter()
    scene.G.set("Id", "Signature-1")
    scene.G[2].set("Id", "KeyId-1")
    assert refused(scene.text(), RULES) == ""


# --- certificates ------------------------------------------------------------------------------


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    name = certificates.subject("x", "User")
    start = x509.load_pem_x509_certificate(VICTIM.pem)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start.not_valid_before_utc)
        .not_valid_after(start.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


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
