# SPDX-License-Identifier: BSD-2-Clause
"""Objects: put, get, look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import TypeVar

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    INVALID_ARGUMENT,
    INVALID_REQUEST,
    NO_SUCH_KEY,
    PART_NUMBER,
)
from eucalyptus.crashpoints import crashpoint
from walrus.core import content, locking, tagging
from walrus.core.asking import Asked
from walrus.core.checksums import Checksum, wants_checksum
from walrus.core.conditions import check_overwrite, unmodified
from walrus.core.content import Digests
from walrus.core.encryption import told
from walrus.core.permitting import require
from walrus.core.records import Stored
from walrus.core.versions import NULL, VERSION_ID
from walrus.database import objects
from walrus.database.objects import Changed, Check
from walrus.operations.encrypting import Vessel, face, vessel
from walrus.operations.lifecycle import expiry
from walrus.operations.locking import told as locked
from walrus.operations.reading import Seen, Wanted, open_seen, wanted_of, while_replaced
from walrus.operations.receiving import Receiving
from walrus.operations.world import Answer, Depot, World

T = TypeVar("T")

_OCTETS = "binary/octet-stream"
_OVERRIDES = {
    "response-content-type": "content-type",
    "response-content-language": "content-language",
    "response-expires": "expires",
    "response-cache-control": "cache-control",
    "response-content-disposition": "content-disposition",
    "response-content-encoding": "content-encoding",
}


# --- in ------------------------------------------------------------------------------------------


async def admit_put(world: World, asked: Asked) -> Vessel:
    """Everything that can be refused before the content is taken; gives what takes it."""
    described(world.now(), asked)
    return vessel(world, asked)


async def put_object(world: World, asked: Asked, receiving: Receiving) -> Answer:
    """Store the content that was received; answers when it is durable and recorded."""

    async def record(found: Digests) -> Changed:
        stored = with_content(described(world.now(), asked), found, receiving)
        changed = await world.tables.statement(objects.put, stored, overwriting(asked))
        crashpoint("walrus.put.committed")
        return changed

    changed = await keep(world, receiving, record)
    world.bury(*changed.doomed)
    more = {
        **told(receiving.encryption, asked.headers),
        **_expiry(world, asked, changed.stored),
    }
    return Answer(headers={**put_headers(changed), **more}, stored=changed.stored)


def _expiry(world: World, asked: Asked, stored: Stored | None) -> Mapping[str, str]:
    return expiry(world.calendar(), asked.the_bucket, stored) if stored else {}


def put_headers(changed: Changed) -> Mapping[str, str]:
    """What is told of an object that was put."""
    stored = changed.stored
    assert stored is not None and stored.checksum is not None  # of every new object
    return {"etag": f'"{stored.etag}"', **stored.checksum.headers, **put_version(changed)}


async def keep(depot: Depot, receiving: Receiving, record: Callable[[Digests], Awaitable[T]]) -> T:
    """Make what was received durable and have it recorded, or take it back."""
    try:
        found: Digests = await depot.in_thread(receiving.keep)
    except BaseException:
        await depot.in_thread(receiving.release)
        raise
    try:
        return await record(found)
    except Refused as refused:
        await _take_back(depot, receiving.blob, refused)
        raise
    finally:
        receiving.release()  # of a file that is synced and stays: nothing that takes time


def overwriting(asked: Asked) -> Check:
    """What decides whether an object may be replaced."""

    def check(found: Stored | None) -> None:
        if found is None and "if-match" in asked.headers:
            raise NO_SUCH_KEY(key=asked.target.key)
        check_overwrite(asked.headers, found.etag if found else None)

    return check


def put_version(changed: Changed) -> Mapping[str, str]:
    """The header that names a new version. Null versions are not named, as by radosgw."""
    new = changed.stored.version if changed.stored else NULL
    return {} if new == NULL else {VERSION_ID: new}


async def _take_back(depot: Depot, blob: str, refused: Refused) -> None:
    """Remove the bytes of an object that was certainly not recorded."""
    if not refused.refusal.is_ours:
        await depot.in_thread(depot.store.remove, blob)
    # Else the database may have recorded it after all: the sweep will know.


def described(now: datetime, asked: Asked) -> Stored:
    """The object that a request makes, as far as its headers tell it: without its bytes."""
    content.refuse_later(asked.headers)
    for right in locking.rights(asked.headers):
        require(asked, right)
    return Stored(
        bucket=asked.target.bucket,
        key=asked.target.key,
        blob="",
        size=0,
        etag="",
        sha256="",
        content_type=asked.headers.get("content-type", _OCTETS),
        acl=asked.new_access.acl,
        owner=asked.new_access.owner,
        modified=now,
        headers=content.kept_headers(asked.headers),
        metadata=content.user_metadata(asked.headers),
        tags=tagging.of_headers(asked.headers),
        lock=locking.of_headers(asked.headers, asked.the_bucket, now),
    )


def with_content(stored: Stored, found: Digests, receiving: Receiving) -> Stored:
    """The same with its bytes, which are in one blob."""
    return replace(
        stored,
        blob=receiving.blob,
        size=found.size,
        etag=found.md5.hex(),
        sha256=found.sha256.hex(),
        checksum=Checksum.of(receiving.promised.checksum, found.checksum),
        encryption=receiving.encryption,
    )


# --- out -----------------------------------------------------------------------------------------


async def head_object(world: World, asked: Asked) -> Answer:
    """What GET would answer, without the bytes."""
    stored = asked.the_object
    wanted = await wanted_of(world, asked, stored)
    face(world, stored.encryption, asked.headers)
    return _answer(world, asked, wanted)


def _answer(world: World, asked: Asked, wanted: Wanted) -> Answer:
    stored = asked.the_object
    answer = _preconditions(asked, stored) or _headed(asked, stored, wanted)
    more = {**version_headers(asked, stored), **_expiry(world, asked, stored)}
    return replace(answer, headers={**answer.headers, **more})


def version_headers(asked: Asked, stored: Stored) -> Mapping[str, str]:
    """Readers of a bucket that never had versions are not told of any."""
    return {VERSION_ID: stored.version} if asked.the_bucket.versioning else {}


async def get_object(world: World, asked: Asked) -> Answer:
    """The object, or a range or a part of it."""

    async def attempt(asked: Asked) -> Answer:
        stored = asked.the_object
        wanted = await wanted_of(world, asked, stored)
        seen = Seen(stored, face(world, stored.encryption, asked.headers))
        answer = _answer(world, asked, wanted)
        if answer.status == 304:
            return answer
        return replace(answer, opened=await open_seen(world, seen, wanted.part))

    return await while_replaced(world, asked, attempt)


def _preconditions(asked: Asked, stored: Stored) -> Answer | None:
    if unmodified(asked.headers, stored.etag, stored.modified):
        return Answer(status=304, headers=_validators(stored))
    return None


def _validators(stored: Stored) -> dict[str, str]:
    return {"etag": f'"{stored.etag}"', "last-modified": last_modified(stored)}


def last_modified(stored: Stored) -> str:
    """When, as HTTP writes it."""
    return format_datetime(stored.modified.replace(microsecond=0), usegmt=True)


def _headed(asked: Asked, stored: Stored, wanted: Wanted) -> Answer:
    headers = {
        **_validators(stored),
        "content-type": stored.content_type,
        "accept-ranges": "bytes",
        **stored.headers,
        **{f"x-amz-meta-{name}": value for name, value in stored.metadata.items()},
        **({tagging.COUNT: str(len(stored.tags))} if stored.tags else {}),
        **locked(asked, stored.lock),
        **told(stored.encryption, asked.headers),
        **_overrides(asked),
    }
    part = wanted.part
    headers["content-length"] = str(part.length if part else stored.size)
    if wants_checksum(asked.headers) and wanted.checksum is not None:
        headers |= wanted.checksum.headers
    if PART_NUMBER in asked.query and stored.parts:
        headers["x-amz-mp-parts-count"] = str(stored.parts)
    if part is None:
        return Answer(headers=headers)
    headers["content-range"] = f"bytes {part.first}-{part.end - 1}/{stored.size}"
    return Answer(status=206, headers=headers)


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
