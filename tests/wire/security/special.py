# SPDX-License-Identifier: BSD-2-Clause
"""Rows that take more than one change: manifests, HMAC, signatures of themselves, look-alikes."""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from lxml import etree

from eucalyptus.wire import certificates
from eucalyptus.wire.security import names
from tests.wire.security.changes import EXC, many_references, replacing
from tests.wire.security.forge import (
    NOW,
    Scene,
    Signer,
    Style,
    canonical,
    letter,
    reference,
    signer,
    unsigned,
)

DOCTYPES = {
    "ATTLIST": b"<!DOCTYPE q [<!ATTLIST q foo ID #IMPLIED>]>",
    "plain": b"<!DOCTYPE q>",
    "external": b'<!DOCTYPE q SYSTEM "file:///etc/hostname">',
}
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"


def resigned(scene: Scene, references: str) -> bytes:
    """The scene with a SignedInfo of exactly these references, rightly signed."""
    head = canonical(scene.G[0]).decode().split("<ds:Reference", 1)[0]
    return scene.sign_text(head + references + "</ds:SignedInfo>").text()


def covering(scene: Scene, letters: tuple[str, ...]) -> str:
    """References to these parts of a scene."""
    parts = [scene.by_letter(each) for each in letters]
    return "".join(
        reference(f"#{part.get(names.WSU_ID)}", canonical(part), scene.style) for part in parts
    )


def through_a_manifest(style: Style) -> bytes:
    """The Body is covered by a ds:Manifest only, whose digests nobody checks."""
    scene = unsigned(style)
    others = tuple(letter for letter in style.signs if letter != "B")
    manifest = etree.fromstring(
        f'<ds:Object xmlns:ds="{names.DS}"><ds:Manifest Id="m">'
        f"{reference('#b', canonical(scene.B), style)}</ds:Manifest></ds:Object>"
    )
    text = covering(scene.seal(), others) + reference("#m", canonical(manifest[0]), style)
    resigned(scene, text)
    scene.G.append(manifest)
    scene.B[0].getparent().replace(scene.B[0], etree.fromstring(style.evil))  # type: ignore[union-attr]
    return scene.text()


def only_the_token(style: Style) -> bytes:
    """A signature over the token and nothing else."""
    scene = letter(style)
    return resigned(scene, covering(scene, ("K",)))


def over_itself(tag: str, style: Style) -> bytes:
    """The one reference is to a part of the signature."""
    scene = letter(style)
    part = scene.find(tag)
    part.set("Id", "self")
    return resigned(scene, reference("#self", canonical(part), style))


def one_more_header(style: Style) -> bytes:
    """A reference to a header that nobody knows."""
    scene = unsigned(style)
    extra = etree.SubElement(scene.H, "{urn:other}Trace")
    extra.set(names.WSU_ID, "w")
    more = reference("#w", canonical(extra), style)
    return scene.seal(
        lambda text: text.replace("</ds:SignedInfo>", more + "</ds:SignedInfo>")
    ).text()


def insisting_header(style: Style) -> bytes:
    """A header that must be understood and is not."""
    scene = letter(style)
    etree.SubElement(scene.H, "{urn:other}Trace").set(names.MUST_UNDERSTAND, "1")
    return scene.text()


def digest_of_nothing(style: Style) -> bytes:
    """A Body without a canonical form, under the digest of no bytes at all."""
    scene = unsigned(style)
    body = canonical(scene.B)
    made = base64.b64encode(hashlib.sha256(body).digest()).decode()
    nothing = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    text = scene.seal(replacing(made, nothing)).text().decode()
    return text.replace(style.inner, '<x xmlns:v="1" v:a=""/>').encode()


def short_digest(style: Style) -> bytes:
    """Half of a DigestValue."""
    scene = unsigned(style)
    whole = hashlib.sha256(canonical(scene.B)).digest()
    made, half = (base64.b64encode(each).decode() for each in (whole, whole[:16]))
    return scene.seal(replacing(made, half)).text()


def hmac_with(secret: bytes, style: Style) -> bytes:
    """A message whose RSA signature is an HMAC keyed with something public."""
    scene = unsigned(style).seal(replacing(names.RSA_SHA256, HMAC))
    octets = canonical(scene.G[0])
    scene.G[1].text = base64.b64encode(hmac.digest(secret, octets, "sha256")).decode()
    return scene.text()


def public_secrets() -> dict[str, bytes]:
    """What everybody knows of the victim's key."""
    who = signer("victim")
    public = who.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"DER": who.der, "PEM": who.pem, "public key": public, "nothing": b""}


def costly_references(style: Style) -> bytes:
    """Thousands of references to a large Body, and no signature worth checking."""
    big = style.good.replace(style.inner, "<x>" + "y" * 200_000 + "</x>")
    scene = unsigned(style, body=big).seal(many_references(3000))
    scene.G[1].text = base64.b64encode(b"\0" * 256).decode()
    return scene.text()


def costly_transforms(style: Style) -> bytes:
    """Twenty thousand canonicalizations of one part."""
    return unsigned(style).seal(lambda text: text.replace(EXC, EXC * 20_000, 1)).text()


def replaced_stamp(style: Style) -> bytes:
    """An expired Timestamp set aside, a fresh one of another message in its place."""
    scene = letter(style, now=NOW - 4000)
    old, fresh = scene.T, copy.deepcopy(letter(style).T)
    scene.S.replace(old, fresh)
    etree.SubElement(scene.H, "{urn:evil}Wrapper").append(old)
    old.set(names.WSU_ID, "t2")
    return scene.text()


@functools.cache
def lookalike() -> Signer:
    """A certificate like the victim's in everything but the key."""
    theirs = x509.load_pem_x509_certificate(signer("victim").pem)
    key = certificates.make_key()
    builder = x509.CertificateBuilder(
        issuer_name=theirs.issuer,
        subject_name=theirs.subject,
        public_key=key.public_key(),
        serial_number=theirs.serial_number,
        not_valid_before=theirs.not_valid_before_utc,
        not_valid_after=theirs.not_valid_after_utc,
        extensions=list(theirs.extensions),
    )
    theirs_id = x509.SubjectKeyIdentifier.from_public_key(theirs.public_key())
    builder = builder.add_extension(theirs_id, critical=False)
    pem = builder.sign(key, hashes.SHA512()).public_bytes(serialization.Encoding.PEM)
    return Signer(key, pem)


def under_the_victims_token(style: Style) -> bytes:
    """The victim's certificate with a signature by another key."""
    return letter(style, who=Signer(signer("other").key, signer("victim").pem)).text()
