# SPDX-License-Identifier: BSD-2-Clause
"""Accounts, users and credentials made on the cloud's own host, before or beside its web service.

Everything here is found before it is made: a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudcontroller.identity.core import ids, names
from cloudcontroller.identity.core.ids import Chance
from cloudcontroller.identity.database import accounts, certificates, keys, users
from cloudcontroller.identity.operations.accounts import add_account
from cloudcontroller.identity.world import Pair
from eucalyptus.access.principals import SYSTEM_USER, AccessKey
from eucalyptus.contracts.refusals import NO_SUCH_ENTITY
from eucalyptus.database.run import Database, Tx
from eucalyptus.secrets import Sealer
from eucalyptus.wire.certificates import fingerprint

UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """How new things are made: time, chance, and what seals secrets."""

    clock: Callable[[], float]
    chance: Chance
    sealer: Sealer

    def now(self) -> datetime:
        """The time for records."""
        return datetime.fromtimestamp(self.clock(), UTC).replace(microsecond=0)

    def account(self, tx: Tx, name: str) -> tuple[accounts.Account, bool]:
        """The account called ``name``, and whether it is new. Raises INVALID_VALUE."""
        found = accounts.find(tx, name)
        if found is not None:
            return found, False
        names.check_account_name(name)
        made = accounts.Account(
            number=ids.account_number(self.chance),
            name=name,
            canonical_id=ids.canonical_id(self.chance),
            email="",
            created=self.now(),
        )
        add_account(tx, made, ids.user_id(self.chance))
        return made, True

    def user(self, tx: Tx, account: accounts.Account, name: str, path: str = "/") -> users.User:
        """The user called ``name``, made when new. Raises INVALID_VALUE, ENTITY_EXISTS."""
        found = users.find(tx, account.number, name)
        if found is not None:
            return found
        names.check_user_name(name)
        made = users.User(
            id=ids.user_id(self.chance),
            account=account.number,
            name=name,
            path=path,
            enabled=True,
            created=self.now(),
        )
        users.add(tx, made)
        return made

    def key(self, tx: Tx, user: users.User) -> tuple[str, str]:
        """(id, secret) of the user's oldest active access key, made when there is none."""
        for known in keys.of_user(tx, user.id):
            if known.active:
                return known.id, self.sealer.open(known.sealed).decode()
        secret = ids.secret_key(self.chance)
        made = keys.Key(
            id=ids.access_key_id(self.chance),
            user_id=user.id,
            sealed=self.sealer.seal(secret.encode()),
            active=True,
            created=self.now(),
        )
        keys.add(tx, made, user, limit=UNLIMITED)
        return made.id, secret

    def known_pair(self, tx: Tx, user: users.User) -> Pair | None:
        """The user's active certificate whose private key is kept, if there is one."""
        for known in certificates.of_user(tx, user.id):
            if known.active and known.sealed_key is not None:
                return Pair(certificate=known.pem.encode(), key=self.sealer.open(known.sealed_key))
        return None

    def keep_pair(self, tx: Tx, user: users.User, pair: Pair) -> None:
        """Register a certificate and keep its private key, so that it can be written again."""
        print_ = fingerprint(pair.certificate)
        made = certificates.Signing(
            fingerprint=print_,
            id=ids.certificate_id(print_),
            user_id=user.id,
            pem=pair.certificate.decode(),
            sealed_key=self.sealer.seal(pair.key),
            active=True,
            created=self.now(),
        )
        certificates.add(tx, made, user, limit=UNLIMITED)


async def system_key(database: Database, sealer: Sealer) -> AccessKey:
    """The access key with which the cloud signs URLs for its own components.

    Raises NO_SUCH_ENTITY before the cloud was bootstrapped.
    """
    return await database.read(_system_key, sealer)


def _system_key(tx: Tx, sealer: Sealer) -> AccessKey:
    account = accounts.get(tx, "eucalyptus")
    user = users.get(tx, account.number, SYSTEM_USER)
    for key in keys.of_user(tx, user.id):
        if key.active:
            secret = sealer.open(key.sealed).decode()
            return AccessKey(key_id=key.id, secret=secret, principal=users.principal(account, user))
    raise NO_SUCH_ENTITY(kind="Access key of user", name=SYSTEM_USER)
