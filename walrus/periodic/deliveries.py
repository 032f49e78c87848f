# SPDX-License-Identifier: BSD-2-Clause
"""Makes log objects of what was written down of requests, and puts them where they belong.

An object and the end of the records that are its lines are one transaction, so a round may be
killed anywhere: what it left is delivered by the next, nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, OBJECT
from eucalyptus.contracts.s3_access import FULL_CONTROL
from eucalyptus.crashpoints import crashpoint
from walrus.core.asking import Asked
from walrus.core.content import Content, Digests
from walrus.core.keys import Target
from walrus.core.log_documents import BY_EVENT, LogTarget
from walrus.core.records import Access, Bucket, Grant, Owner
from walrus.database import buckets, log_records
from walrus.database.log_records import Waiting
from walrus.database.objects import Changed
from walrus.drivers.keyring import Keyring
from walrus.drivers.stores.store import Store
from walrus.operations.encrypting import vessel
from walrus.operations.logs import delivers
from walrus.operations.objects import described, keep, with_content
from walrus.operations.receiving import Receiving
from walrus.operations.world import InThread, Tables

PAUSE = 60.0
"""Seconds between two rounds."""
KEPT = timedelta(days=1)
"""For how long records wait for a target that takes none."""
_PAGE = 2000
"""Records that are read at once: most lines have half a KiB, none more than 25."""
_log = Logger()


@dataclass(frozen=True, slots=True)
class _Parcel:
    """The records of one log object. ``day`` is that of their events where the name tells it."""

    source: str
    owner: Owner
    target: LogTarget
    day: datetime | None
    waiting: Sequence[Waiting]

    @property
    def ids(self) -> Sequence[int]:
        """The records."""
        return [one.id for one in self.waiting]

    @property
    def body(self) -> bytes:
        """The log object."""
        return "".join(f"{one.record.line}\n" for one in self.waiting).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What the rounds need. ``new_blob`` gives 32 random hex digits."""

    tables: Tables
    store: Store
    in_thread: InThread
    keyring: Keyring
    now: Callable[[], datetime]
    new_blob: Callable[[], str]

    async def round(self) -> float:
        """Deliver what waits; gives the seconds until the next time."""
        after = 0
        while page := await self.tables.read(log_records.following, after, _PAGE):
            for parcel in _parcels(page):
                await self._settle(parcel)
            after = page[-1].id
        return PAUSE

    async def _settle(self, parcel: _Parcel) -> None:
        """Deliver a parcel; one that nobody takes is tried for some time."""
        why, ours = "", False
        try:
            why = await self._deliver(parcel)
        except Refused as refused:
            why, ours = refused.message, refused.refusal.is_ours
        if not why:
            return
        told = {"bucket": parcel.source, "target": parcel.target.bucket, "why": why}
        _log.warn("the log of {bucket} cannot be put into {target}: {why}", **told)
        old = [one.id for one in parcel.waiting if one.record.at < self.now() - KEPT]
        if old and not ours:
            await self.tables.statement(log_records.forget, old)
            _log.error("{lost} log records of {bucket} are lost", lost=len(old), **told)

    async def _deliver(self, parcel: _Parcel) -> str:
        """Put one log object; gives why it may not be put, "" if it was."""
        bucket = await self.tables.read(buckets.find, parcel.target.bucket)
        if bucket is None:
            return "the bucket is gone"
        made_by = (parcel.owner.account_id, parcel.source)
        moment = parcel.day or self.now()
        key = parcel.target.key(made_by, moment, self.new_blob()[:16].upper())
        if not delivers(parcel.source, parcel.owner, bucket, key):
            return "it lets no logs be delivered any more"
        await self._put(_asked(bucket, key), parcel)
        return ""

    async def _put(self, asked: Asked, parcel: _Parcel) -> None:
        body, takes = parcel.body, vessel(self, asked)
        promised = Content(length=len(body), also=takes.also)
        receiving = Receiving(promised, takes.store, self.new_blob(), takes.encryption)

        async def record(found: Digests) -> Changed:
            stored = with_content(described(self.now(), asked), found, receiving)
            crashpoint("walrus.log.kept")
            changed = await self.tables.statement(log_records.deliver, parcel.ids, stored)
            crashpoint("walrus.log.committed")
            return changed

        try:
            await self.in_thread(receiving.take, [body])
        except BaseException:
            await self.in_thread(receiving.release)
            raise
        await keep(self, receiving, record)


def _asked(bucket: Bucket, key: str) -> Asked:
    """The PUT of a log object. It belongs to the owner of the bucket that gets it."""
    owner = bucket.owner
    return Asked(
        action=ACTIONS[(OBJECT, "PUT", "")], target=Target(bucket=bucket.name, key=key),
        request_id="", headers={"content-type": "text/plain"}, query={}, bucket=bucket,
        access=Access(owner=owner, acl=(Grant.to(owner, FULL_CONTROL),)),
    )  # fmt: skip


def _parcels(page: Sequence[Waiting]) -> Iterator[_Parcel]:
    """Records that go into one object together, in their order."""
    named = {one.id: _address(one) for one in page}
    for address, waiting in groupby(
        sorted(page, key=lambda one: (named[one.id], one.id)), key=lambda one: named[one.id]
    ):
        together = tuple(waiting)
        record = together[0].record
        target = LogTarget.of_text(record.target)
        day = datetime.combine(record.at.date(), datetime.min.time(), record.at.tzinfo)
        by_day = day if address[-1] else None
        yield _Parcel(record.bucket, record.owner, target, by_day, together)


def _address(one: Waiting) -> tuple[str, str, str, str]:
    """What the records of one object have in common: bucket, owner, target and perhaps day."""
    record = one.record
    by_day = LogTarget.of_text(record.target).date == BY_EVENT
    day = record.at.date().isoformat() if by_day else ""
    return record.bucket, record.owner.canonical_id, record.target, day
