# SPDX-License-Identifier: BSD-2-Clause
"""Server-side encryption: what a request wants, and the keys of objects, wrapped.

Every object has a key of its own. It is wrapped by a master key of the cloud (SSE-S3), or by the
key that the customer sends with each request and that is kept nowhere (SSE-C). Each blob is
encrypted by a key derived from the object's and the blob's name, so none is ever used for two
texts. Pure: whoever calls hands in chance and the master keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eucalyptus.contracts.s3 import (
    INVALID_ARGUMENT,
    INVALID_ENCRYPTION,
    INVALID_REQUEST,
    MALFORMED_XML,
    NOT_IMPLEMENTED,
)
from walrus.core import markup
from walrus.core.records import BY_CUSTOMER, Encryption

SSE = "x-amz-server-side-encryption"
CUSTOMER = f"{SSE}-customer-"
OF_SOURCE = "x-amz-copy-source-server-side-encryption-customer-"
AES256 = "AES256"
KEY = 32
"""Bytes of every key."""
_NONCE = 12
_KMS = (f"{SSE}-aws-kms-key-id", f"{SSE}-context", f"{SSE}-bucket-key-enabled")


@dataclass(frozen=True, slots=True)
class Customer:
    """A key that came with a request; ``digest`` is its MD5 in base64."""

    key: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """A key of the cloud that wraps objects' keys."""

    id: str
    key: bytes = field(repr=False)


# --- what a request wants ------------------------------------------------------------------------


def wanted(headers: Mapping[str, str], default: str) -> Customer | str:
    """How a request wants its new object encrypted: by a customer's key, AES256, or "" (not).

    ``default`` is the bucket's. Raises INVALID_ARGUMENT, INVALID_ENCRYPTION, NOT_IMPLEMENTED.
    """
    by_customer = customer(headers)
    algorithm = headers.get(SSE, "")
    if by_customer and algorithm:
        raise INVALID_ARGUMENT(name=SSE, value=algorithm[:40], wanted="beside a customer's key")
    if algorithm.startswith("aws:kms"):
        raise NOT_IMPLEMENTED(what=f"{SSE}: {algorithm[:40]}")
    for name in _KMS:
        if name in headers:
            raise INVALID_ARGUMENT(name=name, value=headers[name][:80], wanted="without aws:kms")
    if algorithm not in ("", AES256):
        raise INVALID_ARGUMENT(name=SSE, value=algorithm[:40], wanted=AES256)
    return by_customer or algorithm or default


def customer(headers: Mapping[str, str], prefix: str = CUSTOMER) -> Customer | None:
    """The customer's key among some headers; raises INVALID_ARGUMENT or INVALID_ENCRYPTION."""
    names = [f"{prefix}{part}" for part in ("algorithm", "key", "key-md5")]
    algorithm, key, digest = (headers.get(name) for name in names)
    if algorithm is None and key is None and digest is None:
        return None
    for name, value in zip(names, (algorithm, key, digest), strict=True):
        if not value:
            raise INVALID_ARGUMENT(name=name, value="", wanted="left out: the three come together")
    if algorithm != AES256:
        raise INVALID_ENCRYPTION(algorithm=str(algorithm)[:40])
    # Never the key itself in a refusal: those are logged.
    plain = _decoded(str(key))
    if len(plain) != KEY:
        raise INVALID_ARGUMENT(name=names[1], value="…", wanted=f"{KEY} bytes in base64")
    if not hmac.compare_digest(_decoded(str(digest)), _md5(plain)):
        raise INVALID_ARGUMENT(name=names[2], value="…", wanted="the MD5 of the key")
    return Customer(plain, str(digest))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _md5(key: bytes) -> bytes:
    return hashlib.md5(key, usedforsecurity=False).digest()


def of_source(headers: Mapping[str, str]) -> dict[str, str]:
    """What a copy says of its source's encryption, as a GET of the source would say it."""
    return {
        CUSTOMER + name.removeprefix(OF_SOURCE): value
        for name, value in headers.items()
        if name.startswith(OF_SOURCE)
    }


def told(encryption: Encryption | None, headers: Mapping[str, str]) -> dict[str, str]:
    """What an answer says of an object's encryption to a request with these headers."""
    if encryption is None:
        return {}
    if not encryption.by_customer:
        return {SSE: AES256}
    digest = headers.get(f"{CUSTOMER}key-md5", "")
    return {f"{CUSTOMER}algorithm": AES256} | ({f"{CUSTOMER}key-MD5": digest} if digest else {})


# --- keys ----------------------------------------------------------------------------------------


def made(secret: bytes, wrapping: Customer | MasterKey, nonce: bytes) -> Encryption:
    """An object's key ``secret``, wrapped; ``nonce`` are 12 bytes never used before."""
    by = wrapping.id if isinstance(wrapping, MasterKey) else BY_CUSTOMER
    box = AESGCM(wrapping.key).encrypt(nonce, secret, _label(by))
    return Encryption(by=by, wrapped=base64.b64encode(nonce + box).decode())


def opened(encryption: Encryption, wrapping: Customer | MasterKey) -> bytes | None:
    """The object's key, None when it was wrapped by another key."""
    box = base64.b64decode(encryption.wrapped)
    try:
        label = _label(encryption.by)
        return AESGCM(wrapping.key).decrypt(box[:_NONCE], box[_NONCE:], label)
    except InvalidTag:
        return None


def _label(by: str) -> bytes:
    return f"walrus object key by {by}".encode()


def of_blob(secret: bytes, blob: str) -> bytes:
    """The key of one blob of an object."""
    return HKDF(SHA256(), KEY, None, f"walrus blob {blob}".encode()).derive(secret)


def reader(headers: Mapping[str, str], encryption: Encryption | None) -> Customer | None:
    """The customer's key that a reader brings, if one is needed; raises INVALID_REQUEST when it
    is missing, or when a request brings what has no place in it."""
    if SSE in headers:
        raise INVALID_ARGUMENT(name=SSE, value=headers[SSE][:40], wanted="sent by readers")
    brought = customer(headers)
    needed = encryption is not None and encryption.by_customer
    if needed and brought is None:
        raise INVALID_REQUEST(
            reason="The object is encrypted by a customer's key, which must come with the request."
        )
    if brought is not None and not needed:
        raise INVALID_REQUEST(reason="The object is not encrypted by a customer's key.")
    return brought


# --- a bucket's default --------------------------------------------------------------------------


def read_default(document: bytes) -> str:
    """The algorithm in a ServerSideEncryptionConfiguration; raises MALFORMED_XML and others."""
    root = markup.read(document, "ServerSideEncryptionConfiguration")
    rule = markup.parts(root, {"Rule"})["Rule"]
    inside = markup.parts(rule, {"ApplyServerSideEncryptionByDefault"}, {"BucketKeyEnabled"})
    default = inside["ApplyServerSideEncryptionByDefault"]
    said = markup.parts(default, {"SSEAlgorithm"}, {"KMSMasterKeyID"})
    algorithm = markup.content(said["SSEAlgorithm"])
    if algorithm.startswith("aws:kms"):
        raise NOT_IMPLEMENTED(what=f"Default encryption by {algorithm[:40]}")
    if algorithm != AES256 or "KMSMasterKeyID" in said:
        raise MALFORMED_XML(reason="SSEAlgorithm is AES256, without a key id")
    return algorithm


def default_document(algorithm: str) -> bytes:
    """ServerSideEncryptionConfiguration."""
    inside = markup.element("SSEAlgorithm", algorithm)
    rule = f"<ApplyServerSideEncryptionByDefault>{inside}</ApplyServerSideEncryptionByDefault>"
    return markup.root(
        "ServerSideEncryptionConfiguration",
        (f"<Rule>{rule}<BucketKeyEnabled>false</BucketKeyEnabled></Rule>",),
    )
