# SPDX-License-Identifier: BSD-2-Clause
"""RSA keys and X.509 certificates: made, fingerprinted, and loaded once.

A certificate is trusted because its fingerprint is on record, never because of its subject, its
issuer or a chain. So certificates are self-issued and only three facts of them matter: the key,
the validity, and the SHA-256 of the DER.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.x509.oid import NameOID

from eucalyptus.contracts.refusals import MALFORMED_CERTIFICATE

LEAST_BITS = 2048
MOST_BITS = 8192
LEAST_EXPONENT = 65537
YEARS = 5
MOST_PEM = 16384
"""Bytes of the longest PEM that is read; an honest certificate has about 1,300."""

_PEM_BEGINS = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A certificate read once. ``not_before``/``not_after`` are POSIX seconds.

    ``fingerprint`` is the lower-case hex SHA-256 of ``der``.
    """

    der: bytes
    fingerprint: str
    key: RSAPublicKey
    not_before: float
    not_after: float

    def is_valid(self, now: float) -> bool:
        """Whether ``now`` lies within the certificate's validity."""
        return self.not_before <= now <= self.not_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A private key with its certificate: what a component or user signs with.

    ``token`` is the base64 of the certificate's DER as it travels in every message.
    ``sha1`` signs with the original's rsa-sha1 instead of rsa-sha256.
    """

    fingerprint: str
    token: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)
    sha1: bool = False


def subject(common_name: str, organization: str) -> x509.Name:
    """The name of a cloud-made certificate: organization "User" for users, "Cloud" for services."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Eucalyptus"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def make_key() -> RSAPrivateKey:
    """A new RSA key of 2048 bits."""
    return generate_private_key(public_exponent=LEAST_EXPONENT, key_size=LEAST_BITS)


def self_issue(key: RSAPrivateKey, name: x509.Name, now: float) -> bytes:
    """The PEM of a certificate for ``key``, valid from a day before ``now`` for five years.

    The day covers hosts whose clocks are behind. SHA512withRSA, random serial.
    """
    start = datetime.fromtimestamp(now, UTC).replace(microsecond=0) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * YEARS + 2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA512())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def key_pem(key: RSAPrivateKey) -> bytes:
    """The unencrypted PKCS#8 PEM of ``key``."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _key_of(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise MALFORMED_CERTIFICATE(reason="its key is not RSA")
    if not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise MALFORMED_CERTIFICATE(
            reason=f"its key has {key.key_size} bits, not {LEAST_BITS} to {MOST_BITS}"
        )
    if key.public_numbers().e < LEAST_EXPONENT:
        raise MALFORMED_CERTIFICATE(reason=f"its exponent is below {LEAST_EXPONENT}")
    return key


def load_pem(pem: bytes) -> Loaded:
    """Read exactly one certificate; raises MALFORMED_CERTIFICATE saying what is wrong."""
    if len(pem) > MOST_PEM:
        raise MALFORMED_CERTIFICATE(reason=f"it is longer than {MOST_PEM} bytes")
    if pem.count(_PEM_BEGINS) != 1:
        raise MALFORMED_CERTIFICATE(reason="it does not hold exactly one PEM certificate")
    try:
        read = x509.load_pem_x509_certificate(pem)
        key = _key_of(read)
    except (ValueError, UnsupportedAlgorithm) as wrong:
        raise MALFORMED_CERTIFICATE(reason="it is not X.509 in PEM form") from wrong
    der = read.public_bytes(serialization.Encoding.DER)
    return Loaded(
        der=der,
        fingerprint=fingerprint_of(der),
        key=key,
        not_before=read.not_valid_before_utc.timestamp(),
        not_after=read.not_valid_after_utc.timestamp(),
    )


loaded = functools.lru_cache(maxsize=1024)(load_pem)
"""``load_pem`` that remembers: for certificates on record, which come with every message."""


def fingerprint_of(der: bytes) -> str:
    """Lower-case hex SHA-256 of a certificate's DER."""
    return hashlib.sha256(der).hexdigest()


def fingerprint(pem: bytes) -> str:
    """Fingerprint of a PEM certificate; raises MALFORMED_CERTIFICATE."""
    return loaded(pem).fingerprint


def load_key(pem: bytes) -> RSAPrivateKey:
    """Read an unencrypted RSA private key; takes about 30 ms. Raises ValueError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as wrong:
        raise ValueError("not an unencrypted RSA key in PEM form") from wrong
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def identity(certificate_pem: bytes, private_pem: bytes, *, sha1: bool = False) -> Identity:
    """What to sign with, from two PEMs; raises ValueError when they do not belong together."""
    certificate = loaded(certificate_pem)
    key = load_key(private_pem)
    if key.public_key().public_numbers() != certificate.key.public_numbers():
        raise ValueError("the private key does not belong to the certificate")
    return Identity(
        fingerprint=certificate.fingerprint,
        token=base64.b64encode(certificate.der),
        key=key,
        sha1=sha1,
    )
