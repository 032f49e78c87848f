# SPDX-License-Identifier: BSD-2-Clause
"""Grants as REST says them: in headers where a thing is made, in a document where it is there."""

from __future__ import annotations

from typing import Any

from eucalyptus.contracts.s3 import INVALID_ARGUMENT
from eucalyptus.contracts.s3_soap.access import (
    AccessControlList,
    AccessControlPolicy,
    CanonicalUser,
    CustomerByEmail,
    Grantee,
    Group,
)
from eucalyptus.contracts.s3_soap.buckets import BucketLoggingStatus
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.contracts.s3_soap.refusals import INVALID_SOAP
from eucalyptus.wire.codec import codec_of
from walrus.core.records import Owner


def as_headers(access: AccessControlList | None) -> dict[str, str]:
    """The ``x-amz-grant-*`` headers; none for a list that is left out or empty."""
    said: dict[str, list[str]] = {}
    for grant in access.grants if access else ():
        name = "x-amz-grant-" + grant.permission.lower().replace("_", "-")
        said.setdefault(name, []).append(_grantee(grant.grantee))
    return {name: ", ".join(grantees) for name, grantees in said.items()}


def _grantee(grantee: Grantee) -> str:
    if isinstance(grantee, CanonicalUser):
        return f'id="{_plain(grantee.id)}"'
    if isinstance(grantee, CustomerByEmail):
        return f'emailAddress="{_plain(grantee.email_address)}"'
    assert isinstance(grantee, Group)  # there is no other
    return f'uri="{_plain(grantee.uri)}"'


def _plain(text: str) -> str:
    if not text.isascii() or not text.isprintable() or '"' in text or "," in text:
        raise INVALID_ARGUMENT(name="Grantee", value=text[:80], wanted="a grantee's name")
    return text


def document(access: AccessControlList | None, owner: Owner) -> bytes:
    """The AccessControlPolicy document that replaces all grants; the owner stays who it is.

    Raises INVALID_SOAP without a list: nothing must be granted, or taken away, by omission.
    """
    if access is None:
        raise INVALID_SOAP(reason="AccessControlList is missing. Say who may do what.")
    policy = AccessControlPolicy(owner=CanonicalUser(id=owner.canonical_id), access=access)
    return _written(policy, "AccessControlPolicy")


def logging_document(status: BucketLoggingStatus) -> bytes:
    """The BucketLoggingStatus document."""
    return _written(status, "BucketLoggingStatus")


def _written(value: Any, name: str) -> bytes:
    return codec_of(S3_SOAP).write(value, name)
