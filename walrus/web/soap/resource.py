# SPDX-License-Identifier: BSD-2-Clause
"""The resource of S3's SOAP API: message -> caller -> REST's request -> answer -> message.

Bodies flow in and out as the object store's do; a refusal becomes a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.python.failure import Failure

from eucalyptus.contracts.refusals import UNSUPPORTED_MEDIA, Refused
from eucalyptus.contracts.s3 import METHOD_NOT_ALLOWED
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.contracts.s3_soap.refusals import (
    CONTENT_ENCODED,
    MISSING_ATTACHMENT,
    UNEXPECTED_ATTACHMENT,
)
from eucalyptus.web.arrivals import Arrived
from eucalyptus.web.waiting import Caution, Trust
from eucalyptus.wire import soap, wsdl
from eucalyptus.wire.security import Identity, sign
from walrus.core.asking import Asked
from walrus.core.content import Content
from walrus.core.enclosures import dime, mime
from walrus.core.enclosures.enclosure import Bare, Unwrapping, Wrapped
from walrus.core.keys import Target
from walrus.core.soap.wishes import wish
from walrus.operations.receiving import Receiving
from walrus.operations.soap import Admitted, Message, admit, carry_out, surround, tell
from walrus.operations.world import Answer, Opened
from walrus.web.exchange import Door, Exchange
from walrus.web.incoming import Document
from walrus.web.resource import ObjectStore, exception_of
from walrus.web.soap import faults
from walrus.web.soap.letting_in import LARGEST, Gate, Sent, let_in
from walrus.web.soap.unpacking import Nothing, Unpacking

_OF_THE_SENDER = ("user-agent", "referer")
"""Headers that policies may ask about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How messages are let in, and what signs the answers to sealed ones (None: nothing)."""

    gate: Gate
    identity: Callable[[], Identity | None] = lambda: None
    doubts: Caution = field(default_factory=Trust)


@dataclass(slots=True, kw_only=True)
class SoapExchange(Exchange):
    """One message on its way through. ``about`` names the bucket or object, once known."""

    unpacking: Unpacking
    arrived: Arrived
    about: str = ""
    sent: Sent | None = None
    ready: Admitted | None = None

    @property
    def log_operation(self) -> str:
        """The SOAP operation."""
        return f"SOAP.{self.sent.operation}" if self.sent else "SOAP"

    @property
    def media_type(self) -> str:
        """What the body is said to be."""
        return self.arrived.content_type


class SoapStore(ObjectStore):
    """Speaks SOAP 1.1 about the same buckets and objects, and gives its WSDL."""

    isLeaf = False

    def __init__(self, door: Door, manners: Manners) -> None:
        super().__init__(door)
        self._manners = manners

    def open_body(self, request: Any, length: int | None) -> Any:
        """Called when the headers are complete: gives the body's sink."""
        met = self._met(request, length)
        arrived = _arrived(request, met)
        load = request.channel.site.load
        unpacking = Unpacking(_unwrapping(arrived), met["incoming"], load, LARGEST)
        self._begin(request, SoapExchange(**met, unpacking=unpacking, arrived=arrived))
        return unpacking

    # --- the message has come ---

    async def _admit(self, exchange: Exchange) -> tuple[Asked, Document | Receiving]:
        """Everything that can be known from the message; raises Refused."""
        assert isinstance(exchange, SoapExchange)
        document = await exchange.unpacking.message
        if exchange.arrived.method != "POST":
            # Its WSDL is given to whoever reads; nothing is asked.
            raise METHOD_NOT_ALLOWED(method=exchange.arrived.method[:20])
        _check_head(exchange)
        exchange.sent = sent = await self._let_in(exchange, document)
        wanted = wish(sent.ask)
        exchange.about = _path(wanted.target)
        exchange.target, exchange.who = wanted.target, sent.who
        message = Message(
            operation=sent.operation, ask=sent.ask, who=sent.who, request_id=exchange.request_id,
            arrival=exchange.arrival,
            headers={n: v for n, v in exchange.headers.items() if n in _OF_THE_SENDER},
        )  # fmt: skip
        attached = exchange.unpacking.has_attachment
        if wanted.attached is not None and not attached:
            raise MISSING_ATTACHMENT()
        unwanted = UNEXPECTED_ATTACHMENT(operation=sent.operation)
        if attached and wanted.attached is None:
            raise unwanted
        exchange.ready = ready = await admit(self._door.world, message, wanted)
        taker = ready.taker if wanted.attached is not None else None
        exchange.incoming.lead_to(taker or Nothing(unwanted))
        return ready.asked, taker or Document(Content(length=0))

    async def _let_in(self, exchange: SoapExchange, document: bytes) -> Sent:
        manners = self._manners
        arrived = exchange.arrived.with_body(document)
        await manners.doubts.ponder(arrived)
        try:
            return await let_in(manners.gate, document)
        except Refused as refused:
            manners.doubts.failed(arrived, refused)
            raise

    # --- the whole request has come ---

    async def _answer(self, exchange: Exchange) -> Answer:
        assert isinstance(exchange, SoapExchange)
        described = _described(exchange.arrived)
        await exchange.decided
        if described is not None:
            return described
        if isinstance(exchange.admitted, Failure):
            raise exception_of(exchange.admitted)
        ready, world = exchange.ready, self._door.world
        assert ready is not None  # it was admitted
        await exchange.incoming.complete
        if exchange.incoming.failure is not None:
            raise exception_of(exchange.incoming.failure)
        answer = await carry_out(world, self._door.bodies, ready)
        said, opened = await tell(world, ready.message, answer)
        if opened is None:
            return Answer(headers={"content-type": faults.TEXT}, body=self._seal(exchange, said))
        media_type = answer.headers.get("content-type", "")
        wrapped = self._wrap(exchange, soap.envelope(said), opened, media_type)
        opened = surround(opened, wrapped)
        headers = {"content-type": wrapped.content_type, "content-length": str(opened.length)}
        return Answer(headers=headers, opened=opened)

    def _seal(self, exchange: SoapExchange, said: bytes) -> bytes:
        """An envelope; signed when the message was and this cloud signs its answers."""
        identity = self._manners.identity() if exchange.sent and exchange.sent.sealed else None
        if identity is None:
            return soap.envelope(said)
        return sign(said, identity, None, self._door.now().timestamp())

    def _wrap(
        self, exchange: SoapExchange, message: bytes, opened: Opened, media_type: str
    ) -> Wrapped:
        """DIME, as S3 answered, unless the client speaks only MIME or the bytes are too many."""
        accepts = exchange.arrived.header("accept").lower()
        only_mime = mime.MEDIA_TYPE in accepts and dime.MEDIA_TYPE not in accepts
        if exchange.media_type == mime.MEDIA_TYPE or only_mime or not dime.fits(opened.length):
            return mime.wrap(message, media_type, self._door.world.new_blob())
        return dime.wrap(message, media_type, opened.length)

    def _told(self, refused: Refused, facts: dict[str, str], exchange: Exchange) -> Answer:
        """The fault."""
        assert isinstance(exchange, SoapExchange)
        exchange.error = refused.refusal.code
        if exchange.about:
            facts = facts | {"Resource": exchange.about}
        return faults.fault(refused, facts)


def _unwrapping(arrived: Arrived) -> Unwrapping:
    if arrived.content_type == mime.MEDIA_TYPE:
        return mime.MimeUnwrapping(arrived.header("content-type"))
    return dime.DimeUnwrapping() if arrived.content_type == dime.MEDIA_TYPE else Bare()


def _arrived(request: Any, met: dict[str, Any]) -> Arrived:
    """The request's head, for doors that have no socket."""
    head = met["asked_for"]
    return Arrived(
        method=head.method,
        path=head.path,
        query=head.query,
        headers=head.headers,
        body=b"",
        request_id=met["request_id"],
        source=getattr(request.client, "host", ""),
        secure=bool(request.isSecure()),
    )


def _check_head(exchange: SoapExchange) -> None:
    coding = exchange.arrived.header("content-encoding").lower() or "identity"
    if coding != "identity":
        raise CONTENT_ENCODED(coding=coding[:40])
    if exchange.media_type == "application/soap+xml":
        raise UNSUPPORTED_MEDIA(reason="Only SOAP 1.1 is spoken here: text/xml, or its parts.")


def _described(arrived: Arrived) -> Answer | None:
    """The WSDL, to who asks for it."""
    if arrived.method not in ("GET", "HEAD") or arrived.query.lower() != "wsdl":
        return None
    scheme = "https" if arrived.secure else "http"
    url = f"{scheme}://{arrived.header('host') or 'localhost'}{arrived.path}"
    return Answer(headers={"content-type": faults.TEXT}, body=wsdl.text(S3_SOAP, "", url))


def _path(target: Target) -> str:
    return f"/{target.bucket}/{target.key}" if target.key else f"/{target.bucket}"
