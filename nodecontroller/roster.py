# SPDX-License-Identifier: BSD-2-Clause
"""The instances of this node: in memory to be asked, in the journal to be kept.

Ages are counted by a monotonic clock from when this process learned of a state, so that a host
clock that jumps ends no instance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from eucalyptus.crashpoints import crashpoint
from nodecontroller.core.lifecycle import Event
from nodecontroller.core.plain import Unreadable
from nodecontroller.core.record import ID, Record, moved, report
from nodecontroller.drivers.journal import Journal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """POSIX seconds for people, monotonic seconds for timers."""

    clock: Callable[[], float]
    ticks: Callable[[], float]


class Roster:
    """Records by instance id. ``in_thread`` runs the journal's blocking calls elsewhere."""

    log = Logger()

    def __init__(
        self, journal: Journal, times: Times, in_thread: Callable[..., Awaitable[Any]]
    ) -> None:
        self._journal, self._times, self._in_thread = journal, times, in_thread
        self._records: dict[str, Record] = {}
        self._since: dict[str, float] = {}
        self._writing = DeferredLock()
        self._unsaved: set[str] = set()
        self._ended_unseen: dict[str, float] = {}
        self._aside: set[str] = set()
        self.damaged: dict[str, str] = {}
        self.changed: Callable[[str], None] = lambda instance_id: None

    def open(self) -> None:
        """Read the journal; blocks."""
        found = self._journal.open()
        self.damaged = dict(found.damaged)
        for record in found.records:
            self._remember(record)
        for name, why in found.damaged.items():
            self.log.error("the record of {id} cannot be read: {why}", id=name, why=why)

    def get(self, instance_id: str) -> Record | None:
        """The record of an instance, or None."""
        return self._records.get(instance_id)

    def all(self) -> tuple[Record, ...]:
        """Every record, by id."""
        return tuple(self._records[key] for key in sorted(self._records))

    def age(self, instance_id: str) -> float:
        """Seconds since the instance came into its state, or this process learned of it."""
        return self._times.ticks() - self._since[instance_id]

    async def add(self, record: Record) -> None:
        """Keep a new record; raises OSError, and then nothing was kept.

        It is no news: whoever asked for the instance is answered with its report.
        """
        self._remember(record)
        try:
            await self._save(record.id)
        except OSError:
            del self._records[record.id]
            raise

    async def move(self, instance_id: str, *events: Event, reason: str = "") -> Record:
        """Take an instance through ``events``, which are one step to everybody else; raises
        WrongState. A journal on a full disk is written again later: an instance must be able to
        end there."""
        before = self._records[instance_id]
        for event in events:
            self._step(self._records[instance_id], event, reason)
        after = self._records[instance_id]
        if report(after, "") != report(before, ""):
            self.changed(instance_id)
        await self._try_save(instance_id)
        return after

    def _step(self, record: Record, event: Event, reason: str) -> None:
        after = moved(record, event, now=self._times.clock(), reason=reason)
        self._remember(after)
        self.log.info(
            "{id}: {before} -> {after}: {what}{reason}", id=record.id, before=record.state.value,
            after=after.state.value, what=event.value, reason=f" ({reason})" if reason else "",
        )  # fmt: skip

    async def set_address(self, instance_id: str, public_ip: str) -> None:
        """Note the public address of an instance."""
        record = self._records[instance_id]
        self._records[instance_id] = dataclasses.replace(record, public_ip=public_ip)
        await self._try_save(instance_id)

    async def save_rest(self) -> None:
        """Write what could not be written before."""
        for instance_id in sorted(self._unsaved):
            await self._try_save(instance_id)

    async def forget(self, instance_id: str) -> None:
        """Forget an instance that is over."""
        self._records.pop(instance_id, None)
        self._since.pop(instance_id, None)
        self._unsaved.discard(instance_id)
        crashpoint("nc.forget.before")
        await self._in_thread(self._journal.forget, instance_id)
        crashpoint("nc.forget.after")

    def refuse_later(self, instance_id: str) -> None:
        """An end was asked for before its beginning: remember, in case the beginning comes late."""
        self._ended_unseen[instance_id] = self._times.ticks()

    def is_refused(self, instance_id: str, memory: float) -> bool:
        """Whether its end was asked for within the last ``memory`` seconds."""
        now = self._times.ticks()
        self._ended_unseen = {k: t for k, t in self._ended_unseen.items() if now - t < memory}
        return instance_id in self._ended_unseen

    async def adopt(self, name: str) -> bool:
        """Take in the record of a stranger, if a person has put a readable one there."""
        if not ID.match(name) or name in self._records or name in self._aside:
            return False
        try:
            record = await self._in_thread(self._journal.read, name)
        except (FileNotFoundError, Unreadable):
            return False
        self.damaged.pop(name, None)
        self._remember(record)
        self.log.info("{id} is adopted: its record can be read now", id=name)
        return True

    def set_aside(self, instance_id: str, why: str) -> None:
        """Keep an instance's record unread: its domain is a stranger until the next start."""
        self._records.pop(instance_id, None)
        self._since.pop(instance_id, None)
        self._aside.add(instance_id)
        self.damaged[instance_id] = why

    def _remember(self, record: Record) -> None:
        before = self._records.get(record.id)
        self._records[record.id] = record
        if before is None or before.state is not record.state:
            self._since[record.id] = self._times.ticks()

    async def _try_save(self, instance_id: str) -> None:
        try:
            await self._save(instance_id)
        except OSError as failure:
            self._unsaved.add(instance_id)
            self.log.error("{id} cannot be journalled: {why}", id=instance_id, why=failure)

    async def _save(self, instance_id: str) -> None:
        # Who waits may go away (a caller that hangs up cancels what he asked for); the writing
        # goes on, and the next one still waits for it.
        written: Deferred[None] = Deferred()
        Deferred.fromCoroutine(self._write(instance_id)).addBoth(written.callback)
        await written

    async def _write(self, instance_id: str) -> None:
        await self._writing.acquire()
        try:
            record = self._records.get(instance_id)
            if record is not None:
                await self._in_thread(self._journal.write, record)
            self._unsaved.discard(instance_id)
        finally:
            self._writing.release()
