# SPDX-License-Identifier: BSD-2-Clause
"""What Walrus believes and what lies on this host's disk, for ``euca-verify``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.threads import deferToThread

from eucalyptus.database.properties import Properties
from eucalyptus.database.run import Database
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.settings import read
from eucalyptus.verification import Belief, Inspection, Seen
from walrus.core.records import Recorded
from walrus.database import objects, scrubbing
from walrus.drivers.stores.choice import store_of
from walrus.drivers.stores.encrypted import encrypted_size
from walrus.drivers.stores.sealed import sealed_size
from walrus.drivers.stores.store import Inspectable, Listed, StoreFailed
from walrus.operations.receiving import refusal_of
from walrus.operations.world import Tables
from walrus.settings import Settings

OBJECT = "object"


async def inspect(config: Path | None) -> Inspection:
    """The entry point of group ``eucalyptus.inspectors``."""
    settings = read(Settings, config)
    reactor: Any = installed
    database = Database(read(DatabaseSettings, config).url, reactor=reactor, threads=1)
    properties = Properties(database, reactor, settings.keys)
    try:
        await properties.start()
        return await look(database, store_of(properties, settings.bukkits))
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    finally:
        properties.stop()
        await database.close()


async def look(tables: Tables, store: Inspectable) -> Inspection:
    """Records and files; files are looked at first, so that a new one has its record."""
    if not await deferToThread(store.attach):
        listed: tuple[Listed, ...] = ()
    else:
        listed = await deferToThread(store.listed)
    recorded, doomed = await tables.read(objects.everything)
    damaged = await tables.read(scrubbing.damaged)
    beliefs = [
        Belief(id=one.blob, needs=frozenset({OBJECT}), since=one.modified.timestamp())
        for one in recorded
    ]
    beliefs += [Belief(id=blob, may_have=frozenset({OBJECT})) for blob in doomed]
    sizes = {one.blob: one for one in recorded}
    seen = [_seen(one, sizes.get(one.blob), store) for one in listed]
    seen = [replace(one, fault=one.fault or damaged.get(one.id, "")) for one in seen]
    return Inspection(beliefs=beliefs, seen=seen, looked_for=frozenset({OBJECT}))


def _sizes(size: int) -> tuple[int, ...]:
    """What the file of a blob of ``size`` bytes may have: from before seals, sealed, encrypted."""
    return size, sealed_size(size), sealed_size(encrypted_size(size))


def _seen(listed: Listed, record: Recorded | None, store: Inspectable) -> Seen:
    fault = ""
    if record is not None and listed.size not in _sizes(record.size):
        fault = f"{record.bucket}/{record.key} has {listed.size} bytes, not {record.size}"
    fix = _Removal(store, listed.blob).run if record is None else None
    return Seen(
        kind=OBJECT, id=listed.blob, where=listed.where, since=listed.since, fault=fault, fix=fix
    )


@dataclass(frozen=True, slots=True)
class _Removal:
    """Removes one file that no record names and nobody writes."""

    store: Inspectable
    blob: str

    async def run(self) -> None:
        """Do it."""
        await deferToThread(self.store.remove_idle, self.blob)
