# SPDX-License-Identifier: BSD-2-Clause
"""The door of users: SOAP or Query, whichever a request is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.endpoint import Asked, Endpoint, wants_soap
from eucalyptus.web.query_door import QueryDoor
from eucalyptus.web.soap_door import SoapDoor


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDoor:
    """Sends each request to the door that understands it."""

    soap: SoapDoor
    query: QueryDoor

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        """Authenticate and read a request of either kind."""
        return await self._of(arrived).admit(arrived, endpoint)

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        """Say the answer as it was asked."""
        door = self.soap if asked.soap else self.query
        return await door.answer(asked, value, endpoint)

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        """Say a refusal as it was asked."""
        return await self._of(arrived).refuse(arrived, refused, asked, endpoint)

    def _of(self, arrived: Arrived) -> SoapDoor | QueryDoor:
        return self.soap if wants_soap(arrived) else self.query
