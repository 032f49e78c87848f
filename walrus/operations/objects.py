# SPDX-License-Identifier: BSD-2-Clause
"""Objects: put, get, look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    INTERNAL,
    INVALID_ARGUMENT,
    INVALID_REQUEST,
)
from eucalyptus.crashpoints import crashpoint
from walrus.core import acl, content, documents
from walrus.core.asking import Asked
from walrus.core.checksums import Checksum, wants_checksum
from walrus.core.conditions import Slice, asked_range, check_overwrite, unmodified
from walrus.core.content import Digests
from walrus.core.permitting import owner
from walrus.core.records import Stored
from walrus.core.versions import NULL, VERSION_ID
from walrus.database import objects
from walrus.database.objects import Changed, Check
from walrus.drivers.stores.store import NoBlob
from walrus.operations.authorising import authorise
from walrus.operations.buckets import canned_only
from walrus.operations.reading import open_stored
from walrus.operations.receiving import Receiving
from walrus.operations.world import XML, Answer, World

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
    acl.canned(asked.headers)
    content.user_metadata(asked.headers)


async def put_object(world: World, asked: Asked, receiving: Receiving) -> Answer:
    """Store the content that was received; answers when it is durable and recorded."""
    try:
        found: Digests = await world.in_thread(receiving.keep)
        stored = _stored(world.now(), asked, found, receiving)
        try:
            changed = await world.tables.statement(objects.put, stored, _overwriting(asked))
        except Refused as refused:
            await _take_back(world, receiving.blob, refused)
            raise
        crashpoint("walrus.put.committed")
    finally:
        await world.in_thread(receiving.release)
    world.bury(*changed.doomed)
    assert stored.checksum is not None  # of every new object
    told = {"etag": f'"{stored.etag}"', **stored.checksum.headers, **put_version(changed)}
    return Answer(headers=told, stored=changed.stored)


def _overwriting(asked: Asked) -> Check:
    """What decides whether an object may be replaced."""

    def check(found: Stored | None) -> None:
        check_overwrite(asked.headers, found.etag if found else None)

    return check


def put_version(changed: Changed) -> Mapping[str, str]:
    """The header that names a new version. Null versions are not named, as by radosgw."""
    new = changed.stored.version if changed.stored else NULL
    return {} if new == NULL else {VERSION_ID: new}


async def _take_back(world: World, blob: str, refused: Refused) -> None:
    """Remove the bytes of an object that was certainly not recorded."""
    if not refused.refusal.is_ours:
        await world.in_thread(world.store.remove, blob)
    # Else the database may have recorded it after all: the sweep will know.


def _stored(now: datetime, asked: Asked, found: Digests, receiving: Receiving) -> Stored:
    return Stored(
        bucket=asked.target.bucket,
        key=asked.target.key,
        blob=receiving.blob,
        size=found.size,
        etag=found.md5.hex(),
        sha256=found.sha256.hex(),
        content_type=asked.headers.get("content-type", _OCTETS),
        acl=acl.canned(asked.headers),
        owner=owner(asked),
        modified=now,
        headers=content.kept_headers(asked.headers),
        metadata=content.user_metadata(asked.headers),
        checksum=Checksum.of(receiving.promised.checksum, found.checksum),
    )


# --- out -----------------------------------------------------------------------------------------


async def head_object(world: World, asked: Asked) -> Answer:
    """What GET would answer, without the bytes."""
    return _answer(asked, asked.the_object)


def _answer(asked: Asked, stored: Stored) -> Answer:
    answer = _preconditions(asked, stored) or _headed(asked, stored)
    # Readers of a bucket that never had versions are not told of any.
    version = {VERSION_ID: stored.version} if asked.the_bucket.versioning else {}
    return replace(answer, headers={**answer.headers, **version})


async def get_object(world: World, asked: Asked) -> Answer:
    """The object, or a range of it.

    A blob can go between look and opening, when the object was replaced; the new one may be
    another's, so the caller is authorised again.
    """
    for _ in range(_TRIES):
        stored = asked.the_object
        answer = _answer(asked, stored)
        if answer.status == 304:
            return answer
        try:
            opened = await open_stored(world, stored, _range(asked, stored))
        except NoBlob:
            asked = await authorise(world, asked)
        else:
            return replace(answer, opened=opened)
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
    told = wants_checksum(asked.headers)
    if part is None:
        if told and stored.checksum is not None:
            headers |= stored.checksum.headers
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


# --- access --------------------------------------------------------------------------------------


async def get_object_acl(world: World, asked: Asked) -> Answer:
    """Who may read the object."""
    stored = asked.the_object
    return Answer(headers=XML, body=documents.access(stored.owner, stored.acl))


async def put_object_acl(world: World, asked: Asked) -> Answer:
    """Set a canned ACL."""
    await world.tables.run(objects.change, asked.the_object, {"acl": canned_only(asked)})
    return Answer()
