# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus-object-keys``: the master keys that wrap the keys of encrypted objects.

``list`` shows them, ``add`` makes a new one, ``rewrap`` wraps every object's key by the newest,
``rotate`` does both, ``forget ID`` takes one out that wraps nothing any more. Where several
gateways share a database: add, copy the file to all of them, then rewrap.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.run import Tx
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.database.transactions import Transactions
from eucalyptus.settings import BadSettings, read
from walrus.core import encryption
from walrus.core.records import BY_CUSTOMER, Encryption
from walrus.database import wrapped_keys
from walrus.drivers.keyring import FILE, BadKeyring, Keyring

P = ParamSpec("P")
T = TypeVar("T")

WAIT = 60.0
"""Seconds to wait for the database."""
_NONCE = 12


class Impossible(Exception):
    """What was asked for would lose objects; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Works on one key file and one database."""

    keyring: Keyring
    transactions: Transactions

    def list(self) -> str:
        """A line for each key: its id, what it wraps, and which one is the newest."""
        counts = self._counts()
        newest = self.keyring.newest().id
        lines = [
            f"{key.id}\t{counts.pop(key.id, 0)}\t{'newest' if key.id == newest else ''}".rstrip()
            for key in self.keyring.known()
        ]
        counts.pop(BY_CUSTOMER, None)
        return "\n".join([*lines, *(f"{lost}\t{number}\tLOST" for lost, number in counts.items())])

    def add(self) -> str:
        """A new key, which wraps from now on."""
        return f"{self.keyring.add().id}\tadded"

    def rewrap(self) -> str:
        """Every object's key by the newest; raises Impossible when a master key is missing."""
        newest, done = self.keyring.newest(), 0

        def again(old: Encryption) -> Encryption:
            wrapping = self.keyring.find(old.by)
            secret = encryption.opened(old, wrapping) if wrapping else None
            if secret is None:
                raise Impossible(f"key {old.by} is lost, so what it wraps cannot be read")
            return encryption.made(secret, newest, self.keyring.random(_NONCE))

        while some := self._run(wrapped_keys.rewrap, newest.id, again):
            done += some
        return f"{newest.id}\twraps {done} more"

    def rotate(self) -> str:
        """Both."""
        return f"{self.add()}\n{self.rewrap()}"

    def forget(self, key_id: str) -> str:
        """Take a key out of use; raises Impossible while it is needed."""
        if key_id == self.keyring.newest().id:
            raise Impossible(f"{key_id} is the newest key; add another one first")
        if self.keyring.find(key_id) is None:
            raise Impossible(f"there is no key {key_id}")
        needed = self._counts().get(key_id, 0)
        if needed:
            raise Impossible(f"{key_id} wraps the keys of {needed} objects; rewrap them first")
        return f"{key_id}\tforgotten; its line is in {self.keyring.forget(key_id)}"

    def _counts(self) -> dict[str, int]:
        return dict(self._run(wrapped_keys.counts))

    def _run(self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        until = time.time() + WAIT
        return self.transactions.run("serializable", until, work, *args, **kwargs)


def main(argv: Sequence[str] | None = None) -> None:
    """Exits 0 when it was done, with a sentence otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path)
    parser.add_argument("command", choices=("list", "add", "rewrap", "rotate", "forget"))
    parser.add_argument("key", nargs="?", help="the id that forget needs")
    asked = parser.parse_args(argv)
    if (asked.command == "forget") != (asked.key is not None):
        parser.error("forget takes the id of a key, the others nothing")
    try:
        print(_do(read(DatabaseSettings, asked.config), asked.command, asked.key))
    except (BadKeyring, BadSettings, Impossible, Refused) as wrong:
        sys.exit(str(wrong))


def _do(settings: DatabaseSettings, command: str, key: str | None) -> str:
    keyring = Keyring(settings.keys / FILE, secrets.token_bytes)
    transactions = Transactions(settings.url, connections=1, clock=time.time, pause=time.sleep)
    try:
        keeper = Keeper(keyring=keyring, transactions=transactions)
        if key is not None:
            return keeper.forget(key)
        commands = {"list": keeper.list, "add": keeper.add, "rewrap": keeper.rewrap}
        return commands.get(command, keeper.rotate)()
    finally:
        transactions.close()


if __name__ == "__main__":
    main()
