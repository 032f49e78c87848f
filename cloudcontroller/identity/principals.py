# SPDX-License-Identifier: BSD-2-Clause
"""Who stands behind a credential: the answer that every front worker needs for every request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from cloudcontroller.identity.database import accounts, certificates, keys
from cloudcontroller.identity.database.accounts import CHANNEL
from cloudcontroller.identity.epoch import NAME, Epoch
from cloudcontroller.identity.together import Together
from eucalyptus.access.principals import AccessKey, Account, Certificate
from eucalyptus.database.run import Database
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.secrets import Sealer, open_sealer

T = TypeVar("T")

FRESH_SECONDS = 5.0
"""How long an answer may be repeated. A change on this host is seen at once, one elsewhere is
heard of soon; this is the fallback."""
MOST = 10_000
LONGEST = 128
"""Characters of the longest credential id that anybody looks for."""
LONGEST_EMAIL = 320


class Remembered(Generic[T]):
    """Answers of ``ask`` by name, for a short time and within one epoch; also that there is none.

    An answer that was under way when ``forget`` was called is given but not kept.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[T | None]],
        clock: Callable[[], float],
        epoch: Callable[[], int] = lambda: 0,
    ) -> None:
        self._ask, self._clock, self._epoch = ask, clock, epoch
        self._kept: OrderedDict[str, tuple[float, int, T | None]] = OrderedDict()
        self._age = 0

    async def get(self, name: str) -> T | None:
        """The answer for ``name``."""
        now, epoch = self._clock(), self._epoch()
        until, asked_in, answer = self._kept.get(name, (0.0, epoch, None))
        if now < until and asked_in == epoch:
            return answer
        age = self._age
        answer = await self._ask(name)
        if age == self._age:
            self._kept.pop(name, None)
            self._kept[name] = (now + FRESH_SECONDS, epoch, answer)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return answer

    def forget(self) -> None:
        """Something changed: ask anew."""
        self._age += 1
        self._kept.clear()


class DatabasePrincipals:
    """Principals as the cloud's database has them; what is remembered is of one ``epoch``."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Callable[[], float],
        epoch: Callable[[], int] = lambda: 0,
    ) -> None:
        self._database, self._sealer = database, sealer
        self._key_owners = Together(lambda names: database.read(keys.owners, names))
        self._certificate_owners = Together(lambda names: database.read(certificates.owners, names))
        self._keys = Remembered(self._find_key, clock, epoch)
        self._certificates = Remembered(self._find_certificate, clock, epoch)
        self._stop = database.listen(CHANNEL, self._changed)

    async def by_access_key(self, key_id: str) -> AccessKey | None:
        """The active access key of an enabled user; raises UNAVAILABLE without a database."""
        if not key_id.isascii() or not key_id.isalnum() or len(key_id) > LONGEST:
            return None
        return await self._keys.get(key_id)

    async def by_certificate(self, fingerprint: str) -> Certificate | None:
        """The active certificate of an enabled user; raises UNAVAILABLE without a database."""
        return await self._certificates.get(fingerprint)

    async def certificates_of(self, account: str) -> tuple[Certificate, ...]:
        """The active certificates of an account's enabled users, by age."""
        found = await self._database.read(certificates.of_account, account)
        return tuple(
            Certificate(fingerprint=fingerprint, pem=pem, principal=principal)
            for fingerprint, pem, principal in found
        )

    async def by_canonical_id(self, canonical_id: str) -> Account | None:
        """The account with this canonical id; raises UNAVAILABLE without a database."""
        if not canonical_id.isascii() or not canonical_id.isalnum() or len(canonical_id) > LONGEST:
            return None
        found = await self._database.read(accounts.with_canonical_id, canonical_id)
        return None if found is None else _named(found)

    async def by_email(self, email: str) -> tuple[Account, ...]:
        """All accounts with this address; raises UNAVAILABLE without a database."""
        if not email.isprintable() or not 0 < len(email) <= LONGEST_EMAIL:
            return ()
        found = await self._database.read(accounts.with_email, email)
        return tuple(_named(account) for account in found)

    def close(self) -> None:
        """Listen no more."""
        self._stop()

    def _changed(self, _payload: str) -> None:
        self._keys.forget()
        self._certificates.forget()

    async def _find_key(self, key_id: str) -> AccessKey | None:
        found = await self._key_owners.get(key_id)
        if found is None:
            return None
        sealed, principal = found
        secret = self._sealer.open(sealed).decode()
        return AccessKey(key_id=key_id, secret=secret, principal=principal)

    async def _find_certificate(self, fingerprint: str) -> Certificate | None:
        found = await self._certificate_owners.get(fingerprint)
        if found is None:
            return None
        pem, principal = found
        return Certificate(fingerprint=fingerprint, pem=pem, principal=principal)


def _named(account: accounts.Account) -> Account:
    return Account(account_id=account.number, name=account.name, canonical_id=account.canonical_id)


async def open_principals(
    settings: DatabaseSettings, database: Database, clock: Callable[[], float]
) -> DatabasePrincipals:
    """Principals for one process, opened by service.py."""
    epoch = Epoch(settings.run / NAME)
    return DatabasePrincipals(database, open_sealer(settings.keys), clock, epoch)
