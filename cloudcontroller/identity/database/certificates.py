# SPDX-License-Identifier: BSD-2-Clause
"""Signing certificates in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import select

from cloudcontroller.identity.database import credentials
from cloudcontroller.identity.database.credentials import CERTIFICATES
from cloudcontroller.identity.database.schema import certificates, users
from cloudcontroller.identity.database.users import User
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import DUPLICATE_CERTIFICATE
from eucalyptus.database.run import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """One signing certificate as it is on record; ``sealed_key`` only of bundles."""

    fingerprint: str
    id: str
    user_id: str
    pem: str
    sealed_key: bytes | None = field(default=None, repr=False)
    active: bool
    created: datetime


def add(tx: Tx, certificate: Signing, user: User, *, limit: int) -> None:
    """Record a certificate. Raises DUPLICATE_CERTIFICATE when anybody has it, IDENTITY_LIMIT."""
    same = select(certificates.c.id).where(
        (certificates.c.fingerprint == certificate.fingerprint)
        | (certificates.c.id == certificate.id)
    )
    if tx.execute(same).first() is not None:
        raise DUPLICATE_CERTIFICATE()
    credentials.add(tx, CERTIFICATES, asdict(certificate), user, limit=limit)


def of_user(tx: Tx, user_id: str) -> tuple[Signing, ...]:
    """A user's certificates by age."""
    found = select(certificates).where(certificates.c.user_id == user_id)
    rows = tx.execute(found.order_by(certificates.c.created, certificates.c.id))
    return tuple(Signing(**row._mapping) for row in rows)


def owners(tx: Tx, fingerprints: Sequence[str]) -> Mapping[str, tuple[bytes, Principal]]:
    """Fingerprint -> (PEM, principal) of the active certificates of enabled users among these."""
    found = credentials.owners(tx, CERTIFICATES, "fingerprint", fingerprints)
    return {name: (row["pem"].encode(), who) for name, (row, who) in found.items()}


def of_account(tx: Tx, number: str) -> tuple[tuple[str, bytes, Principal], ...]:
    """(fingerprint, PEM, principal) of every active certificate of an account's enabled users."""
    wanted = select(certificates.c.fingerprint).join(users, users.c.id == certificates.c.user_id)
    wanted = wanted.where(users.c.account == number).order_by(certificates.c.created)
    names = tuple(tx.scalars(wanted))
    known = owners(tx, names)
    return tuple((name, *known[name]) for name in names if name in known)
