# SPDX-License-Identifier: BSD-2-Clause
"""Telling the cluster controller that it is worth asking, now instead of at its next poll."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.news import CHANGED, Changed
from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.connections import Unreachable

PATH = "/axis2/services/EucalyptusNews"
GATHER = 0.05
"""Seconds by which changes are gathered into one message."""


class Caller(Protocol):
    """What can send a message: a stub of the news contract."""

    async def call(self, operation: Operation, ask: Any, timeout: float | None = None) -> Any:
        """Send and wait for the answer."""
        ...


class ClusterNews:
    """News to one cluster. ``stub`` makes the stub for a URL; ``our_url`` says who changed."""

    log = Logger()

    def __init__(
        self,
        stub: Callable[[str], Caller],
        our_url: Callable[[], str],
        reactor: IReactorTime,
        url: str = "",
    ) -> None:
        self._make, self._our_url, self._reactor = stub, our_url, reactor
        self._url = ""
        self._stub: Caller | None = None
        self._pending: str | None = None
        self._sending = False
        if url:
            self.learn(url)

    def learn(self, url: str) -> None:
        """The cluster controller answers at ``url``: its news service is beside it."""
        split = urlsplit(url)
        news = f"{split.scheme}://{split.netloc}{PATH}"
        if split.netloc and news != self._url:
            self._url, self._stub = news, self._make(news)
            self.log.info("news go to {url}", url=news)

    def changed(self, subject: str) -> None:
        """Something changed; what follows within a moment goes in the same message."""
        is_first, self._pending = self._pending is None, subject
        if is_first and not self._sending:
            self._reactor.callLater(GATHER, self._begin)

    def _begin(self) -> None:
        self._sending = True
        Deferred.fromCoroutine(self._send())

    async def _send(self) -> None:
        subject, self._pending = self._pending, None
        try:
            if self._stub is not None:
                ask = Changed(service_tag=self._our_url(), subject=subject)
                await self._stub.call(CHANGED, ask)
        except (Unreachable, Refused) as failure:
            # The cluster polls anyway; a lost message costs a few seconds.
            self.log.debug("no news to {url}: {why}", url=self._url, why=failure)
        except Exception:
            self.log.failure("news could not be sent")
        finally:
            self._sending = False
            if self._pending is not None:
                self._reactor.callLater(GATHER, self._begin)


class FakeNews:
    """News for rehearsals: kept in a list."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.cluster = ""

    def changed(self, subject: str) -> None:
        """Keep the subject."""
        self.subjects.append(subject)

    def learn(self, url: str) -> None:
        """Keep the cluster's URL."""
        self.cluster = url
