# SPDX-License-Identifier: BSD-2-Clause
"""Objects: put, get, look at, delete."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from typing import BinaryIO

from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    INTERNAL,
    INVALID_ARGUMENT,
    INVALID_REQUEST,
)
from eucalyptus.crashpoints import crashpoint
from walrus.core import content
from walrus.core.asking import Asked
from walrus.core.conditions import Slice, asked_range, check_overwrite, unmodified
from walrus.core.content import Digests
from walrus.core.records import Stored
from walrus.database import objects
from walrus.drivers.stores.store import NoBlob, StoreFailed
from walrus.operations.authorising import authorise
from walrus.operations.receiving import Receiving, refusal_of
from walrus.operations.world import Answer, Opened, World

_log = Logger()
_OCTETS = "binary/octet-stream"
_TRIES = 4
_OVERRIDES = {
    "response-content-type": "content-type",
    "response-content-language": "content-language",
    "response-expires": "expires",
    "response-cache-control": "cache-control",
    "response-content-disposition": "content-disposition",
    "response-content-encoding": "content-encoding",
}


# --- in ------------------------------------------------------------------------------------------


def admit_put(asked: Asked) -> None:
    """Everything that can be refused before the content is taken."""
    content.user_metadata(asked.headers)


async def put_object(world: World, asked: Asked, receiving: Receiving) -> Answer:
    """Store the content that was received; answers when it is durable and recorded."""
    try:
        found: Digests = await world.in_thread(receiving.keep)
        stored = _stored(world.now(), asked, found, receiving.blob)
        check = partial(check_overwrite, asked.headers)
        try:
            old = await world.tables.statement(objects.put, stored, check)
        except Refused as refused:
            await _take_back(world, receiving.blob, refused)
            raise
        crashpoint("walrus.put.committed")
    finally:
        await world.in_thread(receiving.release)
    world.bury(old)
    return Answer(headers={"etag": f'"{stored.etag}"'})


async def _take_back(world: World, blob: str, refused: Refused) -> None:
    """Remove the bytes of an object that was certainly not recorded."""
    if not refused.refusal.is_ours:
        await world.in_thread(world.store.remove, blob)
    # Else the database may have recorded it after all: the sweep will know.


def _stored(now: datetime, asked: Asked, found: Digests, blob: str) -> Stored:
    return Stored(
        bucket=asked.target.bucket,
        key=asked.target.key,
        blob=blob,
        size=found.size,
        etag=found.md5.hex(),
        sha256=found.sha256.hex(),
        content_type=asked.headers.get("content-type", _OCTETS),
        acl=asked.new_access.acl,
        owner=asked.new_access.owner,
        modified=now,
        headers=content.kept_headers(asked.headers),
        metadata=content.user_metadata(asked.headers),
    )


# --- out -----------------------------------------------------------------------------------------


async def head_object(world: World, asked: Asked) -> Answer:
    """What GET would answer, without the bytes."""
    stored = asked.the_object
    return _preconditions(asked, stored) or _headed(asked, stored)


async def get_object(world: World, asked: Asked) -> Answer:
    """The object, or a range of it."""
    stored, file = await _open(world, asked)
    try:
        answer = _preconditions(asked, stored) or _headed(asked, stored)
    except Refused:
        file.close()
        raise
    if answer.status == 304:
        file.close()
        return answer
    part = _range(asked, stored) or Slice(0, stored.size)
    whole = part.length == stored.size
    opened = Opened(
        file=file,
        size=stored.size,
        part=part,
        sha256=stored.sha256 if whole else "",
        name=stored.blob,
    )
    return Answer(status=answer.status, headers=answer.headers, opened=opened)


async def open_stored(world: World, stored: Stored) -> BinaryIO:
    """The object's file, checked for its size; raises NoBlob, or INTERNAL when bytes are lost."""
    try:
        file: BinaryIO = await world.in_thread(world.store.open, stored.blob)
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size != stored.size:
        file.close()
        _log.error(
            "blob {blob} has {size} bytes, not {wanted}",
            blob=stored.blob, size=size, wanted=stored.size,
        )  # fmt: skip
        raise INTERNAL()
    return file


async def _open(world: World, asked: Asked) -> tuple[Stored, BinaryIO]:
    """The object and its file. A blob can go between the two looks, when it was replaced; the
    new object may be another's, so the caller is authorised again."""
    for _ in range(_TRIES):
        stored = asked.the_object
        try:
            return stored, await open_stored(world, stored)
        except NoBlob:
            asked = await authorise(world, asked)
    _log.error("blob {blob} of {key} is lost", blob=stored.blob, key=stored.key)
    raise INTERNAL()


def _preconditions(asked: Asked, stored: Stored) -> Answer | None:
    if unmodified(asked.headers, stored.etag, stored.modified):
        return Answer(status=304, headers=_validators(stored))
    return None


def _validators(stored: Stored) -> dict[str, str]:
    modified = format_datetime(stored.modified.replace(microsecond=0), usegmt=True)
    return {"etag": f'"{stored.etag}"', "last-modified": modified}


def _headed(asked: Asked, stored: Stored) -> Answer:
    headers = {
        **_validators(stored),
        "content-type": stored.content_type,
        "accept-ranges": "bytes",
        **stored.headers,
        **{f"x-amz-meta-{name}": value for name, value in stored.metadata.items()},
        **_overrides(asked),
    }
    part = _range(asked, stored)
    headers["content-length"] = str(part.length if part else stored.size)
    if part is None:
        return Answer(headers=headers)
    headers["content-range"] = f"bytes {part.first}-{part.end - 1}/{stored.size}"
    return Answer(status=206, headers=headers)


def _range(asked: Asked, stored: Stored) -> Slice | None:
    return asked_range(asked.headers, stored.etag, stored.size)


def _overrides(asked: Asked) -> Mapping[str, str]:
    wanted = {header: asked.query[n] for n, header in _OVERRIDES.items() if n in asked.query}
    if wanted and asked.who is None:
        raise INVALID_REQUEST(reason="response headers are only overridden in signed requests")
    for header, value in wanted.items():
        if not value.isascii() or not value.isprintable():
            raise INVALID_ARGUMENT(
                name=f"response-{header}", value=value[:80], wanted="a header's value"
            )
    return wanted


async def delete_object(world: World, asked: Asked) -> Answer:
    """Delete the object; it is no error if there is none."""
    target = asked.target
    gone = await world.tables.statement(objects.remove, target.bucket, target.key, world.now())
    crashpoint("walrus.delete.committed")
    world.bury(gone)
    return Answer(status=204)
