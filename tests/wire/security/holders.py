# SPDX-License-Identifier: BSD-2-Clause
"""Tokens and key references that name no key on record: rows W-19 and W-65 to W-70."""

from __future__ import annotations

import base64
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.wire import certificates
from eucalyptus.wire.security import names
from tests.wire.security.forge import FRONT, Style, letter, signer


def with_token(change: Callable[[Element], None], style: Style = FRONT) -> bytes:
    """A signed message whose token was changed."""
    scene = letter(style)
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
    ("W-65 5 MB", text("A" * 5_000_000)),
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


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate for a key of any kind, weak ones too."""
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
