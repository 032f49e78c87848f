# SPDX-License-Identifier: BSD-2-Clause
"""Every refusal that identity declares is provoked, and nothing has changed afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from cloudcontroller.identity.pairs import make_pair
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.iam import accounts, certificates, keys, users
from eucalyptus.contracts.iam.accounts import CreateAccount, DeleteAccount, ListAccounts
from eucalyptus.contracts.iam.certificates import (
    CreateSigningCertificate,
    DeleteSigningCertificate,
    ListSigningCertificates,
    UpdateSigningCertificate,
    UploadSigningCertificate,
)
from eucalyptus.contracts.iam.keys import (
    CreateAccessKey,
    DeleteAccessKey,
    ListAccessKeys,
    UpdateAccessKey,
)
from eucalyptus.contracts.iam.users import CreateUser, DeleteUser, GetUser, ListUsers
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.contracts.refusals import (
    ACCESS_DENIED,
    DELETE_CONFLICT,
    DUPLICATE_CERTIFICATE,
    ENTITY_EXISTS,
    IDENTITY_LIMIT,
    INVALID_VALUE,
    MALFORMED_CERTIFICATE,
    NO_SUCH_ENTITY,
    Refusal,
    Refused,
)
from eucalyptus.database.run import Tx
from tests.cloudcontroller.identity.conftest import Room, pair

PEM = pair(60).certificate.decode()
CLOUD, DEV = "cloud", "dev"

CASES: list[tuple[str, Any, Refusal]] = [
    (CLOUD, CreateAccount(account_name="dev"), ENTITY_EXISTS),
    (CLOUD, CreateAccount(account_name="No Good"), INVALID_VALUE),
    (CLOUD, CreateAccount(account_name="good", email="bad"), INVALID_VALUE),
    (CLOUD, ListAccounts(max_items=0), INVALID_VALUE),
    (CLOUD, DeleteAccount(account_name="nobody"), NO_SUCH_ENTITY),
    (CLOUD, DeleteAccount(account_name="dev"), DELETE_CONFLICT),
    (CLOUD, DeleteAccount(account_name="eucalyptus", recursive=True), ACCESS_DENIED),
    (DEV, CreateUser(user_name="BOB"), ENTITY_EXISTS),
    (DEV, CreateUser(user_name="bo b"), INVALID_VALUE),
    (DEV, CreateUser(user_name="eve", path="/system/"), INVALID_VALUE),
    (CLOUD, CreateUser(user_name="eve", delegate_account="nobody"), NO_SUCH_ENTITY),
    (DEV, CreateUser(user_name="eve", delegate_account="eucalyptus"), ACCESS_DENIED),
    (DEV, ListUsers(max_items=9999), INVALID_VALUE),
    (CLOUD, ListUsers(delegate_account="nobody"), NO_SUCH_ENTITY),
    (DEV, ListUsers(delegate_account="eucalyptus"), ACCESS_DENIED),
    (DEV, GetUser(user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, GetUser(user_name="admin", delegate_account="eucalyptus"), ACCESS_DENIED),
    (CLOUD, GetUser(delegate_account="dev"), INVALID_VALUE),
    (DEV, DeleteUser(user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, DeleteUser(user_name="bob"), DELETE_CONFLICT),
    (DEV, DeleteUser(user_name="admin", is_recursive=True), DELETE_CONFLICT),
    (DEV, DeleteUser(user_name="admin", delegate_account="eucalyptus"), ACCESS_DENIED),
    (DEV, CreateAccessKey(user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, CreateAccessKey(user_name="bob"), IDENTITY_LIMIT),
    (DEV, CreateAccessKey(user_name="admin", delegate_account="eucalyptus"), ACCESS_DENIED),
    (CLOUD, CreateAccessKey(delegate_account="dev"), INVALID_VALUE),
    (DEV, ListAccessKeys(user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, ListAccessKeys(max_items=0), INVALID_VALUE),
    (DEV, ListAccessKeys(delegate_account="eucalyptus"), ACCESS_DENIED),
    (DEV, UpdateAccessKey(access_key_id="AKINONE", status="Active"), NO_SUCH_ENTITY),
    (DEV, UpdateAccessKey(access_key_id="AKINONE", status="On"), INVALID_VALUE),
    (
        DEV,
        UpdateAccessKey(access_key_id="K", status="Active", delegate_account="eucalyptus"),
        ACCESS_DENIED,
    ),
    (DEV, DeleteAccessKey(access_key_id="AKINONE"), NO_SUCH_ENTITY),
    (DEV, DeleteAccessKey(access_key_id="K", delegate_account="eucalyptus"), ACCESS_DENIED),
    (CLOUD, DeleteAccessKey(access_key_id="K", delegate_account="dev"), INVALID_VALUE),
    (DEV, CreateSigningCertificate(user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, CreateSigningCertificate(user_name="bob"), IDENTITY_LIMIT),
    (DEV, CreateSigningCertificate(delegate_account="eucalyptus"), ACCESS_DENIED),
    (CLOUD, CreateSigningCertificate(delegate_account="dev"), INVALID_VALUE),
    (DEV, UploadSigningCertificate(certificate_body=PEM, user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, UploadSigningCertificate(certificate_body=PEM, user_name="bob"), IDENTITY_LIMIT),
    (
        DEV,
        UploadSigningCertificate(certificate_body=PEM, delegate_account="eucalyptus"),
        ACCESS_DENIED,
    ),
    (CLOUD, UploadSigningCertificate(certificate_body=PEM, delegate_account="dev"), INVALID_VALUE),
    (DEV, UploadSigningCertificate(certificate_body="no PEM"), MALFORMED_CERTIFICATE),
    (DEV, UploadSigningCertificate(certificate_body=PEM * 2), MALFORMED_CERTIFICATE),
    (DEV, UploadSigningCertificate(certificate_body="TAKEN"), DUPLICATE_CERTIFICATE),
    (DEV, ListSigningCertificates(user_name="nobody"), NO_SUCH_ENTITY),
    (DEV, ListSigningCertificates(max_items=0), INVALID_VALUE),
    (DEV, ListSigningCertificates(delegate_account="eucalyptus"), ACCESS_DENIED),
    (DEV, UpdateSigningCertificate(certificate_id="X", status="Active"), NO_SUCH_ENTITY),
    (DEV, UpdateSigningCertificate(certificate_id="X", status=""), INVALID_VALUE),
    (
        DEV,
        UpdateSigningCertificate(certificate_id="X", status="Active", delegate_account="zoo"),
        ACCESS_DENIED,
    ),
    (DEV, DeleteSigningCertificate(certificate_id="X"), NO_SUCH_ENTITY),
    (DEV, DeleteSigningCertificate(certificate_id="X", delegate_account="zoo"), ACCESS_DENIED),
    (CLOUD, DeleteSigningCertificate(certificate_id="X", delegate_account="dev"), INVALID_VALUE),
]


def operation_of(ask: Any) -> str:
    return next(o.name for o in IDENTITY.operations if o.asks is type(ask))


def everything(tx: Tx) -> list[str]:
    tables = ("accounts", "users", "access_keys", "certificates")
    return [
        str(row)
        for table in tables
        for row in tx.execute(text(f"SELECT t::text FROM identity.{table} t ORDER BY 1"))
    ]


@pytest.fixture
def callers(room: Room, cloud_admin: Principal, dev: Principal) -> dict[str, Principal]:
    """``dev`` with a user bob who has all the credentials that he may have."""
    room.ask(dev, CreateUser(user_name="bob"))
    for _ in range(2):
        room.ask(dev, CreateAccessKey(user_name="bob"))
        room.ask(dev, CreateSigningCertificate(user_name="bob"))
    return {CLOUD: cloud_admin, DEV: dev}


@pytest.mark.parametrize(
    ("who", "ask", "refusal"), CASES, ids=[f"{operation_of(a)}-{r.code}" for _, a, r in CASES]
)
def test_refused_and_nothing_changed(
    room: Room, callers: dict[str, Principal], who: str, ask: Any, refusal: Refusal
) -> None:
    if ask == UploadSigningCertificate(certificate_body="TAKEN"):
        listed = room.ask(callers[DEV], ListSigningCertificates(user_name="bob")).certificates
        ask = UploadSigningCertificate(certificate_body=listed[0].certificate_body)
    before = room.spin(room.world.database.read(everything))
    with pytest.raises(Refused) as refused:
        room.ask(callers[who], ask)
    assert refused.value.refusal is refusal
    assert room.spin(room.world.database.read(everything)) == before


def test_every_declared_refusal_is_among_the_cases_and_no_other() -> None:
    provoked = {(operation_of(ask), refusal.code) for _, ask, refusal in CASES}
    declared = {(o.name, r.code) for o in IDENTITY.operations for r in o.refuses}
    assert provoked == declared


OTHERS: list[Callable[[str, str], Any]] = [
    lambda key, cert: UpdateAccessKey(access_key_id=key, status="Inactive"),
    lambda key, cert: UpdateAccessKey(access_key_id=key, status="Inactive", user_name="bob"),
    lambda key, cert: DeleteAccessKey(access_key_id=key),
    lambda key, cert: UpdateSigningCertificate(certificate_id=cert, status="Inactive"),
    lambda key, cert: DeleteSigningCertificate(certificate_id=cert),
]


@pytest.mark.parametrize("make", OTHERS)
def test_another_accounts_credentials_do_not_exist(
    room: Room, callers: dict[str, Principal], make: Callable[[str, str], Any]
) -> None:
    eve = room.account("eve")
    dev = callers[DEV]
    key = room.ask(dev, ListAccessKeys(user_name="bob")).access_key_metadata[0].access_key_id
    listed = room.ask(dev, ListSigningCertificates(user_name="bob")).certificates
    with pytest.raises(Refused) as refused:
        room.ask(eve, make(key, listed[0].certificate_id))
    assert refused.value.refusal is NO_SUCH_ENTITY


def test_a_certificate_belongs_to_one_user_of_the_whole_cloud(
    room: Room, callers: dict[str, Principal]
) -> None:
    room.ask(callers[DEV], UploadSigningCertificate(certificate_body=PEM))
    with pytest.raises(Refused) as refused:
        room.ask(callers[CLOUD], UploadSigningCertificate(certificate_body=PEM))
    assert refused.value.refusal is DUPLICATE_CERTIFICATE


def test_an_expired_certificate_is_refused(room: Room, callers: dict[str, Principal]) -> None:
    old = make_pair("bob", 1_500_000_000.0).certificate.decode()
    with pytest.raises(Refused, match="not valid at this time"):
        room.ask(callers[DEV], UploadSigningCertificate(certificate_body=old))


def test_nobody_deletes_the_clouds_own_user(room: Room, callers: dict[str, Principal]) -> None:
    statement = "UPDATE identity.users SET path = '/system/' WHERE name = 'bob'"

    def make_system(tx: Tx) -> None:
        tx.execute(text(statement))

    room.spin(room.world.database.run(make_system))
    with pytest.raises(Refused) as refused:
        room.ask(callers[DEV], DeleteUser(user_name="bob", is_recursive=True))
    assert refused.value.refusal is DELETE_CONFLICT


def test_the_modules_of_the_contract_make_the_contract() -> None:
    nouns = (accounts, users, keys, certificates)
    assert IDENTITY.operations == tuple(o for noun in nouns for o in noun.OPERATIONS)
