# SPDX-License-Identifier: BSD-2-Clause
"""A Walrus on a loopback port, with two accounts, for foreign clients."""

from __future__ import annotations

import secrets
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from eucalyptus.access.principals import AccessKey, Account, Certificate, Principal
from eucalyptus.database.run import Database
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.site import Mount, site
from eucalyptus.web.soap_door import Users
from eucalyptus.wire.certificates import Identity, fingerprint, make_key, self_issue, subject
from eucalyptus.wire.replay import MemoryReplayStore
from tests.fixtures.reactor import spin
from walrus.core.hosts import bucket_of, names
from walrus.core.keys import MOUNTS, SOAP_MOUNTS
from walrus.drivers.images import ImageFiles
from walrus.drivers.keyring import Keyring
from walrus.drivers.stores.files import FileStore
from walrus.drivers.stores.store import Store
from walrus.operations.bodies import BODIES
from walrus.operations.ledger import Ledger
from walrus.operations.removing import Graveyard
from walrus.operations.world import Cloud, World
from walrus.web.exchange import Door
from walrus.web.resource import ObjectStore
from walrus.web.soap.letting_in import Gate
from walrus.web.soap.resource import Manners, SoapStore

T = TypeVar("T")
OWN = names("localhost", "")
"""The host names of the object store."""


def principal(name: str, account_id: str) -> Principal:
    """The administrator of an account."""
    return Principal(
        account_id=account_id, account_name=name, canonical_id=account_id.rjust(64, "a"),
        user_id=f"AID{account_id}", user_name="admin", is_account_admin=True,
    )  # fmt: skip


ALICE = AccessKey(key_id="AKIALICE", secret="alice/secret+", principal=principal("a", "1" * 12))
BOB = AccessKey(key_id="AKIBOB", secret="bobs secret", principal=principal("b", "2" * 12))
CLOUD = AccessKey(
    key_id="AKICLOUD", secret="cloud secret", principal=principal("eucalyptus", "9" * 12)
)


@dataclass(frozen=True)
class Pair:
    """A key with its certificate."""

    key: RSAPrivateKey
    pem: bytes

    @property
    def as_cloud(self) -> Cloud:
        """The same as the cloud's."""
        return Cloud(certificate=self.pem, key=self.key)

    def of(self, key: AccessKey) -> Certificate:
        """The same as a user's certificate on record."""
        return Certificate(fingerprint=fingerprint(self.pem), pem=self.pem, principal=key.principal)


def make_pair(name: str) -> Pair:
    """A new key and certificate."""
    key = make_key()
    return Pair(key, self_issue(key, subject(name, "User"), 1_700_000_000))


CLOUD_PAIR, ALICE_PAIR = make_pair("cloud"), make_pair("alice")


class People:
    """Principals that never change; ``certificates`` may be added to. ``sha1`` is the property
    ``soap.allow_sha1``, ``identity`` what signs SOAP replies, when they are."""

    def __init__(self) -> None:
        self.keys = {key.key_id: key for key in (ALICE, BOB, CLOUD)}
        self.certificates: list[Certificate] = []
        self.cloud = CLOUD_PAIR.as_cloud
        self.sha1 = True
        self.identity: Identity | None = None

    async def by_access_key(self, key_id: str) -> AccessKey | None:
        """The key of this id."""
        return self.keys.get(key_id)

    async def by_certificate(self, fingerprint: str) -> Certificate | None:
        """The certificate of this fingerprint."""
        return next((c for c in self.certificates if c.fingerprint == fingerprint), None)

    def _accounts(self) -> list[Account]:
        found = {key.principal.account_id: key.principal for key in self.keys.values()}
        return [
            Account(account_id=who.account_id, name=who.account_name, canonical_id=who.canonical_id)
            for who in found.values()
        ]

    async def by_canonical_id(self, canonical_id: str) -> Account | None:
        """The account of one of the keys."""
        return next((a for a in self._accounts() if a.canonical_id == canonical_id), None)

    async def by_email(self, email: str) -> list[Account]:
        """NAME@example.com is the address of the account NAME, team@example.com everybody's."""
        name, _, domain = email.partition("@")
        same = [a for a in self._accounts() if name in (a.name, "team")]
        return same if domain == "example.com" else []

    async def certificates_of(self, account_id: str) -> tuple[Certificate, ...]:
        """All certificates of an account."""
        return tuple(c for c in self.certificates if c.principal.account_id == account_id)


async def in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """Do it in a thread."""
    return await deferToThread(work, *args)


def blocking(work: Callable[..., T], *args: Any, seconds: float = 60) -> T:
    """Run blocking client code in a thread while the reactor serves it."""
    return spin(deferToThread(work, *args), seconds)


@dataclass
class Served:
    """A running Walrus."""

    port: int
    people: People
    world: World
    graveyard: Graveyard
    store: Store
    root: Path
    resource: ObjectStore

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}{MOUNTS[0]}"

    def boto3(self, key: AccessKey = ALICE, **config: Any) -> Any:
        """A boto3 client, path style."""
        config.setdefault("signature_version", "s3v4")
        return boto3.client(
            "s3", endpoint_url=self.url, region_name="eucalyptus",
            aws_access_key_id=key.key_id, aws_secret_access_key=key.secret,
            config=Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 0},
                connect_timeout=5, read_timeout=20, **config,
            ),
        )  # fmt: skip

    def raw(self, head: str, body: bytes = b"", half_close: bool = False) -> bytes:
        """Send one request as it stands and read until the server closes."""

        def talk() -> bytes:
            with socket.create_connection(("127.0.0.1", self.port), timeout=15) as line:
                line.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
                if half_close:
                    line.shutdown(socket.SHUT_WR)
                said = b""
                while piece := line.recv(65536):
                    said += piece
                return said

        return blocking(talk)


def serve(database: Database, root: Path, people: People, store: Store | None = None) -> Any:
    """Start a Walrus; gives it and its listening port."""
    kept = store or FileStore(root / "bukkits")
    blocking(kept.prepare)  # it may be served by this reactor
    images = ImageFiles(root / "bukkits", 1 << 23)
    (root / "bukkits").mkdir(parents=True, exist_ok=True)
    images.prepare()
    keyring = Keyring(root / "keys" / "objects.keys", secrets.token_bytes)
    keyring.prepare()
    graveyard = Graveyard(database, kept, in_thread)
    world = World(
        tables=database, store=kept, in_thread=in_thread, now=lambda: datetime.now(UTC),
        new_blob=lambda: secrets.token_hex(16), bury=graveyard.bury, most_buckets=5,
        images=images, keyring=keyring, signers=people, accounts=people, cloud=lambda: people.cloud,
    )  # fmt: skip
    door = Door(
        world=world, principals=people, bodies=BODIES, new_request_id=lambda: str(uuid.uuid4()),
        defer_to_thread=deferToThread, now=world.now, names=lambda: OWN,
        note=Ledger(database, database.soon).note,
    )  # fmt: skip
    resource = ObjectStore(door)
    loop: Any = reactor
    gate = Gate(
        principals=people, signers=Users(people), replay=MemoryReplayStore(),
        clock=time.time, sha1=lambda: people.sha1,
    )  # fmt: skip
    soap = SoapStore(door, Manners(gate=gate, identity=lambda: people.identity))
    mount = Mount(
        path=MOUNTS[0], resource=resource, aliases=MOUNTS[1:],
        hosts=lambda host: bucket_of(host.decode("latin-1"), OWN) is not None,
    )  # fmt: skip
    soap_mount = Mount(path=SOAP_MOUNTS[0], resource=soap, aliases=SOAP_MOUNTS[1:])
    factory = site([mount, soap_mount], HttpLimits(), lambda: "id")
    listening = loop.listenTCP(0, factory, interface="127.0.0.1")
    port = listening.getHost().port
    served = Served(port, people, world, graveyard, kept, root / "bukkits", resource)
    return served, listening
