# SPDX-License-Identifier: BSD-2-Clause
"""Writes signed envelopes in the styles of real clients, and takes them apart for attacks.

Nothing of the product is used to sign: the tree is built here, canonicalized with lxml and signed
with ``cryptography``, so that our signer and our verifier are not each other's only witness.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import certificates
from eucalyptus.wire.security import Rules, Verified, Verifier, names, open_envelope, verify
from eucalyptus.wire.security.instants import format_instant
from eucalyptus.wire.security.reference import verify as reference_verify

NOW = 1_800_000_000.0
EC2 = "http://ec2.amazonaws.com/doc/2013-02-01/"
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}
METHODS = {"sha1": names.RSA_SHA1, "sha256": names.RSA_SHA256, "sha512": names.RSA_SHA512}
DIGESTS = {"sha1": names.SHA1, "sha256": names.SHA256, "sha512": names.SHA512}
NODE_URL = "http://10.0.0.5:8775/axis2/services/EucalyptusNC"


@dataclass(frozen=True)
class Signer:
    """A key and its certificate, as a person or a component has them."""

    key: RSAPrivateKey
    pem: bytes

    @property
    def der(self) -> bytes:
        return certificates.load_pem(self.pem).der

    @property
    def fingerprint(self) -> str:
        return certificates.fingerprint(self.pem)


@functools.cache
def signer(name: str) -> Signer:
    """The signer called ``name``; made once per run."""
    key = certificates.make_key()
    subject = certificates.subject(name.partition("/")[0], "User")
    return Signer(key, certificates.self_issue(key, subject, NOW))


def operation(name: str = "DescribeInstances", inside: str = "<instancesSet/>") -> str:
    """One EC2 request element."""
    return f'<{name} xmlns="{EC2}">{inside}</{name}>'


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one kind of client writes and signs, and what.

    ``good`` is what an honest Body holds; its part ``inner`` may be replaced by other content of
    the same operation. ``evil`` is what an attacker wants done.
    """

    soap: str = "soapenv"
    hash_name: str = "sha256"
    digest_name: str = ""
    order: Sequence[str] = ("T", "K", "G")
    signs: Sequence[str] = ("T", "B")
    enveloped: bool = False
    inclusive: Sequence[str] = ()
    inclusive_signed: Sequence[str] = ()
    id_names: Sequence[str] = (names.WSU_ID,)
    must_understand: bool = False
    wrapped_base64: bool = False
    addressed: bool = False
    lifetime: float = 300.0
    envelope_extra: str = ""
    good: str = operation()
    inner: str = "<instancesSet/>"
    evil: str = operation("TerminateInstances")
    to: str = NODE_URL
    action: str = "EucalyptusNC#ncX"


FRONT = Style()
INTERNAL = Style(addressed=True, signs=("T", "B", "To", "Action", "MessageID"))

CLIENTS = {
    "ec2-api-tools": Style(
        soap="soap", hash_name="sha1", order=("K", "G", "T"), wrapped_base64=True
    ),
    "node-soap": Style(
        soap="soap",
        signs=("B", "T", "K"),
        enveloped=True,
        must_understand=True,
        order=("K", "T", "G"),
        id_names=(names.WSU_ID, "Id"),
        lifetime=600.0,
    ),
    "node-soap-plain-ids": Style(
        soap="soap",
        hash_name="sha1",
        signs=("B", "T"),
        enveloped=True,
        must_understand=True,
        order=("K", "T", "G"),
        id_names=("Id",),
        lifetime=600.0,
    ),
    "zeep": Style(soap="soap-env", signs=("B", "T"), order=("K", "G", "T"), lifetime=60.0),
    "gsoap": Style(
        soap="SOAP-ENV",
        hash_name="sha1",
        inclusive=("SOAP-ENV", "wsu"),
        inclusive_signed=("SOAP-ENV",),
        must_understand=True,
    ),
    "wss4j": Style(inclusive=("soapenv", "#default"), inclusive_signed=("soapenv",)),
    "php": Style(
        soap="SOAP-ENV",
        hash_name="sha1",
        must_understand=True,
        envelope_extra='SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"',
    ),
    "rsa-sha512": Style(hash_name="sha512"),
    "signs-addressing": Style(addressed=True, signs=("T", "B", "K", "To", "MessageID")),
}


def _ids(style: Style, value: str) -> str:
    return " ".join(
        f'{"wsu:Id" if name == names.WSU_ID else name}="{value}"' for name in style.id_names
    )


def _blank(style: Style, who: Signer, body: str, now: float) -> str:
    p = style.soap
    token = base64.b64encode(who.der).decode()
    if style.wrapped_base64:
        token = "\n".join(token[at : at + 76] for at in range(0, len(token), 76))
    pieces = {
        "T": f"<wsu:Timestamp {_ids(style, 't')}><wsu:Created>{format_instant(now)}</wsu:Created>"
        f"<wsu:Expires>{format_instant(now + style.lifetime)}</wsu:Expires></wsu:Timestamp>",
        "K": f'<wsse:BinarySecurityToken EncodingType="{names.BASE64}" ValueType="{names.X509V3}" '
        f'wsu:Id="k">{token}</wsse:BinarySecurityToken>',
        "G": f'<ds:Signature xmlns:ds="{names.DS}"/>',
    }
    must = f' {p}:mustUnderstand="1"' if style.must_understand else ""
    addressing = (
        f'<wsa:To xmlns:wsa="{names.WSA}" wsu:Id="To">{style.to}</wsa:To>'
        f'<wsa:Action xmlns:wsa="{names.WSA}" wsu:Id="Action">{style.action}</wsa:Action>'
        f'<wsa:MessageID xmlns:wsa="{names.WSA}" wsu:Id="MessageID">urn:uuid:1</wsa:MessageID>'
        if style.addressed
        else ""
    )
    return (
        f'<{p}:Envelope xmlns:{p}="{names.SOAP}" xmlns:wsu="{names.WSU}" {style.envelope_extra}>'
        f'<{p}:Header><wsse:Security xmlns:wsse="{names.WSSE}"{must}>'
        f"{''.join(pieces[name] for name in style.order)}</wsse:Security>{addressing}</{p}:Header>"
        f"<{p}:Body {_ids(style, 'b')}>{body}</{p}:Body></{p}:Envelope>"
    )


def canonical(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    """Exclusive C14N."""
    return etree.tostring(
        element, method="c14n", exclusive=True, inclusive_ns_prefixes=list(prefixes) or None
    )


def _method(name: str, uri: str, prefixes: Sequence[str] = ()) -> str:
    inside = (
        f'<c:InclusiveNamespaces xmlns:c="{names.EXC}" PrefixList="{" ".join(prefixes)}"/>'
        if prefixes
        else ""
    )
    return f'<ds:{name} Algorithm="{uri}">{inside}</ds:{name}>'


def reference(uri: str, octets: bytes, style: Style) -> str:
    """The text of one ds:Reference over ``octets``."""
    digest_name = style.digest_name or style.hash_name
    digest = base64.b64encode(hashlib.new(digest_name, octets).digest()).decode()
    enveloped = _method("Transform", names.ENVELOPED) if style.enveloped else ""
    return (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{enveloped}'
        f"{_method('Transform', names.EXC, style.inclusive)}</ds:Transforms>"
        f"{_method('DigestMethod', DIGESTS[digest_name])}"
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )


KEY = (
    f'<ds:KeyInfo xmlns:ds="{names.DS}"><wsse:SecurityTokenReference xmlns:wsse="{names.WSSE}">'
    f'<wsse:Reference URI="#k" ValueType="{names.X509V3}"/>'
    "</wsse:SecurityTokenReference></ds:KeyInfo>"
)


@dataclass
class Scene:
    """A signed envelope taken apart. Letters as in the attack catalogue."""

    E: Element
    style: Style
    who: Signer
    references: list[str] = field(default_factory=list)

    @property
    def H(self) -> Element:
        return self.E[0]

    @property
    def S(self) -> Element:
        return self.find(names.SECURITY)

    @property
    def T(self) -> Element:
        return self.find(names.TIMESTAMP)

    @property
    def K(self) -> Element:
        return self.find(names.TOKEN)

    @property
    def G(self) -> Element:
        return self.find(names.SIGNATURE)

    @property
    def B(self) -> Element:
        return self.find(names.BODY)

    def find(self, tag: str) -> Element:
        """The first element with this tag."""
        return next(self.E.iter(tag))

    def by_letter(self, letter: str) -> Element:
        """A part by its letter, or a WS-Addressing header by its local name."""
        return getattr(self, letter) if len(letter) == 1 else self.find(f"{{{names.WSA}}}{letter}")

    def seal(self, change: Callable[[str], str] = str) -> Scene:
        """Sign what the style signs; ``change`` rewrites SignedInfo's text before it is signed."""
        texts = []
        for letter in self.style.signs:
            part = self.by_letter(letter)
            uri = "#" + (part.get(names.WSU_ID) or part.get("Id") or "")
            texts.append(reference(uri, canonical(part, self.style.inclusive), self.style))
        method = _method("SignatureMethod", METHODS[self.style.hash_name])
        c14n = _method("CanonicalizationMethod", names.EXC, self.style.inclusive_signed)
        signed = (
            f"<ds:SignedInfo xmlns:ds='{names.DS}'>{c14n}{method}{''.join(texts)}</ds:SignedInfo>"
        )
        return self.sign_text(change(signed))

    def sign_text(self, signed: str) -> Scene:
        """Put this SignedInfo into the Signature, sign it, and name the key."""
        G = self.G
        del G[:]
        G.append(etree.fromstring(signed))
        octets = canonical(G[0], self.style.inclusive_signed)
        value = self.who.key.sign(octets, PKCS1v15(), HASHES[self.style.hash_name])
        text = base64.encodebytes(value) if self.style.wrapped_base64 else base64.b64encode(value)
        etree.SubElement(G, names.SIGNATURE_VALUE).text = text.decode()
        G.append(etree.fromstring(KEY))
        return self

    def body(self, *, id: str | None = None) -> Element:
        """An attacker's Body."""
        evil = etree.Element(names.BODY)
        if id is not None:
            evil.set(names.WSU_ID, id)
        evil.append(etree.fromstring(self.style.evil))
        return evil

    def text(self) -> bytes:
        """The document as bytes."""
        return etree.tostring(self.E)


def letter(
    style: Style = FRONT,
    who: Signer | None = None,
    body: str | None = None,
    now: float = NOW,
) -> Scene:
    """A well-signed envelope, taken apart."""
    return unsigned(style, who, body, now).seal()


def unsigned(
    style: Style = FRONT, who: Signer | None = None, body: str | None = None, now: float = NOW
) -> Scene:
    """An envelope whose Signature is still empty."""
    who, said = who or signer("victim"), style.good if body is None else body
    return Scene(etree.fromstring(_blank(style, who, said, now)), style, who)


RECORDS = ("victim", "other")
"""The signers whose certificates are on record."""


def receive(
    document: bytes, rules: Rules, now: float = NOW, verifier: Verifier = verify
) -> Verified:
    """What a door does: open, look the fingerprint up, verify. Raises Refused."""
    sealed = open_envelope(document, rules)
    known = {signer(name).fingerprint: signer(name).pem for name in RECORDS}
    pem = known.get(sealed.fingerprint)
    if pem is None:
        raise LookupError("unknown certificate")
    return verifier(sealed, pem, now)


REFUSALS = {
    "AuthFailure",
    "RequestExpired",
    "MalformedRequest",
    "MissingAuthenticationToken",
    "MustUnderstand",
    "RequestTooLarge",
}


def refused(document: bytes, rules: Rules, now: float = NOW) -> str:
    """The code with which a document is refused, "UnknownCertificate", or "" when it is good.

    Both verifiers must say the same.
    """
    said = {verdict(document, rules, now, verifier) for verifier in (verify, reference_verify)}
    assert len(said) == 1, said
    return said.pop()


def verdict(document: bytes, rules: Rules, now: float = NOW, verifier: Verifier = verify) -> str:
    """What one verifier says."""
    try:
        receive(document, rules, now, verifier)
    except Refused as no:
        assert no.refusal.code in REFUSALS, no.refusal.code
        return no.refusal.code
    except LookupError:
        return "UnknownCertificate"
    return ""
