# SPDX-License-Identifier: BSD-2-Clause
"""Removes what the lifecycle rules of buckets say has had its time.

A round asks every bucket with rules. It may stop anywhere: the next one finds what is left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import PRECONDITION_FAILED
from walrus.core.lifecycle import KIND, Calendar, Chosen, Rule
from walrus.core.lifecycle_documents import kept_rules
from walrus.core.locking import Moment
from walrus.core.records import Bucket, Stored, delete_marker
from walrus.database import bucket_settings, buckets, expiring, removals, uploads
from walrus.database.expiring import Expired, Search
from walrus.database.removals import Removal
from walrus.operations.world import Tables

PAUSE = 3600.0
"""Seconds between two rounds; in a rehearsal a quarter of a day."""

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What the rounds need. ``bury`` removes the files of doomed blobs."""

    tables: Tables
    now: Callable[[], datetime]
    calendar: Callable[[], Calendar]
    bury: Callable[..., None]

    async def round(self) -> float:
        """Go through all rules once; gives the seconds until the next time."""
        kept = await self.tables.read(bucket_settings.of_all_buckets, KIND)
        for name, document in sorted(kept.items()):
            bucket = await self.tables.read(buckets.find, name)
            if bucket is not None:
                removed = await _Sweep(self, bucket, self.now()).follow(kept_rules(document))
                if removed:
                    _log.info("{bucket}: {removed} expired", bucket=name, removed=removed)
        day = self.calendar().day
        return day / 4 if day else PAUSE


Find = Callable[..., Sequence[Expired]]
"""``expiring.current`` and its like: (transaction, search) -> one page."""


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One bucket's rules, once."""

    around: Lifecycle
    bucket: Bucket
    now: datetime

    async def follow(self, rules: Sequence[Rule]) -> int:
        """Gives how much was removed."""
        removed = 0
        for rule in rules:
            if rule.enabled:
                for step in self._steps(rule):
                    removed += await step
        return removed

    def _steps(self, rule: Rule) -> Iterator[Awaitable[int]]:
        """Older versions first: a delete marker that then hides nothing goes in the same round."""
        calendar = self.around.calendar()
        chosen, since = rule.chosen, rule.expired_since(self.now, calendar)
        if rule.noncurrent_days:
            old = calendar.youngest(self.now, rule.noncurrent_days)
            search = replace(self._search(chosen, old), spared=rule.newer_noncurrent)
            yield self._remove(expiring.noncurrent, search, self._old_version)
        if since is not None:
            yield self._remove(expiring.current, self._search(chosen, since), self._current)
        marked = self.now if rule.lone_markers else since
        # Delete markers have neither tags nor a size.
        if marked is not None and chosen == Chosen(prefix=chosen.prefix):
            search = self._search(chosen, marked)
            yield self._remove(expiring.lone_markers, search, self._version)
        if rule.upload_days:
            begun = calendar.youngest(self.now, rule.upload_days)
            yield self._abort(self._search(chosen, begun))

    def _search(self, chosen: Chosen, since: datetime) -> Search:
        return Search(bucket=self.bucket.name, chosen=chosen, since=since)

    async def _remove(
        self, find: Find, search: Search, removal: Callable[[Expired], Removal]
    ) -> int:
        """Remove what is found, page by page."""
        removed = 0
        while found := await self.around.tables.read(find, search):
            wanted = [removal(one) for one in found]
            done = await self.around.tables.statement(removals.remove_each, wanted)
            self.around.bury(*done.doomed)
            removed += sum(not isinstance(outcome, Refused) for outcome in done.outcomes)
            search = replace(search, behind=found[-1])
        return removed

    def _current(self, expired: Expired) -> Removal:
        def check(found: Stored | None) -> None:
            _unchanged(expired, found)

        marker = delete_marker(self.bucket, expired.key, self.now)
        return Removal(marker=marker, check=check, conditional=True)

    def _version(self, expired: Expired) -> Removal:
        def check(found: Stored | None) -> None:
            Moment(now=self.now).check_deletion(_unchanged(expired, found).lock)

        marker = delete_marker(self.bucket, expired.key, self.now)
        return Removal(marker=marker, check=check, version=expired.version)

    def _old_version(self, expired: Expired) -> Removal:
        removal = self._version(expired)

        def check(found: Stored | None) -> None:
            if found is not None and found.latest:
                raise _changed()
            removal.check(found)

        return replace(removal, check=check)

    async def _abort(self, search: Search) -> int:
        """Abort uploads, page by page; one that ends by itself meanwhile is not found again."""
        removed = 0
        while found := await self.around.tables.read(expiring.stale_uploads, search):
            for which in found:
                try:
                    doomed = await self.around.tables.statement(uploads.abort, which, self.now)
                except Refused as refused:
                    if refused.refusal.is_ours:
                        raise
                    continue
                self.around.bury(*doomed)
                removed += 1
        return removed


def _unchanged(expired: Expired, found: Stored | None) -> Stored:
    """What was found again; raises PRECONDITION_FAILED unless it is still the same."""
    if found is None or (found.version, found.modified) != (expired.version, expired.modified):
        raise _changed()
    return found


def _changed() -> Refused:
    return PRECONDITION_FAILED(condition="that the version is as it was")
