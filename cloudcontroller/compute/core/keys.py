# SPDX-License-Identifier: BSD-2-Clause
"""Key pairs: names, public keys in every format EC2 takes, and EC2's fingerprints."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
    load_ssh_public_key,
)

from eucalyptus.contracts.refusals import INVALID_KEY_FORMAT, INVALID_PARAMETER, MISSING_PARAMETER

PublicKey = RSAPublicKey | Ed25519PublicKey
MATERIAL_LIMIT = 16384
RSA_SIZES = range(1024, 16385)
_SSH2_BEGIN = "---- BEGIN SSH2 PUBLIC KEY ----"
_SSH2_END = "---- END SSH2 PUBLIC KEY ----"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A stored key pair: ``public_key`` is one OpenSSH line with the key's name as comment."""

    account_id: str
    name: str
    fingerprint: str
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey:
    """A key pair made for a caller; ``material`` is the PEM that only the caller gets."""

    fingerprint: str
    public_key: str
    material: str


def key_name(text: str) -> str:
    """A key pair's name: up to 255 printable characters without surrounding blanks."""
    name = text.strip()
    if not name:
        raise MISSING_PARAMETER(action="The request", name="KeyName")
    if len(name) > 255 or not name.isprintable():
        raise INVALID_PARAMETER(name="KeyName", value=text[:255], wanted="255 printable characters")
    return name


def colons(digest: bytes) -> str:
    """Bytes as fingerprints are written: ``ab:cd:…``."""
    return ":".join(f"{byte:02x}" for byte in digest)


def created(key: RSAPrivateKey, name: str) -> CreatedKey:
    """What CreateKeyPair stores and hands out; fingerprint: SHA-1 of the private key's DER."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return CreatedKey(
        fingerprint=colons(hashlib.sha1(der).digest()),  # noqa: S324 (EC2's fingerprint)
        public_key=_line(key.public_key(), name),
        material=pem.decode("ascii").strip(),
    )


def imported(account_id: str, name: str, material: str) -> KeyPair:
    """What ImportKeyPair stores, from base64 ``material``; refuses keys it cannot read.

    Fingerprint: MD5 of the public key's DER for RSA, base64 SHA-256 for ed25519, as EC2.
    """
    key = _read(_decode(material))
    if isinstance(key, RSAPublicKey):
        if key.key_size not in RSA_SIZES:
            raise INVALID_KEY_FORMAT(reason=f"an RSA key of {key.key_size} bits is not accepted")
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        fingerprint = colons(hashlib.md5(der).digest())  # noqa: S324 (EC2's fingerprint)
    else:
        raw = base64.b64decode(_line(key, "").split()[1])
        fingerprint = base64.b64encode(hashlib.sha256(raw).digest()).decode("ascii")
    return KeyPair(
        account_id=account_id, name=name, fingerprint=fingerprint, public_key=_line(key, name)
    )


def _line(key: PublicKey, name: str) -> str:
    text = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    return f"{text} {name}".strip()


def _decode(material: str) -> bytes:
    if not material or len(material) > MATERIAL_LIMIT:
        raise INVALID_KEY_FORMAT(reason=f"it must hold 1 to {MATERIAL_LIMIT} characters")
    try:
        decoded = base64.b64decode("".join(material.split()), validate=True)
    except (binascii.Error, ValueError):
        # Some clients send the text itself instead of its base64.
        decoded = material.encode()
    # "ssh-rsa AAAA" without its blank is valid base64 too, but decodes to nothing readable.
    return material.encode() if material.startswith(("ssh-", "----")) else decoded


def _read(blob: bytes) -> PublicKey:
    try:
        key = _load(blob)
    except (ValueError, UnsupportedAlgorithm, binascii.Error, UnicodeDecodeError) as wrong:
        raise INVALID_KEY_FORMAT(
            reason="it is no public key in OpenSSH, SSH2 (RFC 4716) or PKCS#8 (PEM, DER) form"
        ) from wrong
    if not isinstance(key, (RSAPublicKey, Ed25519PublicKey)):
        raise INVALID_KEY_FORMAT(reason="only RSA and ed25519 keys are accepted")
    return key


def _load(blob: bytes) -> object:
    if blob.startswith((b"0\x82", b"0\x81", b"0*")):
        return load_der_public_key(blob)
    text = blob.decode("ascii").strip()
    if text.startswith(_SSH2_BEGIN):
        return load_ssh_public_key(_from_ssh2(text))
    if text.startswith("-----BEGIN"):
        return load_pem_public_key(text.encode())
    return load_ssh_public_key(text.encode())


def _from_ssh2(text: str) -> bytes:
    lines = [line.strip() for line in text.splitlines()]
    if lines[-1] != _SSH2_END:
        raise ValueError("the SSH2 key has no end line")
    body, continued = [], False
    for line in lines[1:-1]:
        header = continued or ":" in line
        continued = header and line.endswith("\\")
        if not header:
            body.append(line)
    blob = base64.b64decode("".join(body), validate=True)
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
    return kind + b" " + base64.b64encode(blob)
