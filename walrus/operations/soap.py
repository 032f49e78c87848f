# SPDX-License-Identifier: BSD-2-Clause
"""SOAP messages, carried out as the REST requests that they stand for: same gate, same bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from twisted.logger import Logger

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import COPY, INTERNAL, PRECONDITION_FAILED
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.contracts.s3_soap.refusals import INLINE_TOO_LARGE
from eucalyptus.wire.codec import codec_of
from walrus.core import asking
from walrus.core.asking import Arrival, Asked
from walrus.core.enclosures.enclosure import Wrapped
from walrus.core.soap import telling
from walrus.core.soap.telling import Told
from walrus.core.soap.wishes import LARGEST_INLINE, Wish
from walrus.drivers.stores.store import Damaged, NoBlob, StoreFailed
from walrus.operations.authorising import authorise
from walrus.operations.bodies import STREAMS, Body, receive
from walrus.operations.reading import remaining
from walrus.operations.receiving import Receiving, refusal_of
from walrus.operations.world import Answer, Opened, Source, World

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message whose sender is known: None is anonymous. ``headers`` are those of HTTP that are
    about the sender."""

    operation: str
    ask: Any
    who: Principal | None
    request_id: str
    arrival: Arrival
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A message that may be carried out; ``taker`` takes an object's content."""

    message: Message
    wish: Wish
    asked: Asked
    taker: Receiving | None


async def admit(world: World, message: Message, wanted: Wish) -> Admitted:
    """Everything that can be refused before anything is done; raises Refused."""
    asked = Asked(
        action=asking.action(wanted.method, wanted.target, wanted.query, COPY in wanted.headers),
        target=wanted.target,
        request_id=message.request_id,
        headers={**message.headers, **wanted.headers},
        query=wanted.query,
        who=message.who,
        arrival=message.arrival,
    )
    asked = await authorise(world, asked)
    taker = None
    if wanted.length is not None:
        taker = await receive(world, asked, wanted.length)
    return Admitted(message=message, wish=wanted, asked=asked, taker=taker)


async def carry_out(world: World, bodies: Mapping[str, Body], admitted: Admitted) -> Answer:
    """Do it; the answer is REST's."""
    if admitted.taker is not None:
        return await _store(world, admitted, admitted.taker)
    asked, wanted = admitted.asked, admitted.wish
    body = bodies[asked.action.name]
    try:
        return await body(world, replace(asked, body=wanted.document(asked)))
    except Refused as refused:
        if refused.refusal is not PRECONDITION_FAILED or wanted.otherwise is None:
            raise
    headers = {**admitted.message.headers, **wanted.otherwise}
    return await body(world, replace(asked, headers=headers))


async def _store(world: World, admitted: Admitted, taker: Receiving) -> Answer:
    if admitted.wish.content is not None:
        try:
            await world.in_thread(taker.take, [admitted.wish.content])
        except Refused:
            await world.in_thread(taker.release)
            raise
    return await STREAMS[admitted.asked.action.name].finish(world, admitted.asked, taker)


# --- the answer ----------------------------------------------------------------------------------


async def tell(world: World, message: Message, answer: Answer) -> tuple[bytes, Opened | None]:
    """The answering element, and the bytes that are to be attached to it."""
    opened, data = answer.opened, None
    if opened is not None and message.ask.inline_data:
        data, opened = await _inline(world, opened), None
    modified = answer.stored.modified if answer.stored else None
    told = Told(
        status=answer.status, headers=answer.headers, body=answer.body, data=data,
        modified=modified,
    )  # fmt: skip
    said = telling.answer(message.ask, told)
    return codec_of(S3_SOAP).write(said, message.operation + "Response"), opened


async def _inline(world: World, opened: Opened) -> bytes:
    """All the bytes, which the reader is not sent before they were found good."""
    if opened.length > LARGEST_INLINE:
        await world.in_thread(opened.source.close)
        raise INLINE_TOO_LARGE(limit=LARGEST_INLINE, size=opened.length)
    try:
        read: bytes = await world.in_thread(lambda: b"".join(remaining(opened)))
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    except (Damaged, NoBlob) as failure:
        _log.error("{name} cannot be read: {why}", name=opened.name, why=str(failure))
        raise INTERNAL() from failure
    return read


class Surrounded:
    """The bytes of a source, and what stands behind them. Blocking."""

    def __init__(self, inner: Opened, after: bytes) -> None:
        self._source: Source = inner.source
        self._head, self._left, self._after = inner.head, inner.length, after

    def read(self) -> bytes:
        """The next bytes, b"" behind the last one."""
        if self._left <= 0:
            after, self._after = self._after, b""
            return after
        head, self._head = self._head, b""
        piece = head or self._source.read()
        if not 0 < len(piece) <= self._left:
            raise Damaged(f"{self._left} bytes are missing")
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()


def surround(opened: Opened, wrapped: Wrapped) -> Opened:
    """An answer's bytes with the message before them."""
    return Opened(
        source=Surrounded(opened, wrapped.after),
        length=len(wrapped.before) + opened.length + len(wrapped.after),
        head=wrapped.before,
        name=opened.name,
    )
