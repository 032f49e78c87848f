# SPDX-License-Identifier: BSD-2-Clause
"""The resource of the object store: request -> caller -> action -> answer.

A refusal becomes an S3 error document here and nowhere else; whatever else escapes is our bug,
is logged whole, and reaches the caller only as InternalError with the request id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from eucalyptus.contracts import s3
from eucalyptus.contracts.refusals import (
    AUTH_FAILURE,
    MALFORMED,
    MALFORMED_CERTIFICATE,
    Refused,
)
from walrus.core import asking, checksums, content, cors, documents, keys
from walrus.core.asking import Asked
from walrus.operations.authorising import authorise
from walrus.operations.bodies import STREAMS, receive
from walrus.operations.cors import crossed
from walrus.operations.posting import ReceivingFile, post_object
from walrus.operations.receiving import Receiving
from walrus.operations.world import XML, Answer
from walrus.web.exchange import SLOWEST, WATCH, Door, Exchange, address, arrival, asked_for, joined
from walrus.web.incoming import Document, Incoming
from walrus.web.letting_in import Caller, let_in
from walrus.web.noting import Said, is_unlogged, logged_bucket, record, said
from walrus.web.outgoing import Outgoing, Unsendable
from walrus.web.posted import admit_form

DISCARD = 64 * 1024 * 1024
"""Bytes of an unwanted body that are read to be polite; for more, the connection is closed."""


class ObjectStore(Resource):
    """Buckets, objects and images. Takes bodies as they come (``open_body``)."""

    isLeaf = True
    any_expectation = True
    continues = True
    log = Logger()

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door

    # --- the head has come ---

    def open_body(self, request: Any, length: int | None) -> Incoming:
        """Called when the headers are complete: starts to check them, gives the body's sink."""
        exchange = Exchange(**self._met(request, length))
        self._begin(request, exchange)
        return exchange.incoming

    def _met(self, request: Any, length: int | None) -> dict[str, Any]:
        """What an exchange begins with."""
        return {
            "request_id": self._door.new_request_id(),
            "asked_for": asked_for(request, self._door.names()),
            "headers": joined(request),
            "length": length,
            "incoming": Incoming(request.channel.transport, self._door.defer_to_thread),
            "arrival": arrival(request, self._door.now()),
        }

    def _begin(self, request: Any, exchange: Exchange) -> None:
        request.exchange = exchange
        deciding = Deferred.fromCoroutine(self._admit(exchange)).addBoth(exchange.decide)
        deciding.addCallback(lambda _: self._tell_early(request, exchange))
        if exchange.length != 0:
            self._watch(request, exchange, -WATCH * SLOWEST)

    def _watch(self, request: Any, exchange: Exchange, before: float) -> None:
        """Cut off who sends next to nothing: each sender holds a connection and a file."""
        incoming, channel = exchange.incoming, _channel(request)
        if channel is None or incoming.ended:
            return
        received = float(incoming.received)
        if incoming.waits_for_sender and received - before < SLOWEST * self._door.watch:
            self.log.info("{id} sends too slowly", id=exchange.request_id)
            channel.transport.abortConnection()
            return
        exchange.watching = channel.callLater(
            self._door.watch, self._watch, request, exchange, received
        )

    def _tell_early(self, request: Any, exchange: Exchange) -> None:
        """Say "100 Continue" to who waits for it, now that the request is found good.

        A refused one with much to come, or whose sender waits, is answered now, and its connection
        closed.
        """
        waits = request.head.expects and exchange.incoming.received == 0
        channel = _channel(request)
        if not isinstance(exchange.admitted, Failure):
            if waits and channel is not None and not exchange.incoming.ended:
                channel._send100Continue()
            return
        size = exchange.length
        if not waits and size is not None and size <= DISCARD:
            return
        if channel is None or getattr(channel, "_command", None) is None:
            return  # gone, or complete already

        def answer() -> None:
            if _channel(request) is None or exchange.answered:
                return
            request.method, request.clientproto = channel._command, channel._version
            channel.persistent = False
            request.setHeader(b"connection", b"close")
            self.render(request)

        channel.callLater(0, answer)

    async def _admit(self, exchange: Exchange) -> tuple[Asked, Document | Receiving]:
        """Everything that can be known from the head; raises Refused."""
        door, request = self._door, exchange.asked_for
        target = keys.target(address(request, door.names()))
        exchange.bucket, exchange.target = target.bucket, target
        exchange.query = query = asking.parameters(request.query)
        copies = s3.COPY in exchange.headers
        action = asking.action(request.method, target, query, copies)
        exchange.action = action.name
        known = action is not s3.PREFLIGHT
        now = door.now().timestamp()
        caller = await let_in(request, query, door.principals, now) if known else Caller()
        exchange.who, exchange.arrival = caller.who, caller.arrived(exchange.arrival)
        asked = Asked(
            action=action, target=target, request_id=exchange.request_id,
            headers=exchange.headers, query=query, who=caller.who, arrival=exchange.arrival,
        )  # fmt: skip
        taker: Document | Receiving
        if action.takes_form:
            asked, taker = await admit_form(door, exchange, asked)
            exchange.incoming.lead_to(taker)
            return asked, taker
        if known:
            asked = await authorise(door.world, asked)
        body = (_about_body(asked), exchange.length, caller.chunks)
        if action.takes_object:
            taker = await receive(door.world, asked, *body[1:])
        else:
            taker = Document(content.read_document(*body))
        exchange.incoming.lead_to(taker)
        return asked, taker

    # --- the whole request has come ---

    def render(self, request: Any) -> Any:
        """Called when the body is complete."""
        exchange: Exchange = request.exchange
        if exchange.answered:
            return NOT_DONE_YET  # early; what has come since is nobody's
        exchange.answered, exchange.heard = True, self._door.now()
        if exchange.watching is not None and exchange.watching.active():
            exchange.watching.cancel()
        answering = Deferred.fromCoroutine(self._answer(exchange))
        answering.addErrback(self._refusal, exchange)
        crossing = cors.crossing(exchange.asked_for.method, exchange.headers)
        if crossing and exchange.bucket:
            answering.addCallback(self._crossed, exchange, crossing)
        answering.addCallback(self._send, request, exchange)
        answering.addErrback(lambda failure: self.log.failure("sending failed", failure))
        return NOT_DONE_YET

    async def _answer(self, exchange: Exchange) -> Answer:
        await exchange.decided
        if isinstance(exchange.admitted, Failure):
            raise exception_of(exchange.admitted)
        assert exchange.admitted is not None  # decided
        asked, taker = exchange.admitted
        await exchange.incoming.complete
        if exchange.incoming.failure is not None:
            raise exception_of(exchange.incoming.failure)
        if isinstance(taker, ReceivingFile):
            return await post_object(self._door.world, asked, taker)
        if isinstance(taker, Receiving):
            return await STREAMS[asked.action.name].finish(self._door.world, asked, taker)
        body = self._door.bodies[asked.action.name]
        return await body(self._door.world, replace(asked, body=taker.finish()))

    def _crossed(
        self, answer: Answer, exchange: Exchange, crossing: cors.Crossing
    ) -> Deferred[Answer]:
        """Refusals, too, are told to scripts that may see the bucket's answers."""
        told = crossed(self._door.world, exchange.bucket, crossing, answer)
        return Deferred.fromCoroutine(told).addErrback(self._refusal, exchange)

    def _refusal(self, failure: Failure, exchange: Exchange) -> Answer:
        refused = failure.value
        if not isinstance(refused, Refused):
            self.log.failure("request {id} failed", failure, id=exchange.request_id)
            refused = s3.INTERNAL()
        facts = {"Resource": exchange.asked_for.path, "RequestId": exchange.request_id}
        facts |= getattr(refused, "details", {})
        self.log.info(
            "{id} {method} {path} refused: {code}", id=exchange.request_id,
            method=exchange.asked_for.method, path=exchange.asked_for.path,
            code=refused.refusal.code,
        )  # fmt: skip
        return self._told(refused, facts, exchange)

    def _told(self, refused: Refused, facts: dict[str, str], exchange: Exchange) -> Answer:
        """The error document."""
        code, status = _s3_error(refused)
        exchange.error = code
        document = documents.error(code, refused.message, facts)
        headers = XML | getattr(refused, "headers", {})
        return Answer(status=status, headers=headers, body=document)

    async def _send_all(self, answer: Answer, request: Any, exchange: Exchange) -> None:
        request.setResponseCode(answer.status)
        for name, value in self._headers(answer, exchange).items():
            _set_header(request, name.encode("latin-1"), value.encode("latin-1", "replace"))
        if answer.opened is not None:
            try:
                await Outgoing(request, answer.opened, self._door.defer_to_thread).send()
            except Unsendable:
                await self._damaged(request, exchange)
                return
        elif request.method != b"HEAD" and answer.body:
            request.write(answer.body)
        if not request._disconnected:
            request.finish()

    async def _damaged(self, request: Any, exchange: Exchange) -> None:
        """Say so as long as nothing was said yet; else break off."""
        if request.startedWriting:
            if _channel(request) is not None:
                request.channel.transport.abortConnection()
            return
        request.responseHeaders = Headers()
        answer = self._refusal(Failure(s3.INTERNAL()), exchange)
        await self._send_all(answer, request, exchange)

    def _headers(self, answer: Answer, exchange: Exchange) -> dict[str, str]:
        lengthless = answer.status in (204, 304)
        length = {} if lengthless else {"content-length": str(len(answer.body))}
        return {
            "server": "Walrus",
            "date": format_datetime(self._door.now(), usegmt=True),
            "x-amz-request-id": exchange.request_id,
            "x-amz-id-2": exchange.request_id,
            "x-content-type-options": "nosniff",
            **length,
            **answer.headers,
        }

    def _send(self, answer: Answer, request: Any, exchange: Exchange) -> Deferred[None]:
        if is_unlogged(exchange):
            return self._sent(answer, request, exchange)
        began = said(request, answer, self._door.now())
        return self._sent(answer, request, exchange).addBoth(self._note, request, exchange, began)

    def _sent(self, answer: Answer, request: Any, exchange: Exchange) -> Deferred[None]:
        if request._disconnected:
            return Deferred.fromCoroutine(self._let_go(answer))
        return Deferred.fromCoroutine(self._send_all(answer, request, exchange))

    def _note(self, outcome: Any, request: Any, exchange: Exchange, sent: Said) -> Any:
        """Tell the bucket's log, of what failed too; nobody waits for that."""
        ended = replace(sent, ended=self._door.now())
        noting = Deferred.fromCoroutine(self._write_down(request, exchange, ended))
        noting.addErrback(
            lambda failure: self.log.failure("{id} is not logged", failure, id=exchange.request_id)
        )
        return outcome

    async def _write_down(self, request: Any, exchange: Exchange, sent: Said) -> None:
        bucket = await logged_bucket(self._door.world, exchange)
        if bucket is not None:
            self._door.note(record(request, exchange, bucket, sent))

    async def _let_go(self, answer: Answer) -> None:
        """The peer has gone; nobody is left to be told."""
        if answer.opened is not None:
            await self._door.defer_to_thread(answer.opened.source.close)


def _set_header(request: Any, name: bytes, value: bytes) -> None:
    request.setHeader(name, value)
    if name.startswith(b"x-amz-"):
        # Twisted writes X-Amz-Meta-Colour; clients read the case of metadata names from the wire.
        raw = request.responseHeaders._rawHeaders
        for written in [known for known in raw if known.lower() == name]:
            raw[name] = raw.pop(written)


def _about_body(asked: Asked) -> Mapping[str, str]:
    """The headers that are about the request's body."""
    if not asked.action.promises_object:
        return asked.headers
    return {n: v for n, v in asked.headers.items() if not n.startswith(checksums.PREFIX)}


def exception_of(failure: Failure) -> BaseException:
    """What a failure holds."""
    assert failure.value is not None  # a failure has an exception
    return failure.value


def _channel(request: Any) -> Any:
    """The request's connection, None when it is over (Twisted then deletes the attribute)."""
    return getattr(request, "channel", None)


_TRANSLATED = {
    AUTH_FAILURE.code: s3.SIGNATURE_MISMATCH,
    MALFORMED.code: s3.INVALID_REQUEST,
    MALFORMED_CERTIFICATE.code: s3.INVALID_MANIFEST,
}
"""Refusals of the common ground by which S3 calls them."""


def _s3_error(refused: Refused) -> tuple[str, int]:
    """Code and status as S3 knows them."""
    refusal = _TRANSLATED.get(refused.refusal.code, refused.refusal)
    return refusal.code, refusal.status
