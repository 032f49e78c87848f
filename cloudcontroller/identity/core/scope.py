# SPDX-License-Identifier: BSD-2-Clause
"""In whose account a request is to be done."""

from __future__ import annotations

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import ACCESS_DENIED, INVALID_VALUE


def account_meant(caller: Principal, delegate: str | None) -> str:
    """Name or number of the account that is meant; raises ACCESS_DENIED for somebody else's.

    Only an administrator of the cloud may name another account (``DelegateAccount``). The answer
    to all others is the same whether that account exists or not.
    """
    if delegate is None or delegate in (caller.account_id, caller.account_name):
        return caller.account_id
    if not caller.is_cloud_admin:
        raise ACCESS_DENIED(
            reason="DelegateAccount is for administrators of the cloud; leave it out."
        )
    return delegate


def user_meant(caller: Principal, account_id: str, name: str | None) -> str:
    """The name of the user that is meant: the caller when none is given in the own account."""
    if name is not None:
        return name
    if caller.account_id != account_id:
        raise INVALID_VALUE(reason="UserName: say which user of the other account is meant.")
    return caller.user_name
