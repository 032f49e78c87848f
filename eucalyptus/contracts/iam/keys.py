# SPDX-License-Identifier: BSD-2-Clause
"""Access keys: an id and a secret with which Query and REST requests are signed."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.refusals import (
    ACCESS_DENIED,
    IDENTITY_LIMIT,
    INVALID_VALUE,
    NO_SUCH_ENTITY,
)


@message("AccessKeyType")
class AccessKey:
    """A new access key; the secret is told this once."""

    user_name: str = part(name="UserName")
    access_key_id: str = part(name="AccessKeyId")
    status: str = part(name="Status")
    secret_access_key: str = part(name="SecretAccessKey")
    create_date: datetime = part(name="CreateDate")


@message("AccessKeyMetadataType")
class AccessKeyMetadata:
    """What is told of an access key afterwards. ``status`` is Active or Inactive."""

    user_name: str = part(name="UserName")
    access_key_id: str = part(name="AccessKeyId")
    status: str = part(name="Status")
    create_date: datetime = part(name="CreateDate")


@message("CreateAccessKeyType")
class CreateAccessKey:
    """Ask for an access key of a user; without a name, of the caller."""

    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("CreateAccessKeyResponseType")
class CreateAccessKeyResponse:
    """The new key."""

    access_key: AccessKey = part(name="AccessKey")


@message("ListAccessKeysType")
class ListAccessKeys:
    """Ask for a user's keys; without a name, for the caller's."""

    user_name: str | None = part(default=None, name="UserName")
    marker: str | None = part(default=None, name="Marker")
    max_items: int | None = part(default=None, name="MaxItems")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("ListAccessKeysResponseType")
class ListAccessKeysResponse:
    """Keys in the order of their ids."""

    access_key_metadata: tuple[AccessKeyMetadata, ...] = items(
        "AccessKeyMetadataListType",
        default=(),
        name="AccessKeyMetadata",
        item="member",
        required=True,
    )
    is_truncated: bool = part(default=False, name="IsTruncated", required=True)
    marker: str | None = part(default=None, name="Marker")


@message("UpdateAccessKeyType")
class UpdateAccessKey:
    """Ask to make a key ``Active`` or ``Inactive``."""

    access_key_id: str = part(name="AccessKeyId")
    status: str = part(name="Status")
    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("UpdateAccessKeyResponseType")
class UpdateAccessKeyResponse:
    """Done."""


@message("DeleteAccessKeyType")
class DeleteAccessKey:
    """Ask to delete a key."""

    access_key_id: str = part(name="AccessKeyId")
    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("DeleteAccessKeyResponseType")
class DeleteAccessKeyResponse:
    """The key is gone."""


CREATE_ACCESS_KEY = Operation(
    name="CreateAccessKey",
    asks=CreateAccessKey,
    answers=CreateAccessKeyResponse,
    refuses=(NO_SUCH_ENTITY, IDENTITY_LIMIT, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:CreateAccessKey",
    mutates=True,
    soap=False,
)

LIST_ACCESS_KEYS = Operation(
    name="ListAccessKeys",
    asks=ListAccessKeys,
    answers=ListAccessKeysResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:ListAccessKeys",
    soap=False,
)

UPDATE_ACCESS_KEY = Operation(
    name="UpdateAccessKey",
    asks=UpdateAccessKey,
    answers=UpdateAccessKeyResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:UpdateAccessKey",
    mutates=True,
    soap=False,
)

DELETE_ACCESS_KEY = Operation(
    name="DeleteAccessKey",
    asks=DeleteAccessKey,
    answers=DeleteAccessKeyResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:DeleteAccessKey",
    mutates=True,
    soap=False,
)

OPERATIONS = (CREATE_ACCESS_KEY, LIST_ACCESS_KEYS, UPDATE_ACCESS_KEY, DELETE_ACCESS_KEY)
