# SPDX-License-Identifier: BSD-2-Clause
"""A town: front workers with every contract of users, on a real database and fake clusters."""

from __future__ import annotations

import dataclasses
import hashlib
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text
from twisted.internet import reactor

from cloudcontroller.compute.operations.bodies import bodies as compute_bodies
from cloudcontroller.compute.web.metadata import Metadata
from cloudcontroller.identity import service as identity
from cloudcontroller.identity.database import accounts
from cloudcontroller.identity.enrolment import Enrolment
from cloudcontroller.identity.epoch import NAME, Epoch
from cloudcontroller.identity.pairs import make_pair
from cloudcontroller.identity.principals import DatabasePrincipals
from cloudcontroller.registry import service as registry
from cloudcontroller.tokens import service as tokens
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.database.properties import Properties
from eucalyptus.database.recorded import RecordedAnswers
from eucalyptus.database.replay import DatabaseReplayStore
from eucalyptus.database.run import Database, Tx
from eucalyptus.secrets import open_sealer
from eucalyptus.services import COMPUTE, EUARE, PROPERTIES, TOKENS
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.budgets import Budgets
from eucalyptus.web.components import Keyring
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.front import LEDGER, Front, FrontSettings, doubts
from eucalyptus.web.ledger import SharedLedger
from eucalyptus.web.site import Mount
from eucalyptus.wire import certificates
from eucalyptus.wire.security import Identity
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize
from tests.cloudcontroller.compute.street import Street
from tests.fixtures.reactor import spin

SERVICES: Mapping[str, str] = {
    COMPUTE.path: "ec2",
    EUARE.path: "iam",
    PROPERTIES.path: "properties",
    TOKENS.path: "sts",
}
"""Path -> the service's name in signatures."""

TRANSIENT = {"ground.replay", "ground.recorded"}
"""What a refused request may leave behind: that it was seen."""


@dataclasses.dataclass(frozen=True)
class Key:
    """A user's access key, and who that is."""

    id: str
    secret: str
    account: str = ""
    user_id: str = ""


class Worker:
    """One front worker: its own connections, the same database as the others."""

    def __init__(self, url: str, state: Path, street: Street) -> None:
        self.database = Database(url, reactor=reactor, threads=4)
        sealer = open_sealer(state / "keys")
        self.properties = Properties(self.database, reactor)
        spin(self.properties.start())
        self.principals = DatabasePrincipals(
            self.database, sealer, time.monotonic, Epoch(state / "run" / NAME)
        )
        self.recorded = RecordedAnswers(self.database, sealer, reactor, wait=3.0)
        self.front = Front(
            settings=FrontSettings(state=state),
            database=self.database,
            principals=self.principals,
            reactor=reactor,
            clock=time.time,
            new_id=lambda: str(uuid.uuid4()),
            replay=DatabaseReplayStore(self.database),
            recorded=self.recorded,
            properties=self.properties,
            identity=Keyring(directory=state / "keys").identity("cloud"),
            budgets=Budgets(SharedLedger(state / LEDGER, time.monotonic), self.properties),
            doubts=doubts(reactor, self.properties),
        )
        world = dataclasses.replace(street.world, database=self.database, accounts=accounts.known)
        ec2 = Endpoint(EC2, compute_bodies(world), self.front.door("ec2"))
        self.mounts = [
            Mount(path=COMPUTE.path, resource=ec2, aliases=COMPUTE.aliases),
            Mount(path="", resource=Metadata(world)),
            *spin(identity.mounts(self.front)),
            *spin(registry.mounts(self.front)),
            *spin(tokens.mounts(self.front)),
        ]
        self.endpoints: dict[str, Endpoint] = {
            mount.path: mount.resource
            for mount in self.mounts
            if isinstance(mount.resource, Endpoint)
        }

    async def answer(self, arrived: Arrived) -> Reply:
        """What the service at the request's path answers."""
        return await self.endpoints[arrived.path].respond(arrived)

    def close(self) -> None:
        """Let go of the database."""
        self.properties.stop()
        self.principals.close()
        spin(self.database.close())


class Town:
    """Accounts with keys around a street, and a worker to ask."""

    def __init__(self, street: Street, url: str, state: Path) -> None:
        self.street, self._url, self._state = street, url, state
        self.enrolment = Enrolment(
            clock=time.time,
            chance=lambda n: uuid.uuid4().bytes[:n] + uuid.uuid4().bytes[: max(n - 16, 0)],
            sealer=open_sealer(state / "keys"),
        )
        self.workers: list[Worker] = []
        self.worker = self.another_worker()

    def another_worker(self) -> Worker:
        """One more front worker on the same database."""
        worker = Worker(self._url, self._state, self.street)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """End every worker."""
        for worker in self.workers:
            worker.close()

    def user(self, account: str, name: str = "admin") -> Key:
        """A user, made when new, with a key."""

        def work(tx: Tx) -> Key:
            found, _ = self.enrolment.account(tx, account)
            user = self.enrolment.user(tx, found, name)
            key, secret = self.enrolment.key(tx, user)
            return Key(key, secret, found.number, user.id)

        made: Key = self.street.run(work)
        return made

    def identity(self, account: str) -> Identity:
        """What the administrator of an account signs messages with."""
        pair = make_pair(account, time.time())

        def work(tx: Tx) -> None:
            found, _ = self.enrolment.account(tx, account)
            self.enrolment.keep_pair(tx, self.enrolment.user(tx, found, "admin"), pair)

        self.street.run(work)
        return certificates.identity(pair.certificate, pair.key)

    def request(self, path: str, key: Key | None, pairs: Mapping[str, str]) -> Arrived:
        """A Query request signed with version 4, or not at all."""
        return signed(path, key, urlencode(pairs).encode())

    def ask(self, path: str, key: Key | None, pairs: Mapping[str, str]) -> Reply:
        """Ask the first worker."""
        return self.answer(self.request(path, key, pairs))

    def answer(self, request: Arrived) -> Reply:
        """What the first worker answers."""
        reply: Reply = spin(self.worker.answer(request))
        return reply

    def rows(self, unless: Iterable[str] = ()) -> dict[str, set[str]]:
        """Everything the database holds, by table; ``unless`` leaves out rows with a word."""

        def work(tx: Tx) -> dict[str, set[str]]:
            names = tx.execute(
                text(
                    "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN "
                    "('pg_catalog', 'information_schema') ORDER BY 1"
                )
            ).scalars()
            return {
                name: {str(row) for row in tx.execute(text(f"SELECT t::text FROM {name} t"))}
                for name in names
                if name not in TRANSIENT
            }

        found: dict[str, set[str]] = self.street.run(work)
        words = tuple(unless)
        return {
            name: {row for row in rows if not any(word in row for word in words)}
            for name, rows in found.items()
        }


def signed(
    path: str, key: Key | None, body: bytes, clock: Callable[[], float] = time.time
) -> Arrived:
    """A POSTed form as a door sees it."""
    headers: dict[str, tuple[str, ...]] = {
        "host": ("127.0.0.1:8773",),
        "content-type": ("application/x-www-form-urlencoded",),
    }
    if key is not None:
        signable = Signable(
            method="POST",
            path=path,
            query="",
            headers=headers,
            body_sha256=hashlib.sha256(body).hexdigest(),
        )
        signing = Signing(key_id=key.id, secret=key.secret, service=SERVICES[path])
        added: Mapping[str, Any] = authorize(signable, signing, clock())
        headers |= {name: (value,) for name, value in added.items()}
    return Arrived(
        method="POST",
        path=path,
        query="",
        headers=headers,
        body=body,
        request_id=str(uuid.uuid4()),
        source="127.0.0.1",
        local="127.0.0.1",
        port=8773,
    )
