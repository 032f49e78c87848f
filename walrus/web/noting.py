# SPDX-License-Identifier: BSD-2-Clause
"""What the log of a bucket tells of a request that was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eucalyptus.contracts.s3 import VERSION
from walrus.core.asking import Asked
from walrus.core.log_lines import Entry, LogRecord, line
from walrus.core.permitting import needed_acl
from walrus.core.records import Bucket
from walrus.core.versions import VERSION_ID
from walrus.database import looking
from walrus.operations.world import Answer, World
from walrus.web.exchange import Exchange

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as it was sent: when, and over which connection, which is gone by then."""

    answer: Answer
    at: datetime
    ended: datetime
    """When its last byte was given to the connection."""
    cipher: str = ""
    tls: str = ""


def said(request: Any, answer: Answer, now: datetime) -> Said:
    """An answer about to be sent."""
    channel = getattr(request, "channel", None)
    handle: Any = getattr(channel and channel.transport, "getHandle", lambda: None)()
    if not hasattr(handle, "get_cipher_name"):
        return Said(answer=answer, at=now, ended=now)
    return Said(
        answer=answer,
        at=now,
        ended=now,
        cipher=handle.get_cipher_name() or "",
        tls=handle.get_protocol_version_name() or "",
    )


def is_unlogged(exchange: Exchange) -> bool:
    """Whether it is certain already that no log tells of a request."""
    bucket = _asked(exchange, "bucket")
    return not exchange.target.bucket if bucket is None else not bucket.logging


async def logged_bucket(world: World, exchange: Exchange) -> Bucket | None:
    """The bucket that a request was about, if it is logged; that of a refused request must be
    looked for, which a caller does not wait for."""
    bucket: Bucket | None = _asked(exchange, "bucket")
    if bucket is None:
        statement = looking.BUCKET
        values = statement.values(bucket=exchange.target.bucket)
        rows = await world.tables.brief(statement.text, *values, repeatable=True)
        bucket, _ = looking.looked(rows)
    return bucket if bucket is not None and bucket.logging else None


def _asked(exchange: Exchange, name: str) -> Any:
    """Something of the request as it was admitted, None of a refused one."""
    admitted = exchange.admitted
    return getattr(admitted[0], name) if isinstance(admitted, tuple) else None


def record(request: Any, exchange: Exchange, bucket: Bucket, sent: Said) -> LogRecord:
    """What is written down, when the last byte was sent."""
    arrival = _asked(exchange, "arrival") or exchange.arrival
    headers, answer = exchange.headers, sent.answer
    began = arrival.at or sent.at
    entry = Entry(
        bucket=bucket.name, owner=bucket.owner, at=began, source=arrival.source,
        target=_asked(exchange, "target") or exchange.target,
        who=_asked(exchange, "who") or exchange.who,
        request_id=exchange.request_id, operation=exchange.log_operation,
        uri=_uri(request, exchange),
        status=request.code if request.startedWriting else answer.status,  # else nobody was told
        error=exchange.error, sent=request.sentLength, size=_size(exchange, answer),
        milliseconds=(sent.ended - began) // _MILLISECOND,
        thinking=(sent.at - exchange.heard) // _MILLISECOND if exchange.heard else None,
        referrer=headers.get("referer", ""), agent=headers.get("user-agent", ""),
        version=answer.headers.get(VERSION_ID, exchange.query.get(VERSION, "")),
        signature=arrival.signature, signed_in=arrival.signed_in,
        cipher=sent.cipher, tls=sent.tls, host=headers.get("host", ""), by_acl=_by_acl(exchange),
    )  # fmt: skip
    return LogRecord(
        bucket=bucket.name, owner=bucket.owner, target=bucket.logging, at=began, line=line(entry)
    )


def _uri(request: Any, exchange: Exchange) -> str:
    asked_for = exchange.asked_for
    query = f"?{asked_for.query}" if asked_for.query else ""
    protocol = request.clientproto.decode("latin-1")
    return f"{asked_for.method} {asked_for.path}{query} {protocol}"


def _size(exchange: Exchange, answer: Answer) -> int | None:
    stored = answer.stored or _asked(exchange, "stored")
    return None if stored is None or stored.delete_marker else stored.size


def _by_acl(exchange: Exchange) -> bool:
    admitted = exchange.admitted
    asked: Asked | None = admitted[0] if isinstance(admitted, tuple) else None
    return asked is not None and needed_acl(asked)
