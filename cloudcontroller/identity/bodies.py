# SPDX-License-Identifier: BSD-2-Clause
"""Which function does which operation of the identity contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from cloudcontroller.identity.operations import accounts, certificates, keys, users
from cloudcontroller.identity.world import World

Body = Callable[..., Awaitable[Any]]

BODIES: Mapping[str, Body] = {
    "CreateAccount": accounts.create_account,
    "ListAccounts": accounts.list_accounts,
    "DeleteAccount": accounts.delete_account,
    "CreateUser": users.create_user,
    "ListUsers": users.list_users,
    "GetUser": users.get_user,
    "DeleteUser": users.delete_user,
    "CreateAccessKey": keys.create_access_key,
    "ListAccessKeys": keys.list_access_keys,
    "UpdateAccessKey": keys.update_access_key,
    "DeleteAccessKey": keys.delete_access_key,
    "CreateSigningCertificate": certificates.create_signing_certificate,
    "UploadSigningCertificate": certificates.upload_signing_certificate,
    "ListSigningCertificates": certificates.list_signing_certificates,
    "UpdateSigningCertificate": certificates.update_signing_certificate,
    "DeleteSigningCertificate": certificates.delete_signing_certificate,
}


def bodies(world: World) -> Mapping[str, Body]:
    """Operation name -> callable(call, ask)."""
    return {name: partial(body, world) for name, body in BODIES.items()}
