# SPDX-License-Identifier: BSD-2-Clause
"""Key pairs, from the operations' side."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eucalyptus.contracts.ec2.filters import Filter, Value
from eucalyptus.contracts.ec2.keys import DescribeKeyPairsItem
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import BOB, KEY, Street

LINE = KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def names(street: Street, *asked: str) -> list[str]:
    """DescribeKeyPairs."""
    wanted = tuple(DescribeKeyPairsItem(key_name=name) for name in asked)
    return [k.key_name for k in street.ask("DescribeKeyPairs", key=wanted).key]


def test_a_created_key_is_handed_out_once(street: Street) -> None:
    """PEM in the answer, fingerprint in the list, no private key in the database."""
    answer = street.ask("CreateKeyPair", key_name="mine")
    assert answer.key_material.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert answer.key_fingerprint.count(":") == 19
    (row,) = street.rows("key_pairs")
    assert row.public_key.startswith("ssh-rsa ") and "PRIVATE" not in str(row)
    assert names(street) == ["mine"]


def test_names_are_taken_once_per_account(street: Street) -> None:
    """Alice's name is free for Bob."""
    street.ask("CreateKeyPair", key_name="mine")
    with pytest.raises(Refused, match="already exists"):
        street.ask("CreateKeyPair", key_name="mine")
    with pytest.raises(Refused, match="already exists"):
        street.ask("ImportKeyPair", key_name="mine", public_key_material=LINE.decode())
    street.ask("CreateKeyPair", BOB, key_name="mine")


def test_an_imported_key_keeps_its_text(street: Street) -> None:
    """Base64 of an OpenSSH line."""
    material = base64.b64encode(LINE).decode()
    answer = street.ask("ImportKeyPair", key_name="theirs", public_key_material=material)
    assert answer.key_fingerprint.count(":") == 15
    (row,) = street.rows("key_pairs")
    assert row.public_key == LINE.decode() + " theirs"


@pytest.mark.parametrize("material", ["", "c3NoLXJzYSBub25zZW5zZQ==", "x" * 20000])
def test_what_is_no_key_is_refused(street: Street, material: str) -> None:
    """InvalidKey.Format."""
    with pytest.raises(Refused, match="public key cannot be read"):
        street.ask("ImportKeyPair", key_name="theirs", public_key_material=material)


def test_deleting_is_forgiving_and_describing_is_not(street: Street) -> None:
    """A key that is not there: deleted without complaint, but not described."""
    street.ask("CreateKeyPair", key_name="mine")
    assert street.ask("DeleteKeyPair", key_name="mine").succeeded
    assert street.ask("DeleteKeyPair", key_name="mine").succeeded
    with pytest.raises(Refused, match="'mine' does not exist"):
        names(street, "mine")


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 256])
def test_names_are_printable(street: Street, name: str) -> None:
    """MissingParameter or InvalidParameterValue."""
    with pytest.raises(Refused):
        street.ask("CreateKeyPair", key_name=name)


def test_filters_select_by_fingerprint(street: Street) -> None:
    """fingerprint and key-name."""
    made = street.ask("CreateKeyPair", key_name="mine")
    asked = (Filter(name="fingerprint", value=(Value(value=made.key_fingerprint),)),)
    assert len(street.ask("DescribeKeyPairs", filter=asked).key) == 1
    asked = (Filter(name="key-name", value=(Value(value="other*"),)),)
    assert street.ask("DescribeKeyPairs", filter=asked).key == ()
