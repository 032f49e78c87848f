# SPDX-License-Identifier: BSD-2-Clause
"""Key pairs."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter
from eucalyptus.contracts.refusals import DUPLICATE_KEY, INVALID_KEY_FORMAT, NO_SUCH_KEY


@message("CreateKeyPairType")
class CreateKeyPair:
    """The parameters of CreateKeyPair."""

    key_name: str


@message("CreateKeyPairResponseType")
class CreateKeyPairResponse:
    """What CreateKeyPair answers."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    key_name: str
    key_fingerprint: str
    key_material: str


@message("ImportKeyPairType")
class ImportKeyPair:
    """The parameters of ImportKeyPair."""

    key_name: str
    public_key_material: str


@message("ImportKeyPairResponseType")
class ImportKeyPairResponse:
    """What ImportKeyPair answers."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    key_name: str
    key_fingerprint: str


@message("DescribeKeyPairsItemType")
class DescribeKeyPairsItem:
    """Describe key pairs."""

    key_name: str


@message("DescribeKeyPairsType")
class DescribeKeyPairs:
    """The parameters of DescribeKeyPairs."""

    key: tuple[DescribeKeyPairsItem, ...] = items(
        "DescribeKeyPairsInfoType", default=(), name="keySet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("DescribeKeyPairsResponseItemType")
class DescribeKeyPairsResponseItem:
    """Describe key pairs response."""

    key_name: str
    key_fingerprint: str


@message("DescribeKeyPairsResponseType")
class DescribeKeyPairsResponse:
    """What DescribeKeyPairs answers."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    key: tuple[DescribeKeyPairsResponseItem, ...] = items(
        "DescribeKeyPairsResponseInfoType", default=(), name="keySet", required=True
    )


@message("DeleteKeyPairType")
class DeleteKeyPair:
    """The parameters of DeleteKeyPair."""

    key_name: str


@message("DeleteKeyPairResponseType")
class DeleteKeyPairResponse:
    """What DeleteKeyPair answers."""

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
