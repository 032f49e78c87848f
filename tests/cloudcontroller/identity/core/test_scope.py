# SPDX-License-Identifier: BSD-2-Clause
"""In whose account a request is done."""

from __future__ import annotations

import pytest

from cloudcontroller.identity.core.scope import account_meant, user_meant
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import ACCESS_DENIED, INVALID_VALUE, Refused


def principal(account: str) -> Principal:
    return Principal(
        account_id="111111111111",
        account_name=account,
        canonical_id="0" * 64,
        user_id="AIDX",
        user_name="admin",
        is_account_admin=True,
    )


@pytest.mark.parametrize("delegate", [None, "111111111111", "dev"])
def test_ones_own_account(delegate: str | None) -> None:
    assert account_meant(principal("dev"), delegate) == "111111111111"


@pytest.mark.parametrize("delegate", ["222222222222", "other", "eucalyptus", ""])
def test_another_account_is_for_cloud_administrators(delegate: str) -> None:
    with pytest.raises(Refused) as refused:
        account_meant(principal("dev"), delegate)
    assert refused.value.refusal is ACCESS_DENIED
    assert account_meant(principal("eucalyptus"), "other") == "other"


def test_the_user_is_the_caller_only_at_home() -> None:
    caller = principal("dev")
    assert user_meant(caller, "111111111111", None) == "admin"
    assert user_meant(caller, "222222222222", "bob") == "bob"
    with pytest.raises(Refused) as refused:
        user_meant(caller, "222222222222", None)
    assert refused.value.refusal is INVALID_VALUE
