# SPDX-License-Identifier: BSD-2-Clause
"""The door of users: SOAP or Query, whichever a request is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from eucalyptus.access.denials import Denied
from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.budgets import Charging, Free
from eucalyptus.web.endpoint import Asked, Endpoint, wants_soap
from eucalyptus.web.query_door import QueryDoor
from eucalyptus.web.soap_door import SoapDoor
from eucalyptus.web.waiting import Caution, Trust

REGION = "eucalyptus"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDoor:
    """Sends each request to the door that understands it."""

    soap: SoapDoor
    query: QueryDoor
    doubts: Caution = field(default_factory=Trust)
    budgets: Charging = field(default_factory=Free)
    seal: Callable[[bytes], bytes] | None = None
    """Seals the reasons of a denial; None: denials carry none."""

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        """Authenticate and read a request of either kind, when it is its turn."""
        await self.doubts.ponder(arrived)
        try:
            return await self._of(arrived).admit(arrived, endpoint)
        except Refused as refused:
            self.doubts.failed(arrived, refused)
            raise

    def seat(self, asked: Asked) -> AbstractContextManager[None]:
        """Room among its account's requests under way."""
        return self.budgets.seat(asked.call.who)

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        """Say the answer as it was asked."""
        door = self.soap if asked.soap else self.query
        return await door.answer(asked, value, endpoint)

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        """Say a refusal as it was asked; a denial carries its sealed reasons."""
        if isinstance(refused, Denied) and self.seal:
            refused = refused.explained(circumstances(arrived), self.seal)
        return await self._of(arrived).refuse(arrived, refused, asked, endpoint)

    def _of(self, arrived: Arrived) -> SoapDoor | QueryDoor:
        return self.soap if wants_soap(arrived) else self.query


def circumstances(arrived: Arrived) -> Mapping[str, str]:
    """What policies may ask about a request beside who, what and which thing."""
    return {
        "aws:SourceIp": arrived.source,
        "aws:SecureTransport": str(arrived.secure).lower(),
        "aws:UserAgent": arrived.header("user-agent"),
        "ec2:Region": REGION,
    }
