# SPDX-License-Identifier: BSD-2-Clause
"""Principals: the users in whose name requests are made, and how their credentials are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

CLOUD_ACCOUNT = "eucalyptus"
"""The account of the cloud's administrators."""
SYSTEM_USER = "cloud"
"""The user of that account as whom the cloud signs its own URLs; its bootstrap takes the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """One user of one account. ``account_id`` is 12 digits; ``canonical_id`` 64 hex digits."""

    account_id: str
    account_name: str
    canonical_id: str
    user_id: str
    user_name: str
    is_account_admin: bool

    @property
    def is_cloud_admin(self) -> bool:
        """Whether this user administers the cloud: an administrator of the cloud's own account."""
        return self.account_name == CLOUD_ACCOUNT and self.is_account_admin

    @property
    def is_the_cloud(self) -> bool:
        """Whether this is the cloud itself, which may read every image and nothing more."""
        return self.account_name == CLOUD_ACCOUNT and self.user_name == SYSTEM_USER

    @property
    def arn(self) -> str:
        """The ARN by which policies name this user."""
        return f"arn:aws:iam::{self.account_id}:user/{self.user_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """An active access key with its secret; ``repr`` hides the secret from logs."""

    key_id: str
    secret: str
    principal: Principal

    def __repr__(self) -> str:
        return f"AccessKey({self.key_id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An active signing certificate. ``fingerprint`` is the lower-case hex SHA-256 of its DER."""

    fingerprint: str
    pem: bytes
    principal: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as others may name it: 12-digit number, name, 64-hex canonical id."""

    account_id: str
    name: str
    canonical_id: str


class Accounts(Protocol):
    """Finds accounts to which somebody wants to grant something."""

    async def by_canonical_id(self, canonical_id: str) -> Account | None:
        """The account with this canonical id."""
        ...

    async def by_email(self, email: str) -> Sequence[Account]:
        """All accounts with this e-mail address, whatever its case."""
        ...


class Principals(Protocol):
    """Finds who stands behind a credential; None when it is unknown or inactive."""

    async def by_access_key(self, key_id: str) -> AccessKey | None:
        """The active access key ``key_id`` of an enabled user."""
        ...

    async def by_certificate(self, fingerprint: str) -> Certificate | None:
        """The active signing certificate with this fingerprint of an enabled user."""
        ...
