# SPDX-License-Identifier: BSD-2-Clause
"""A contract and a URL -> a stub: calls between components, signed both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from eucalyptus.contracts.declare import Contract, Operation
from eucalyptus.contracts.refusals import DECLINED, Refused
from eucalyptus.web.connections import Connections, HttpAnswer, Stale, Unreachable
from eucalyptus.wire import soap
from eucalyptus.wire.codec import codec_of
from eucalyptus.wire.security import (
    Addressing,
    Identity,
    Rules,
    Verifier,
    open_envelope,
    sign,
    verify,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The component whose answers are believed: its certificate, by fingerprint and PEM."""

    fingerprint: str
    pem: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What every stub of a daemon shares: connections, its own identity, time, chance, and what
    verifies the answers."""

    connections: Connections
    identity: Identity
    clock: Callable[[], float]
    new_id: Callable[[], str]
    rules: Rules = Rules.reply()
    verifier: Verifier = verify


class Stub:
    """The operations of ``contract`` at ``url``, answered by ``peer``.

    >>> answer = await stub.call(NC_DESCRIBE_RESOURCE, NcDescribeResource())  # doctest: +SKIP
    """

    def __init__(self, contract: Contract, url: str, peer: Peer, line: Line) -> None:
        split = urlsplit(url)
        self.contract, self.url = contract, url
        self._address = (split.hostname or "localhost", split.port or 80)
        self._path = split.path or "/"
        self._peer, self._line = peer, line
        self._codec = codec_of(contract)

    async def call(self, operation: Operation, ask: Any, timeout: float | None = None) -> Any:
        """Ask and wait.

        Raises DECLINED when the peer answers ``return=false``, which is signed; other Refused for
        its faults, which are not and so prove nothing; Unreachable when no believable answer came.
        """
        patience = operation.patience.value if timeout is None else timeout
        try:
            answer = await self._exchange(operation, ask, patience, fresh=False)
        except Stale:
            # A new message id: were the old one delivered after all, its copy would be a replay.
            answer = await self._exchange(operation, ask, patience, fresh=True)
        if getattr(answer, "succeeded", None) is False:
            raise DECLINED(reason=answer.status_message or f"{self.url} declined {operation.name}")
        return answer

    async def _exchange(
        self, operation: Operation, ask: Any, patience: float, *, fresh: bool
    ) -> Any:
        message_id = f"urn:uuid:{self._line.new_id().upper()}"
        action = self.contract.soap_action(operation)
        addressing = Addressing(to=self.url, action=action, message_id=message_id)
        body = self._codec.write(ask, operation.name)
        document = sign(body, self._line.identity, addressing, self._line.clock())
        answer = await self._line.connections.exchange(
            self._address, self._http(document, action), patience, fresh=fresh
        )
        return self._read(operation, answer, message_id)

    def _http(self, document: bytes, action: str) -> bytes:
        host, port = self._address
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Content-Type: text/xml; charset=UTF-8\r\n"
            f'SOAPAction: "{action}"\r\nContent-Length: {len(document)}\r\n\r\n'
        )
        return head.encode("latin-1") + document

    def _read(self, operation: Operation, answer: HttpAnswer, message_id: str) -> Any:
        if answer.status not in (200, 500):
            raise Unreachable(self.url, f"HTTP {answer.status}")
        if answer.status == 500:
            raise self._fault(answer.body)
        try:
            body = self.verified(answer.body, message_id)
            element = soap.answer_element(self.contract, operation, body)
            return self._codec.read(operation.answers, element)
        except Refused as refused:
            raise Unreachable(self.url, f"its answer cannot be believed: {refused}") from refused

    def _fault(self, document: bytes) -> Exception:
        """What a fault says. It is not signed, so it cannot decline: anybody could have said it."""
        refused = soap.read_fault(document)
        if refused.refusal.code == DECLINED.code:
            return Unreachable(self.url, f"its fault is not signed: {refused.message}")
        return refused

    def verified(self, document: bytes, message_id: str) -> Element:
        """The Body of the answer to ``message_id``, if our peer signed it; raises Unreachable or
        Refused."""
        sealed = open_envelope(document, self._line.rules)
        if sealed.fingerprint != self._peer.fingerprint:
            raise Unreachable(self.url, "its answer is signed by another certificate")
        verified = self._line.verifier(sealed, self._peer.pem, self._line.clock())
        if sealed.relates_to != message_id:
            raise Unreachable(self.url, "its answer belongs to another request")
        return verified.body
