# SPDX-License-Identifier: BSD-2-Clause
"""One contract, answered: bytes -> caller -> message -> body -> message -> bytes.

A refusal becomes a fault or an error here and nowhere else; whatever else escapes a body is our
bug, is logged whole, and reaches the caller only as InternalError with the request id.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web import resource
from twisted.web.server import NOT_DONE_YET

from eucalyptus.access.call import Call
from eucalyptus.access.policy import authorize
from eucalyptus.contracts.declare import Contract, Operation, parts
from eucalyptus.contracts.refusals import DRY_RUN, INTERNAL, MALFORMED, UNSUPPORTED_MEDIA, Refused
from eucalyptus.web.arrivals import Arrived, Reply, arrival, send
from eucalyptus.web.requests import BodyRefused, BoundedRequest
from eucalyptus.wire import wsdl
from eucalyptus.wire.codec import Codec, codec_of

_log = Logger()

Body = Callable[[Call, Any], Awaitable[Any]]
"""What does an operation: gets the call and the message, gives the answering message."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that a door has let in: who calls, which operation, with what message."""

    call: Call
    operation: Operation
    ask: Any
    codec: Codec
    soap: bool = False
    reply_to: str = ""
    dry_run: bool = False
    claim: bytes = b""
    """Under what a Query answer is to be recorded, b"" when it is not."""


class Door(Protocol):
    """How callers of one kind are let in and answered."""

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        """Authenticate and read a request; raises Refused."""
        ...

    def seat(self, asked: Asked) -> AbstractContextManager[None]:
        """Room for the request while it is carried out; raises LIMIT_EXCEEDED."""
        ...

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        """Say the answer."""
        ...

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        """Say a refusal."""
        ...


class Answered(Exception):
    """The very same request was answered before; ``reply`` is what it got."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("answered before")
        self.reply = reply


class Unbuilt(Exception):
    """An operation without a body, or a body without an operation: the daemon must not start."""


class Endpoint(resource.Resource):
    """The resource of one contract: SOAP, Query and ``?wsdl``."""

    isLeaf = False
    """It answers at its own path; what clients do not sign the path of would be heard elsewhere."""

    def __init__(self, contract: Contract, bodies: Mapping[str, Body], door: Door) -> None:
        super().__init__()
        declared = {operation.name for operation in contract.operations}
        if declared != set(bodies):
            missing, extra = declared - set(bodies), set(bodies) - declared
            raise Unbuilt(f"{contract.name}: without a body {missing}, undeclared {extra}")
        self.contract, self._bodies, self._door = contract, bodies, door
        self.codec = cache(lambda version: codec_of(contract, version))

    def render(self, request: BoundedRequest) -> Any:
        """Answer a Twisted request.

        A peer that goes away does not stop the work: half an operation helps nobody, and its
        repeat gets the recorded answer.
        """
        request.noted = True
        Deferred.fromCoroutine(self._serve(request))
        return NOT_DONE_YET

    async def _serve(self, request: BoundedRequest) -> None:
        request_id = request.site.new_id()
        try:
            reply = await self._reply(request, request_id)
        except BodyRefused as refused:
            request.note(refused, request_id)
            reply = _plain(refused.status, str(refused), request_id)
        except Exception:
            # Not even a door could say it; silence would hold the caller until it gives up.
            _log.failure("{request_id} cannot be answered", request_id=request_id)
            reply = _plain(500, INTERNAL(request_id=request_id).message, request_id)
        send(request, reply, request_id)

    async def _reply(self, request: BoundedRequest, request_id: str) -> Reply:
        arrived = arrival(request, request_id)
        try:
            request.begin_work()
            try:
                return await self.respond(arrived)
            finally:
                request.end_work()
        except Refused as crowded:
            return await self._door.refuse(arrived, crowded, None, self)

    async def respond(self, arrived: Arrived) -> Reply:
        """Answer one request, whatever happens."""
        word, _, version = arrived.query.partition("=")
        if arrived.method in ("GET", "HEAD") and word.lower() == "wsdl":
            return self._describe(arrived, version)
        asked = None
        try:
            asked = await self._door.admit(arrived, self)
            with self._door.seat(asked):
                value = await self.perform(asked)
            return await self._door.answer(asked, value, self)
        except Answered as before:
            return before.reply
        except Refused as refused:
            self._note(arrived, asked, refused)
            return await self._door.refuse(arrived, refused, asked, self)
        except Exception:
            _log.failure("{request_id} failed", request_id=arrived.request_id)
            hidden = INTERNAL(request_id=arrived.request_id)
            return await self._door.refuse(arrived, hidden, asked, self)

    async def perform(self, asked: Asked) -> Any:
        """Authorise and run the operation's body; the answer carries the request id."""
        authorize(asked.call.principal, asked.call.component, asked.operation)
        if asked.dry_run:
            raise DRY_RUN()
        value = await self._bodies[asked.operation.name](asked.call, asked.ask)
        _log.info(
            "{request_id} {operation} for {who} from {source}",
            request_id=asked.call.request_id,
            operation=asked.operation.name,
            who=asked.call.caller,
            source=asked.call.source,
        )
        answers: type = asked.operation.answers
        if carries_request_id(answers) and not value.request_id:
            value = dataclasses.replace(value, request_id=asked.call.request_id)
        return value

    def _note(self, arrived: Arrived, asked: Asked | None, refused: Refused) -> None:
        _log.info(
            "{request_id} refused {operation} for {who} from {source}: {code}: {why}",
            request_id=arrived.request_id,
            operation=asked.operation.name if asked else "a request",
            who=asked.call.caller if asked else refused.credential[:80] or "nobody known",
            source=arrived.source,
            code=refused.refusal.code,
            why=refused.message,
        )

    def _describe(self, arrived: Arrived, asked: str) -> Reply:
        version, versions = asked.strip("/"), self.contract.versions
        if version and version not in versions:
            known = ", ".join(versions) or "one without a version"
            text = f"There is no such WSDL here. Known: {known}.\n".encode()
            return Reply(status=404, body=text, content_type="text/plain")
        scheme = "https" if arrived.secure else "http"
        url = f"{scheme}://{arrived.header('host') or 'localhost'}{arrived.path}"
        newest = versions[-1] if versions else ""
        return Reply(status=200, body=wsdl.text(self.contract, version or newest, url))


def _plain(status: int, why: str, request_id: str) -> Reply:
    text = f"{why}\nRequest id: {request_id}\n".encode()
    return Reply(status=status, body=text, content_type="text/plain")


@cache
def carries_request_id(answer: type) -> bool:
    """Whether messages of this class have a ``request_id``."""
    return any(part.attribute == "request_id" for part in parts(answer))


_XML = ("text/xml", "application/xml")
_OTHER_SOAP = ("application/soap+xml", "multipart/related")


def wants_soap(arrived: Arrived) -> bool:
    """Whether a request is SOAP, by its media type or a SOAPAction header."""
    xml = arrived.content_type in (*_XML, *_OTHER_SOAP)
    return arrived.method == "POST" and (xml or "soapaction" in arrived.headers)


def required_post(arrived: Arrived) -> None:
    """Raise MALFORMED unless it is a POST with a body, UNSUPPORTED_MEDIA for SOAP 1.2 and parts."""
    if arrived.method != "POST" or not arrived.body:
        raise MALFORMED(reason="a SOAP message is sent by POST")
    if arrived.content_type in _OTHER_SOAP:
        raise UNSUPPORTED_MEDIA(reason="Only SOAP 1.1 as text/xml is spoken here.")
