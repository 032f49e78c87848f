# SPDX-License-Identifier: BSD-2-Clause
"""Telling the cloud that something changed, so that it asks now and not at its next poll."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clustercontroller.drivers.cloud import Cloud
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.zone import Zone

GATHER = 0.05
"""Seconds in which changes are gathered into one piece of news."""

FLOOR, QUIET = 0.5, 0.15
"""Seconds between two pieces of news: a large zone has something to tell all the time. What is the
last for the moment, nothing having followed it for a while, is told sooner."""

NEWS_PATH = "/services/News"


class News:
    """At most one message is under way; what happens meanwhile becomes one more."""

    def __init__(self, zone: Zone, cloud: Cloud) -> None:
        self._zone, self._cloud = zone, cloud
        self._reactor: IReactorTime = zone.reactor
        self._waiting: list[str] = []
        self._due: IDelayedCall | None = None
        self._busy = False
        self._last = -FLOOR

    def changed(self, subject: str) -> None:
        """Note a change and see to it that the cloud hears of it."""
        if subject not in self._waiting:
            self._waiting.append(subject)
        if not self._busy:
            self._schedule()

    def _schedule(self) -> None:
        early = self._last + FLOOR - self._zone.now()
        if self._due is None:
            wait = GATHER if early <= GATHER else min(early, QUIET)
            self._due = self._reactor.callLater(wait, self._begin)
        elif early > GATHER:
            self._due.reset(min(early, QUIET))

    def _begin(self) -> None:
        self._due, self._busy = None, True
        Deferred.fromCoroutine(self._tell()).addErrback(
            lambda f: self._zone.log.failure("news failed", failure=f)
        )

    async def _tell(self) -> None:
        subject, self._waiting = " ".join(self._waiting), []
        self._last = self._zone.now()
        try:
            url = self.url
            if url:
                await self._cloud.tell(url, subject)
        except (Unreachable, Declined) as failed:
            # The cloud polls anyway: news is a courtesy and is not repeated.
            self._zone.log.debug("the cloud did not hear of {subject}: {why}", subject=subject,
                                 why=str(failed))  # fmt: skip
        finally:
            self._busy = False
            if self._waiting:
                self._schedule()

    @property
    def url(self) -> str:
        """Where the cloud's front hears news: as configured, else where the cloud itself runs."""
        base = self._zone.settings.cloud_url or self._zone.topology.url("eucalyptus")
        scheme, sep, rest = base.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{NEWS_PATH}" if sep else ""
