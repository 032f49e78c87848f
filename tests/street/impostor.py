# SPDX-License-Identifier: BSD-2-Clause
"""Somebody who answers in a cluster's place: the cloud's connections lead to him."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Operation
from eucalyptus.web.client import Line, Peer
from eucalyptus.web.connections import HttpAnswer
from eucalyptus.wire import certificates, soap
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from eucalyptus.wire.security import Addressing, Identity, Verifier, names, sign
from tests.cloudcontroller.compute.street import URL
from tests.wire.security.forge import NOW, Signer, signer

CODEC = Codec(CLUSTER, "")
Answering = Callable[["Question"], HttpAnswer]


def identity(who: Signer) -> Identity:
    """What a signer signs with."""
    return certificates.identity(who.pem, certificates.key_pem(who.key))


class Question:
    """What the cloud asked, and the honest answer to it."""

    def __init__(self, document: bytes, zone: Any) -> None:
        root = parse(document)
        body = next(root.iter(names.BODY))
        self.operation, _, self.element = soap.dispatch(CLUSTER, body)
        self.message_id = next(root.iter(names.WSA_MESSAGE_ID)).text or ""
        self.ask = CODEC.read(self.operation.asks, self.element)
        self._zone = zone

    async def honest(self) -> bytes:
        """The body of the answer that the fake zone gives."""
        words = re.sub(r"(?<!^)([A-Z])", r"_\1", self.operation.name).lower()
        call = getattr(self._zone, words)
        plain = self.operation.name == "DescribeInstances"
        answer = await (call(URL) if plain else call(URL, self.ask))
        return CODEC.write(answer or self.operation.answers(succeeded=True), self.action)

    @property
    def action(self) -> str:
        """The name of the answering element."""
        return self.operation.name + "Response"


def signed(
    body: bytes, question: Question, who: str = "cluster", relates: str = "", ago: float = 0.0
) -> bytes:
    """An answer, signed by ``who``."""
    addressing = Addressing(
        action=f"{CLUSTER.soap_action(question.operation)}Response",
        message_id=f"urn:uuid:{uuid.uuid4()}",
        relates_to=relates or question.message_id,
    )
    return sign(body, identity(signer(who)), addressing, NOW - ago)


class Impostor:
    """The cloud's connections: whatever is asked, ``answers`` makes of the honest body what it
    wants."""

    def __init__(self, zone: Any, answers: Callable[[bytes, Question], HttpAnswer]) -> None:
        self._zone, self._answers = zone, answers
        self.asked: list[Operation] = []

    async def exchange(
        self, address: tuple[str, int], request: bytes, timeout: float, *, fresh: bool = False
    ) -> HttpAnswer:
        """Answer a request."""
        question = Question(request.partition(b"\r\n\r\n")[2], self._zone)
        self.asked.append(question.operation)
        return self._answers(await question.honest(), question)

    def line(self, verifier: Verifier) -> Line:
        """What stubs of the cloud use."""
        connections: Any = self
        return Line(
            connections=connections, identity=identity(signer("cloud")), clock=lambda: NOW,
            new_id=lambda: str(uuid.uuid4()), verifier=verifier,
        )  # fmt: skip


def cluster_peer() -> Peer:
    """The cluster as the cloud has it on record."""
    who = signer("cluster")
    return Peer(fingerprint=who.fingerprint, pem=who.pem)
