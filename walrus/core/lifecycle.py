# SPDX-License-Identifier: BSD-2-Clause
"""Lifecycle rules: which objects, versions and uploads have had their time.

A rule counts days, and a day is over at midnight UTC. In a rehearsal a day has so many seconds
instead, and is over when these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

from walrus.core.records import Stored

KIND = "lifecycle"
"""The kind of document among a bucket's settings; kept as it is shown."""
HEADER = "x-amz-expiration"
_FOREVER = 365_000
"""Days; a calendar ends in the year 9999."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """How long a day is: ``day`` in seconds, 0 for real ones."""

    day: float = 0.0

    def end(self, beginning: datetime, days: int) -> datetime:
        """When so many days since ``beginning`` are over."""
        days = min(days, _FOREVER)
        if self.day:
            return beginning + timedelta(seconds=self.day * days)
        end = beginning.astimezone(UTC) + timedelta(days=days)
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if midnight == end else midnight + timedelta(days=1)

    def youngest(self, now: datetime, days: int) -> datetime:
        """The latest beginning of which so many days are over: the other way round."""
        days = min(days, _FOREVER)
        if self.day:
            return now - timedelta(seconds=self.day * days)
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a rule is about: sizes in bytes, each exclusive, None where any will do."""

    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    larger: int | None = None
    smaller: int | None = None

    def has(self, stored: Stored) -> bool:
        """Whether a version is among them."""
        return (
            stored.key.startswith(self.prefix)
            and self.tags.items() <= stored.tags.items()
            and (self.larger is None or stored.size > self.larger)
            and (self.smaller is None or stored.size < self.smaller)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; a number of days is 0, a date None where the rule does not say.

    ``days`` or ``date``: when objects expire. ``lone_markers``: whether delete markers go that
    hide nothing. ``noncurrent_days``: how long versions stay after a newer one has come, the
    ``newer_noncurrent`` newest of them longer. ``upload_days``: how long uploads may take.
    """

    id: str
    enabled: bool
    chosen: Chosen
    days: int = 0
    date: datetime | None = None
    lone_markers: bool = False
    noncurrent_days: int = 0
    newer_noncurrent: int = 0
    upload_days: int = 0
    prefix_alone: bool = False
    """Whether the prefix stands where it stood before there were filters."""

    def expired_since(self, now: datetime, calendar: Calendar) -> datetime | None:
        """Objects modified until then have expired; None: none has."""
        if self.date is not None:
            return now if self.date <= now else None
        return calendar.youngest(now, self.days) if self.days else None

    def expiry(self, stored: Stored, calendar: Calendar) -> datetime | None:
        """When an object expires by this rule, None: never."""
        if not self.enabled or not self.chosen.has(stored):
            return None
        return calendar.end(stored.modified, self.days) if self.days else self.date


def header(rules: Iterable[Rule], stored: Stored, calendar: Calendar) -> dict[str, str]:
    """What PUT, GET and HEAD tell of an object that will expire."""
    dates = [(when, rule.id) for rule in rules if (when := rule.expiry(stored, calendar))]
    if not dates:
        return {}
    when, rule = min(dates)
    date = format_datetime(when.astimezone(UTC).replace(microsecond=0), usegmt=True)
    return {HEADER: f'expiry-date="{date}", rule-id="{quote(rule)}"'}
