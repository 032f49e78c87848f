# SPDX-License-Identifier: BSD-2-Clause
"""Encryption: what requests may ask for, and keys that open only what they wrapped."""

from __future__ import annotations

import base64
import hashlib

import pytest

from eucalyptus.contracts.refusals import Refused
from walrus.core import encryption
from walrus.core.encryption import AES256, CUSTOMER, OF_SOURCE, SSE, Customer, MasterKey
from walrus.core.records import BY_CUSTOMER, Encryption

KEY = bytes(range(32))
SECRET = b"s" * 32


def sent(key: bytes = KEY, **changed: str | None) -> dict[str, str]:
    """A customer's key as headers bring it."""
    digest = hashlib.md5(key, usedforsecurity=False).digest()
    said = {"algorithm": AES256, "key": base64.b64encode(key).decode(),
            "key_md5": base64.b64encode(digest).decode(), **changed}  # fmt: skip
    return {CUSTOMER + name.replace("_", "-"): v for name, v in said.items() if v is not None}


def test_what_is_wanted() -> None:
    """The request's word, else the bucket's."""
    assert encryption.wanted({}, "") == ""
    assert encryption.wanted({}, AES256) == AES256
    assert encryption.wanted({SSE: AES256}, "") == AES256
    wanted = encryption.wanted(sent(), AES256)
    assert isinstance(wanted, Customer)
    assert wanted.key == KEY
    assert str(KEY) not in repr(wanted)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({SSE: "aws:kms"}, "NotImplemented"), ({SSE: "aws:kms:dsse"}, "NotImplemented"),
        ({f"{SSE}-aws-kms-key-id": "k"}, "InvalidArgument"), ({SSE: ""}, None),
        ({SSE: "AES192"}, "InvalidArgument"),
        (sent(algorithm="AES128"), "InvalidEncryptionAlgorithmError"),
        (sent(algorithm=None), "InvalidArgument"), (sent(key=b"k" * 31), "InvalidArgument"),
        (sent(key_md5=None), "InvalidArgument"), (sent(key_md5="A" * 22 + "=="), "InvalidArgument"),
        (sent(key_md5="*"), "InvalidArgument"), (sent() | {SSE: AES256}, "InvalidArgument"),
        (sent() | {SSE: "aws:kms"}, "InvalidArgument"),
    ],
)  # fmt: skip
def test_what_cannot_be_wanted(headers: dict[str, str], code: str | None) -> None:
    """Each by its own name; never with the key in the words."""
    if code is None:
        assert encryption.wanted(headers, "") == ""
        return
    with pytest.raises(Refused) as caught:
        encryption.wanted(headers, "")
    assert caught.value.refusal.code == code
    assert base64.b64encode(KEY).decode() not in caught.value.message


def test_keys_open_what_they_wrapped() -> None:
    """And nothing else, be it another key, or a changed box, or one of another kind."""
    master, other = MasterKey(id="1" * 16, key=KEY), MasterKey(id="1" * 16, key=b"o" * 32)
    made = encryption.made(SECRET, master, b"n" * 12)
    assert encryption.opened(made, master) == SECRET
    assert SECRET not in base64.b64decode(made.wrapped)
    assert encryption.opened(made, other) is None
    assert encryption.opened(Encryption(by=BY_CUSTOMER, wrapped=made.wrapped), master) is None
    customers = encryption.made(SECRET, Customer(KEY, ""), b"n" * 12)
    assert customers.by_customer and not made.by_customer
    assert encryption.opened(customers, Customer(KEY, "")) == SECRET
    assert encryption.of_blob(SECRET, "a") != encryption.of_blob(SECRET, "b")


def test_readers() -> None:
    """Bring the customer's key when it is needed and only then."""
    by_cloud = Encryption(by="1" * 16, wrapped="")
    by_customer = Encryption(by=BY_CUSTOMER, wrapped="")
    assert encryption.reader({}, None) is encryption.reader({}, by_cloud) is None
    brought = encryption.reader(sent(), by_customer)
    assert brought is not None
    assert brought.key == KEY
    for headers, found in (
        ({}, by_customer), (sent(), by_cloud), (sent(), None), ({SSE: AES256}, by_cloud),
    ):  # fmt: skip
        with pytest.raises(Refused):
            encryption.reader(headers, found)


def test_sources_of_copies() -> None:
    """Say the same in headers of their own."""
    headers = {name.replace(CUSTOMER, OF_SOURCE): value for name, value in sent().items()}
    assert encryption.of_source({**headers, SSE: AES256}) == sent()


def test_answers() -> None:
    """Say how, never with what."""
    assert encryption.told(None, sent()) == {}
    assert encryption.told(Encryption(by="1" * 16, wrapped=""), {}) == {SSE: AES256}
    told = encryption.told(Encryption(by=BY_CUSTOMER, wrapped=""), sent())
    assert told == {
        f"{CUSTOMER}algorithm": AES256,
        f"{CUSTOMER}key-MD5": sent()[f"{CUSTOMER}key-md5"],
    }


def document(inside: str) -> bytes:
    """A configuration with one default."""
    default = f"<ApplyServerSideEncryptionByDefault>{inside}</ApplyServerSideEncryptionByDefault>"
    name = "ServerSideEncryptionConfiguration"
    return f"<{name}><Rule>{default}</Rule></{name}>".encode()


def test_defaults_of_buckets() -> None:
    """AES256 and nothing else."""
    good = document("<SSEAlgorithm>AES256</SSEAlgorithm>")
    assert encryption.read_default(good) == AES256
    assert encryption.read_default(encryption.default_document(AES256)) == AES256
    for inside, code in (
        ("<SSEAlgorithm>aws:kms</SSEAlgorithm>", "NotImplemented"),
        ("<SSEAlgorithm>AES128</SSEAlgorithm>", "MalformedXML"),
        ("", "MalformedXML"),
        ("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>", "MalformedXML"),
    ):
        with pytest.raises(Refused) as caught:
            encryption.read_default(document(inside))
        assert caught.value.refusal.code == code
