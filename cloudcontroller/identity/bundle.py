# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus-credentials DIR``: writes everything a user needs to use the cloud.

Run on the cloud's own host. The account is made with its administrator when it is new, the user
when new; keys and certificates are found before they are made, so a second bundle is the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudcontroller.identity.core.bundle import Credentials, files
from cloudcontroller.identity.database import accounts, users
from cloudcontroller.identity.enrolment import Enrolment
from cloudcontroller.identity.pairs import make_pair
from cloudcontroller.identity.world import Pair
from eucalyptus.access.principals import CLOUD_ACCOUNT
from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.run import Tx
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.database.transactions import Transactions
from eucalyptus.secrets import open_sealer, write_private
from eucalyptus.services import FRONT_PORT
from eucalyptus.settings import BadSettings, read, setting

WAIT = 10.0
"""Seconds to wait for the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSettings(DatabaseSettings):
    """What a bundle depends on."""

    port: int = setting("CLOUD_PORT", FRONT_PORT, says="Port of all web services.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose bundle, and where the cloud answers for its user."""

    account: str = CLOUD_ACCOUNT
    user: str = "admin"
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who was found or made; ``pair`` is None when a certificate is still to be made."""

    account: accounts.Account
    user: users.User
    key_id: str
    secret: str
    pair: Pair | None
    said: tuple[str, ...]


def _find(tx: Tx, enrolment: Enrolment, wanted: Wanted) -> Found:
    account, new_account = enrolment.account(tx, wanted.account)
    new_user = users.find(tx, account.number, wanted.user) is None
    user = enrolment.user(tx, account, wanted.user)
    key_id, secret = enrolment.key(tx, user)
    said = [f"Made account {account.name}, number {account.number}."] if new_account else []
    said += [f"Made user {user.name}."] if new_user else []
    return Found(
        account=account, user=user, key_id=key_id, secret=secret,
        pair=enrolment.known_pair(tx, user), said=tuple(said),
    )  # fmt: skip


def _keep(tx: Tx, enrolment: Enrolment, user: users.User, pair: Pair) -> Pair:
    """Keep the new pair, unless another bundle was quicker."""
    known = enrolment.known_pair(tx, user)
    if known is None:
        enrolment.keep_pair(tx, user, pair)
    return known or pair


def collect(
    settings: BundleSettings, wanted: Wanted, clock: Callable[[], float]
) -> tuple[Credentials, tuple[str, ...]]:
    """The credentials, and sentences about what was made. Blocks; raises Refused."""
    cloud_certificate = (settings.keys / "cloud-cert.pem").read_bytes()
    enrolment = Enrolment(clock=clock, chance=os.urandom, sealer=open_sealer(settings.keys))
    transactions = Transactions(settings.url, connections=1, clock=clock, pause=time.sleep)
    try:
        until = clock() + WAIT
        found = transactions.run("serializable", until, _find, enrolment, wanted)
        pair = found.pair
        if pair is None:
            made = make_pair(found.user.name, clock())
            until = clock() + WAIT
            pair = transactions.run("serializable", until, _keep, enrolment, found.user, made)
    finally:
        transactions.close()
    credentials = Credentials(
        account_number=found.account.number,
        account_name=found.account.name,
        user_name=found.user.name,
        key_id=found.key_id,
        secret=found.secret,
        certificate=pair.certificate,
        private_key=pair.key,
        cloud_certificate=cloud_certificate,
        endpoint=f"http://{wanted.host}:{settings.port}",
    )
    return credentials, found.said


def write(credentials: Credentials, directory: Path) -> tuple[Path, ...]:
    """Write the bundle's files, readable by their owner only, over older ones."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = files(credentials, str(directory.absolute()))
    for name, content in made.items():
        write_private(directory / name, content)
    return tuple(directory / name for name in made)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="eucalyptus-credentials", description=(__doc__ or "").partition("\n\n")[2],
        epilog="Then: . DIR/eucarc",
    )  # fmt: skip
    parser.add_argument("directory", type=Path, metavar="DIR", help="where to write the bundle")
    parser.add_argument("--account", default=CLOUD_ACCOUNT, help="default: %(default)s")
    parser.add_argument("--user", default="admin", help="default: %(default)s")
    parser.add_argument("--host", default="127.0.0.1", help="name or address of the cloud's host")
    parser.add_argument("--config", type=Path, help="settings file")
    parser.add_argument("--json", action="store_true", help="say what was written as JSON")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """The program; exits 0 when the bundle is written."""
    asked = _arguments(argv)
    wanted = Wanted(account=asked.account, user=asked.user, host=asked.host)
    try:
        credentials, said = collect(read(BundleSettings, asked.config), wanted, time.time)
        written = write(credentials, asked.directory)
    except (Refused, BadSettings, OSError) as wrong:
        sys.exit(f"eucalyptus-credentials: {wrong}")
    for sentence in said:
        print(sentence, file=sys.stderr)
    if asked.json:
        facts = {
            "directory": str(asked.directory.absolute()),
            "files": [path.name for path in written],
            "account": credentials.account_name,
            "account_number": credentials.account_number,
            "user": credentials.user_name,
            "access_key_id": credentials.key_id,
            "endpoint": credentials.endpoint,
        }
        print(json.dumps(facts, indent=2))
    else:
        print(f"Wrote {len(written)} files. Now: . {asked.directory.absolute()}/eucarc")


if __name__ == "__main__":
    main()
