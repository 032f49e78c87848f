# SPDX-License-Identifier: BSD-2-Clause
"""Key pairs."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter
from eucalyptus.contracts.refusals import DUPLICATE_KEY, INVALID_KEY_FORMAT, NO_SUCH_KEY


@message("CreateKeyPairType")
class CreateKeyPair:
    """Make a key pair; the private key is in the answer and kept nowhere else."""

    key_name: str


@message("CreateKeyPairResponseType")
class CreateKeyPairResponse:
    """The new key pair with its private key as PEM text."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    key_name: str
    key_fingerprint: str
    key_material: str


@message("ImportKeyPairType")
class ImportKeyPair:
    """Register the public half (base64 of its file) of a key pair made elsewhere."""

    key_name: str
    public_key_material: str


@message("ImportKeyPairResponseType")
class ImportKeyPairResponse:
    """The name and fingerprint of the key pair."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    key_name: str
    key_fingerprint: str


@message("DescribeKeyPairsItemType")
class DescribeKeyPairsItem:
    """The name of a key pair to describe."""

    key_name: str


@message("DescribeKeyPairsType")
class DescribeKeyPairs:
    """Describe key pairs by name or filter; without any, all of the account."""

    key: tuple[DescribeKeyPairsItem, ...] = items(
        "DescribeKeyPairsInfoType", default=(), name="keySet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("DescribeKeyPairsResponseItemType")
class DescribeKeyPairsResponseItem:
    """One key pair: its name and fingerprint."""

    key_name: str
    key_fingerprint: str


@message("DescribeKeyPairsResponseType")
class DescribeKeyPairsResponse:
    """The key pairs asked for, without their keys."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    key: tuple[DescribeKeyPairsResponseItem, ...] = items(
        "DescribeKeyPairsResponseInfoType", default=(), name="keySet", required=True
    )


@message("DeleteKeyPairType")
class DeleteKeyPair:
    """Forget a key pair; instances that have it keep it, and an unknown name is fine."""

    key_name: str


@message("DeleteKeyPairResponseType")
class DeleteKeyPairResponse:
    """Whether it is gone."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


CREATE_KEY_PAIR = Operation(
    name="CreateKeyPair",
    asks=CreateKeyPair,
    answers=CreateKeyPairResponse,
    refuses=(DUPLICATE_KEY,),
    allows="ec2:CreateKeyPair",
    mutates=True,
)


IMPORT_KEY_PAIR = Operation(
    name="ImportKeyPair",
    asks=ImportKeyPair,
    answers=ImportKeyPairResponse,
    refuses=(
        DUPLICATE_KEY,
        INVALID_KEY_FORMAT,
    ),
    allows="ec2:ImportKeyPair",
    since="2010-08-31",
    mutates=True,
)


DESCRIBE_KEY_PAIRS = Operation(
    name="DescribeKeyPairs",
    asks=DescribeKeyPairs,
    answers=DescribeKeyPairsResponse,
    refuses=(NO_SUCH_KEY,),
    allows="ec2:DescribeKeyPairs",
    soap_action_was=(("2006-06-26", "DescribeKeyPair"),),
)


DELETE_KEY_PAIR = Operation(
    name="DeleteKeyPair",
    asks=DeleteKeyPair,
    answers=DeleteKeyPairResponse,
    allows="ec2:DeleteKeyPair",
    mutates=True,
)


OPERATIONS = (
    CREATE_KEY_PAIR,
    IMPORT_KEY_PAIR,
    DESCRIBE_KEY_PAIRS,
    DELETE_KEY_PAIR,
)
