# SPDX-License-Identifier: BSD-2-Clause
"""Whose account and which user a request is about, found in its own transaction."""

from __future__ import annotations

from cloudcontroller.identity.core.scope import account_meant, user_meant
from cloudcontroller.identity.database import accounts, users
from eucalyptus.access.principals import Principal
from eucalyptus.database.run import Tx


def account_of(tx: Tx, caller: Principal, delegate: str | None) -> accounts.Account:
    """The account that is meant; raises ACCESS_DENIED, or NO_SUCH_ENTITY to a cloud admin."""
    return accounts.get(tx, account_meant(caller, delegate))


def user_of(tx: Tx, caller: Principal, delegate: str | None, name: str | None) -> users.User:
    """The user that is meant; raises also NO_SUCH_ENTITY and INVALID_VALUE."""
    account = account_of(tx, caller, delegate)
    return users.get(tx, account.number, user_meant(caller, account.number, name))
