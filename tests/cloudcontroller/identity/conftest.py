# SPDX-License-Identifier: BSD-2-Clause
"""Identity on a real database: its world, and callers to act in it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from cryptography.fernet import Fernet
from twisted.internet import reactor

from cloudcontroller.identity.bodies import bodies
from cloudcontroller.identity.database import accounts, users
from cloudcontroller.identity.operations.accounts import add_account
from cloudcontroller.identity.pairs import make_pair
from cloudcontroller.identity.world import Pair, World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.database.properties import Properties
from eucalyptus.database.run import Database, Tx
from eucalyptus.secrets import Sealer

NOW = 1_790_000_000.0


@functools.cache
def pair(number: int) -> Pair:
    """The same few key pairs for all tests: making one takes a while."""
    return make_pair("user", NOW + number)


@dataclass
class Room:
    """Identity with an account ``eucalyptus``, driven as the endpoint drives it."""

    world: World
    spin: Callable[..., Any]
    made: list[str] = field(default_factory=list)

    def account(self, name: str) -> Principal:
        """A new account; gives its administrator."""
        now, chance = self.world.now(), self.world.chance

        def work(tx: Tx) -> Principal:
            made = accounts.Account(
                number=str(int.from_bytes(chance(5)) % 10**11 + 10**11),
                name=name,
                canonical_id=chance(32).hex(),
                email="",
                created=now,
            )
            return users.principal(made, add_account(tx, made, "AID" + chance(9).hex().upper()))

        found: Principal = self.spin(self.world.database.run(work))
        return found

    def ask(self, who: Principal, ask: Any) -> Any:
        """What the operation that ``ask`` belongs to answers."""
        (operation,) = (o for o in IDENTITY.operations if o.asks is type(ask))
        call = Call(request_id="test", principal=who, version="2010-05-08")
        answer = self.spin(bodies(self.world)[operation.name](call, ask))
        assert isinstance(answer, operation.answers)
        return answer


@pytest.fixture
def room(database: Database, spin: Any) -> Room:
    """Identity with nothing in it."""
    counter = iter(range(100))
    properties = Properties(database, reactor)
    spin(properties.start())
    properties.stop()

    async def next_pair(_name: str) -> Pair:
        return pair(next(counter))

    world = World(
        database=database,
        sealer=Sealer(Fernet.generate_key()),
        properties=properties,
        clock=lambda: NOW,
        chance=Random(7).randbytes,
        make_pair=next_pair,
    )
    return Room(world, spin)


@pytest.fixture
def cloud_admin(room: Room) -> Principal:
    """The administrator of the account ``eucalyptus``."""
    return room.account("eucalyptus")


@pytest.fixture
def dev(room: Room) -> Principal:
    """The administrator of an ordinary account."""
    return room.account("dev")
