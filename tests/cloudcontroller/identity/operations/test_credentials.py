# SPDX-License-Identifier: BSD-2-Clause
"""Users, access keys and signing certificates through their whole life."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cloudcontroller.identity.principals import DatabasePrincipals
from eucalyptus.access.principals import Principal
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
from eucalyptus.wire.certificates import fingerprint
from tests.cloudcontroller.identity.conftest import NOW, Room, pair


def finding(room: Room) -> DatabasePrincipals:
    return DatabasePrincipals(room.world.database, room.world.sealer, lambda: NOW)


def test_a_users_life(room: Room, dev: Principal) -> None:
    made = room.ask(dev, CreateUser(user_name="bob", path="/people/")).user
    assert made.arn == f"arn:aws:iam::{dev.account_id}:user/people/bob"
    assert room.ask(dev, GetUser(user_name="bob")).user == made
    assert room.ask(dev, GetUser()).user.user_name == "admin"
    under = room.ask(dev, ListUsers(path_prefix="/people/")).users
    assert [user.user_name for user in under] == ["bob"]
    room.ask(dev, CreateAccessKey(user_name="bob"))
    room.ask(dev, DeleteUser(user_name="bob", is_recursive=True))
    assert [user.user_name for user in room.ask(dev, ListUsers()).users] == ["admin"]


def test_an_access_keys_life(room: Room, dev: Principal, turn: Any) -> None:
    made = room.ask(dev, CreateAccessKey()).access_key
    finder = finding(room)
    found = room.spin(finder.by_access_key(made.access_key_id))
    assert (found.secret, found.principal) == (made.secret_access_key, dev)
    listed = room.ask(dev, ListAccessKeys()).access_key_metadata
    assert [(key.access_key_id, key.status) for key in listed] == [(made.access_key_id, "Active")]
    room.ask(dev, UpdateAccessKey(access_key_id=made.access_key_id, status="Inactive"))
    assert room.ask(dev, ListAccessKeys()).access_key_metadata[0].status == "Inactive"
    assert room.spin(finding(room).by_access_key(made.access_key_id)) is None
    room.ask(dev, UpdateAccessKey(access_key_id=made.access_key_id, status="Active"))
    assert room.spin(finding(room).by_access_key(made.access_key_id)) is not None
    room.ask(dev, DeleteAccessKey(access_key_id=made.access_key_id))
    assert room.ask(dev, ListAccessKeys()).access_key_metadata == ()
    assert room.spin(finding(room).by_access_key(made.access_key_id)) is None


def test_a_certificate_made_by_the_cloud(room: Room, dev: Principal) -> None:
    made = room.ask(dev, CreateSigningCertificate()).certificate
    load_pem_private_key(made.private_key.encode(), None)
    print_ = fingerprint(made.certificate_body.encode())
    found = room.spin(finding(room).by_certificate(print_))
    assert (found.principal, found.pem.decode()) == (dev, made.certificate_body)
    (listed,) = room.ask(dev, ListSigningCertificates()).certificates
    assert (listed.certificate_id, listed.status) == (made.certificate_id, "Active")
    room.ask(dev, UpdateSigningCertificate(certificate_id=made.certificate_id, status="Inactive"))
    assert room.spin(finding(room).by_certificate(print_)) is None
    room.ask(dev, DeleteSigningCertificate(certificate_id=made.certificate_id))
    assert room.ask(dev, ListSigningCertificates()).certificates == ()


def test_a_certificate_of_ones_own(room: Room, dev: Principal) -> None:
    pem = pair(50).certificate.decode()
    made = room.ask(dev, UploadSigningCertificate(certificate_body=f"\n{pem}\n")).certificate
    assert made.certificate_body == pem
    assert room.spin(finding(room).by_certificate(fingerprint(pem.encode()))).principal == dev


def test_a_cloud_administrator_acts_in_another_account(
    room: Room, cloud_admin: Principal, dev: Principal
) -> None:
    for name in ("dev", dev.account_id):
        room.ask(cloud_admin, CreateUser(user_name=f"of-{name}", delegate_account=name))
    made = room.ask(
        cloud_admin, CreateAccessKey(user_name="admin", delegate_account="dev")
    ).access_key
    assert room.spin(finding(room).by_access_key(made.access_key_id)).principal == dev
    assert len(room.ask(dev, ListUsers()).users) == 3
    assert len(room.ask(cloud_admin, ListUsers()).users) == 1
