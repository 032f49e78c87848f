# SPDX-License-Identifier: BSD-2-Clause
"""Accounts: Eucalyptus' own addition to IAM, for cloud administrators."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, Reach, items, message, part
from eucalyptus.contracts.refusals import (
    ACCESS_DENIED,
    DELETE_CONFLICT,
    ENTITY_EXISTS,
    INVALID_VALUE,
    NO_SUCH_ENTITY,
)


@message("AccountType")
class Account:
    """One account; ``account_id`` is its 12-digit number, ``canonical_id`` 64 hex digits."""

    account_name: str = part(name="AccountName")
    account_id: str = part(name="AccountId")
    canonical_id: str = part(name="CanonicalId")
    email: str = part(default="", name="Email")
    create_date: datetime = part(name="CreateDate")


@message("CreateAccountType")
class CreateAccount:
    """Ask for a new account with its administrator, the user ``admin``."""

    account_name: str = part(name="AccountName")
    email: str = part(default="", name="Email")


@message("CreateAccountResponseType")
class CreateAccountResponse:
    """The new account."""

    account: Account = part(name="Account")


@message("ListAccountsType")
class ListAccounts:
    """Ask for all accounts of the cloud."""

    marker: str | None = part(default=None, name="Marker")
    max_items: int | None = part(default=None, name="MaxItems")


@message("ListAccountsResponseType")
class ListAccountsResponse:
    """Accounts in the order of their names."""

    accounts: tuple[Account, ...] = items(
        "AccountListType", default=(), name="Accounts", item="member", required=True
    )
    is_truncated: bool = part(default=False, name="IsTruncated", required=True)
    marker: str | None = part(default=None, name="Marker")


@message("DeleteAccountType")
class DeleteAccount:
    """Ask to delete an account; ``recursive`` takes its users and their credentials along."""

    account_name: str = part(name="AccountName")
    recursive: bool = part(default=False, name="Recursive")


@message("DeleteAccountResponseType")
class DeleteAccountResponse:
    """The account is gone."""


CREATE_ACCOUNT = Operation(
    name="CreateAccount",
    asks=CreateAccount,
    answers=CreateAccountResponse,
    refuses=(ENTITY_EXISTS, INVALID_VALUE),
    allows="iam:CreateAccount",
    reach=Reach.CLOUD_ADMIN,
    mutates=True,
    soap=False,
)

LIST_ACCOUNTS = Operation(
    name="ListAccounts",
    asks=ListAccounts,
    answers=ListAccountsResponse,
    refuses=(INVALID_VALUE,),
    allows="iam:ListAccounts",
    reach=Reach.CLOUD_ADMIN,
    soap=False,
)

DELETE_ACCOUNT = Operation(
    name="DeleteAccount",
    asks=DeleteAccount,
    answers=DeleteAccountResponse,
    refuses=(NO_SUCH_ENTITY, DELETE_CONFLICT, ACCESS_DENIED),
    allows="iam:DeleteAccount",
    reach=Reach.CLOUD_ADMIN,
    mutates=True,
    soap=False,
)

OPERATIONS = (CREATE_ACCOUNT, LIST_ACCOUNTS, DELETE_ACCOUNT)
