# SPDX-License-Identifier: BSD-2-Clause
"""Accounts: create, list, delete."""

from __future__ import annotations

import dataclasses

import pytest

from cloudcontroller.identity.database import accounts, certificates, keys
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.iam.accounts import CreateAccount, DeleteAccount, ListAccounts
from eucalyptus.contracts.iam.certificates import CreateSigningCertificate
from eucalyptus.contracts.iam.keys import CreateAccessKey
from eucalyptus.contracts.iam.users import CreateUser, ListUsers
from eucalyptus.contracts.refusals import DELETE_CONFLICT, Refused
from eucalyptus.database.run import Tx
from tests.cloudcontroller.identity.conftest import Room


def test_a_new_account_has_an_administrator(room: Room, cloud_admin: Principal) -> None:
    made = room.ask(cloud_admin, CreateAccount(account_name="acme", email="a@b.c")).account
    assert (made.account_name, made.email, len(made.account_id)) == ("acme", "a@b.c", 12)
    assert len(made.canonical_id) == 64
    listed = room.ask(cloud_admin, ListUsers(delegate_account="acme")).users
    assert [user.user_name for user in listed] == ["admin"]
    assert listed[0].arn == f"arn:aws:iam::{made.account_id}:user/admin"


def test_accounts_are_listed_by_name_in_pages(room: Room, cloud_admin: Principal) -> None:
    for name in ("b", "a", "c"):
        room.ask(cloud_admin, CreateAccount(account_name=name))
    first = room.ask(cloud_admin, ListAccounts(max_items=3))
    assert [a.account_name for a in first.accounts] == ["a", "b", "c"]
    assert first.is_truncated
    second = room.ask(cloud_admin, ListAccounts(marker=first.marker))
    assert [a.account_name for a in second.accounts] == ["eucalyptus"]
    assert not second.is_truncated


def test_a_fresh_account_is_deleted(room: Room, cloud_admin: Principal) -> None:
    room.ask(cloud_admin, CreateAccount(account_name="acme"))
    room.ask(cloud_admin, DeleteAccount(account_name="acme"))
    assert len(room.ask(cloud_admin, ListAccounts()).accounts) == 1


def test_deleting_recursively_takes_people_and_credentials(
    room: Room, cloud_admin: Principal, dev: Principal
) -> None:
    room.ask(dev, CreateUser(user_name="bob"))
    room.ask(dev, CreateAccessKey(user_name="bob"))
    made = room.ask(dev, CreateSigningCertificate(user_name="bob")).certificate
    with pytest.raises(Refused) as refused:
        room.ask(cloud_admin, DeleteAccount(account_name="dev"))
    assert refused.value.refusal is DELETE_CONFLICT
    assert "user bob" in refused.value.message
    assert "1 access key" in refused.value.message
    room.ask(cloud_admin, DeleteAccount(account_name="dev", recursive=True))
    left = room.spin(room.world.database.read(accounts.find, "dev"))
    assert left is None
    print_ = made.certificate_id.lower()
    assert room.spin(room.world.database.read(certificates.owners, [print_])) == {}
    assert room.spin(room.world.database.read(keys.of_user, dev.user_id)) == ()


def test_what_other_rooms_keep_for_an_account_keeps_the_account(
    room: Room, cloud_admin: Principal, dev: Principal
) -> None:
    asked: list[str] = []

    def belongings(tx: Tx, number: str) -> tuple[str, ...]:
        asked.append(number)
        return ("3 instances",)

    room.world = dataclasses.replace(room.world, belongings=(belongings,))
    with pytest.raises(Refused, match="3 instances"):
        room.ask(cloud_admin, DeleteAccount(account_name="dev", recursive=True))
    assert asked == [dev.account_id]
