# SPDX-License-Identifier: BSD-2-Clause
"""The front door of Walrus: settings and drivers become the resource that front workers mount."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread, deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from eucalyptus.access.principals import Accounts
from eucalyptus.database.rounds import Ground, Round
from eucalyptus.properties import ALLOW_SHA1, DNS_DOMAIN, LIFECYCLE_DAY, SIGN_REPLIES
from eucalyptus.settings import read
from eucalyptus.web.front import Front
from eucalyptus.web.site import Mount
from eucalyptus.web.soap_door import Users
from eucalyptus.wire.certificates import load_key
from walrus.core.hosts import bucket_of
from walrus.core.hosts import names as own_names
from walrus.core.keys import MOUNTS, SOAP_MOUNTS
from walrus.core.lifecycle import Calendar
from walrus.database import objects as object_rows
from walrus.drivers.images import ImageFiles
from walrus.drivers.keyring import FILE as KEYRING
from walrus.drivers.keyring import Keyring
from walrus.drivers.stores.choice import prepare, store_of
from walrus.operations.bodies import BODIES
from walrus.operations.ledger import Ledger
from walrus.operations.removing import Graveyard
from walrus.operations.world import Cloud, Signers, Tables, World
from walrus.periodic.deliveries import Deliveries
from walrus.periodic.lifecycle import Lifecycle
from walrus.periodic.scrub import Scrub
from walrus.settings import Settings
from walrus.web.exchange import Door
from walrus.web.resource import ObjectStore
from walrus.web.soap.letting_in import Gate
from walrus.web.soap.resource import Manners, SoapStore

log = Logger()


class Threads:
    """The threads in which files are written and digests computed."""

    def __init__(self, reactor: Any, most: int) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(0, most, name="walrus")
        self._pool.start()
        reactor.addSystemEventTrigger("during", "shutdown", self._pool.stop)

    def defer(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        """Do ``work(*args)`` in a thread."""
        return deferToThreadPool(self._reactor, self._pool, work, *args)

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """The same for ``await``."""
        return await self.defer(work, *args)


def named_now(reactor: Any, tables: Tables) -> Callable[[Collection[str]], Collection[str]]:
    """Asks the database, from a thread, which of some blobs objects name."""

    async def read_named(blobs: Collection[str]) -> Collection[str]:
        return await tables.read(object_rows.named, blobs)

    def ask(blobs: Collection[str]) -> Collection[str]:
        found: Collection[str] = blockingCallFromThread(
            reactor,
            lambda: Deferred.fromCoroutine(read_named(blobs)),
        )
        return found

    return ask


def load_cloud(keys: Path) -> Cloud:
    """The cloud's certificate and key. Blocks; raises OSError when they are missing."""
    return Cloud(
        certificate=(keys / "cloud-cert.pem").read_bytes(),
        key=load_key((keys / "cloud-pk.pem").read_bytes()),
    )


class _Names:
    """The object store's host names ``now``; asked for with every request."""

    def __init__(self, front: Front, more: str) -> None:
        self._front, self._more = front, more
        self.renew()

    def renew(self) -> None:
        """The cloud's domain may have changed."""
        self.now = own_names(self._front.properties.get(DNS_DOMAIN), self._more)

    def mean_us(self, host: bytes) -> bool:
        """Whether a Host header is one of them or a bucket below one."""
        return bucket_of(host.decode("latin-1"), self.now) is not None


async def open_world(front: Front, settings: Settings, threads: Threads) -> World:
    """Prepare the store, its keys and the images, and begin to sweep what crashes left."""
    store = store_of(front.properties, settings.bukkits)
    await threads.run(prepare, store)
    images = ImageFiles(settings.bukkits, settings.image_cache * 1024**3)
    await threads.run(images.prepare)
    keyring = Keyring(settings.keys / KEYRING, secrets.token_bytes)
    await threads.run(keyring.prepare)
    graveyard = Graveyard(front.database, store, threads.run)
    sweeping = graveyard.sweep(named_now(front.reactor, front.database))
    Deferred.fromCoroutine(sweeping).addErrback(lambda why: log.failure("sweep failed", why))
    return World(
        tables=front.database,
        store=store,
        in_thread=threads.run,
        now=lambda: datetime.fromtimestamp(front.clock(), UTC),
        new_blob=lambda: secrets.token_hex(16),
        bury=graveyard.bury,
        images=images,
        keyring=keyring,
        signers=cast(Signers, front.principals),
        accounts=cast(Accounts, front.principals),
        cloud=cache(lambda: load_cloud(settings.keys)),
        calendar=lambda: Calendar(front.properties.get(LIFECYCLE_DAY)),
        most_buckets=settings.most_buckets,
    )


async def mounts(front: Front) -> Sequence[Mount]:
    """What the entry point ``walrus`` of group ``eucalyptus.services`` names."""
    settings = replace(read(Settings), state=front.settings.state)
    threads = Threads(front.reactor, settings.threads)
    world = await open_world(front, settings, threads)
    names = _Names(front, settings.hosts)
    front.properties.when_changed(names.renew)
    door = Door(
        world=world, principals=front.principals, bodies=BODIES,
        new_request_id=front.new_id, defer_to_thread=threads.defer, now=world.now,
        names=lambda: names.now, note=Ledger(front.database, front.database.soon).note,
    )  # fmt: skip
    return _at_their_paths(front, door, names)


def _at_their_paths(front: Front, door: Door, names: _Names) -> Sequence[Mount]:
    """REST, below its paths and at its host names, and SOAP."""
    soap = SoapStore(door, manners(front))
    return [
        Mount(path=MOUNTS[0], resource=ObjectStore(door), aliases=MOUNTS[1:], hosts=names.mean_us),
        Mount(path=SOAP_MOUNTS[0], resource=soap, aliases=SOAP_MOUNTS[1:]),
    ]


def manners(front: Front) -> Manners:
    """How SOAP messages are let in here."""
    gate = Gate(
        principals=front.principals,
        signers=Users(front.principals),
        replay=front.replay,
        clock=front.clock,
        sha1=lambda: front.properties.get(ALLOW_SHA1),
        verifier=front.verifier,
    )
    return Manners(
        gate=gate,
        identity=lambda: front.identity if front.properties.get(SIGN_REPLIES) else None,
        doubts=front.doubts,
    )


async def rounds(ground: Ground) -> Mapping[str, Round]:
    """What the entry point ``walrus`` of group ``eucalyptus.loops`` names."""
    settings = replace(read(Settings), state=ground.state)
    threads = Threads(ground.reactor, 2)  # the scrub keeps one busy for long
    store = store_of(ground.properties, settings.bukkits)
    await threads.run(prepare, store)

    def now() -> datetime:
        return datetime.fromtimestamp(ground.clock(), UTC)

    scrub = Scrub(tables=ground.database, store=store, in_thread=threads.run, now=now)
    lifecycle = Lifecycle(
        tables=ground.database,
        now=now,
        calendar=lambda: Calendar(ground.properties.get(LIFECYCLE_DAY)),
        bury=Graveyard(ground.database, store, threads.run).bury,
    )
    # Workers make the file; a bad one is no reason for the cloud's daemon not to start.
    keyring = Keyring(settings.keys / KEYRING, secrets.token_bytes)
    deliveries = Deliveries(
        tables=ground.database, store=store, in_thread=threads.run, keyring=keyring, now=now,
        new_blob=lambda: secrets.token_hex(16),
    )  # fmt: skip
    return {"lifecycle": lifecycle.round, "logs": deliveries.round, "scrub": scrub.round}
