# SPDX-License-Identifier: BSD-2-Clause
"""What accounts and users may be called."""

from __future__ import annotations

import pytest

from cloudcontroller.identity.core import names
from eucalyptus.contracts.refusals import ACCESS_DENIED, INVALID_VALUE, Refused


@pytest.mark.parametrize("name", ["a", "dev", "ops-2", "a.b_c", "1234567890123", "x" * 63])
def test_good_account_names(name: str) -> None:
    names.check_account_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "A", "-a", "a-", "a b", "a/b", "123456789012", "x" * 64, "é", "a\n", "../etc", "a\x00"],
)
def test_bad_account_names(name: str) -> None:
    with pytest.raises(Refused) as refused:
        names.check_account_name(name)
    assert refused.value.refusal is INVALID_VALUE


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "a\n", "ü", "a:b", "$(id)"])
def test_bad_user_names(name: str) -> None:
    with pytest.raises(Refused):
        names.check_user_name(name)


@pytest.mark.parametrize("path", ["", "a", "/a", "a/", "/a b/", "/" + "x" * 511 + "/", "/system/"])
def test_bad_paths(path: str) -> None:
    with pytest.raises(Refused):
        names.check_path(path)


def test_good_paths_and_users() -> None:
    for path in ("/", "/a/", "/a/b/"):
        names.check_path(path)
    for user in ("bob", "bob@example.com", "a+b=c,d.e-f_g"):
        names.check_user_name(user)


@pytest.mark.parametrize("email", ["nobody", "a@", "@b", "a b@c", "a@b\n"])
def test_bad_addresses(email: str) -> None:
    with pytest.raises(Refused):
        names.check_email(email)


def test_good_addresses() -> None:
    names.check_email("")
    names.check_email("ops@example.com")


def test_the_clouds_own_account_stays() -> None:
    with pytest.raises(Refused) as refused:
        names.check_deletable("eucalyptus")
    assert refused.value.refusal is ACCESS_DENIED
    names.check_deletable("dev")


def test_statuses() -> None:
    assert names.is_active("Active") and not names.is_active("Inactive")
    assert (names.status_of(True), names.status_of(False)) == ("Active", "Inactive")
    with pytest.raises(Refused):
        names.is_active("active")
