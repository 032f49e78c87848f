# SPDX-License-Identifier: BSD-2-Clause
"""Copies: of objects, and of ranges of them as parts of another.

A copy is received from the store as a PUT is from a client: its bytes are checked on the way in,
and it shares none with its source.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import islice

from eucalyptus.contracts.s3 import COPY, INTERNAL
from eucalyptus.crashpoints import crashpoint
from walrus.core import checksums, copying, encryption, upload_documents
from walrus.core.asking import Asked
from walrus.core.checksums import PREFIX
from walrus.core.conditions import Slice
from walrus.core.content import Content, Digests
from walrus.core.copying import Origin
from walrus.core.records import Stored
from walrus.database import objects
from walrus.database.objects import Changed
from walrus.drivers.stores.store import Damaged, StoreFailed
from walrus.operations.authorising import authorise_reading
from walrus.operations.encrypting import Vessel, face, vessel
from walrus.operations.multipart import admit_part, keep_part
from walrus.operations.objects import described, keep, overwriting, put_version, with_content
from walrus.operations.reading import Seen, open_seen, remaining, while_replaced
from walrus.operations.receiving import Receiving, refusal_of
from walrus.operations.world import XML, Answer, Opened, World

_AT_ONCE = 16
"""Runs of bytes that are copied before others get the thread."""


@dataclass(frozen=True, slots=True)
class _Copied:
    """What was copied, from where, into what; ``told`` are headers that name the source."""

    source: Stored
    receiving: Receiving
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be copied of a source, what is known of it, and into what."""

    part: Slice
    promised: Content
    vessel: Vessel


Attempt = Callable[[Asked], Awaitable[_Copied]]


async def copy_object(world: World, asked: Asked) -> Answer:
    """Make an object of the bytes of another one, or of an older version."""
    source = copying.origin(asked.headers[COPY])
    wish = described(world.now(), asked)
    copying.check_change(asked.headers, source, wish)
    algorithm = asked.headers.get(f"{PREFIX}algorithm", "").lower()
    into = vessel(world, asked)

    async def attempt(reading: Asked) -> _Copied:
        found = _found(asked, reading)
        whole = Slice(0, found.size)
        copying.check_size(whole)
        kept = found.checksum.algorithm if found.checksum else checksums.DEFAULT
        checksum = checksums.known(algorithm) if algorithm else kept
        promised = Content(length=found.size, checksum=checksum)
        return await _copied(world, reading, _Wanted(whole, promised, into))

    copied = await _from(world, asked, source, attempt)

    async def record(found: Digests) -> Changed:
        made = copying.outcome(asked.headers, copied.source, described(world.now(), asked))
        stored = with_content(made, found, copied.receiving)
        changed = await world.tables.statement(objects.put, stored, overwriting(asked))
        crashpoint("walrus.copy.committed")
        return changed

    changed = await keep(world, copied.receiving, record)
    world.bury(*changed.doomed)
    stored = changed.stored
    assert stored is not None  # what was put
    document = upload_documents.copied(stored.etag, stored.modified, stored.checksum)
    how = encryption.told(stored.encryption, asked.headers)
    return Answer(headers={**XML, **copied.told, **how, **put_version(changed)}, body=document)


async def upload_part_copy(world: World, asked: Asked) -> Answer:
    """Make a part of an upload from an object, or a range of it."""
    source = copying.origin(asked.headers[COPY])
    into = await admit_part(world, asked)

    async def attempt(reading: Asked) -> _Copied:
        found = _found(asked, reading)
        part = copying.copied_range(asked.headers.get(f"{COPY}-range"), found.size)
        wanted = part or Slice(0, found.size)
        copying.check_size(wanted)
        promised = Content(length=wanted.length, checksum=into.also, also=into.also)
        return await _copied(world, reading, _Wanted(wanted, promised, into))

    copied = await _from(world, asked, source, attempt)
    part, _ = await keep_part(world, asked, copied.receiving)
    how = encryption.told(into.encryption, asked.headers)
    document = upload_documents.copied_part(part, into.also)
    return Answer(headers={**XML, **copied.told, **how}, body=document)


async def _from(world: World, asked: Asked, source: Origin, attempt: Attempt) -> _Copied:
    reading = await authorise_reading(world, asked, source.target, source.version)
    return await while_replaced(world, reading, attempt)


def _found(asked: Asked, reading: Asked) -> Stored:
    found = reading.the_object
    copying.check_conditions(asked.headers, found)
    return found


async def _copied(world: World, reading: Asked, wanted: _Wanted) -> _Copied:
    """Read a source into the store; what is received is still to be kept."""
    found = reading.the_object
    source = face(world, found.encryption, encryption.of_source(reading.headers))
    opened = await open_seen(world, Seen(found, source), wanted.part)
    into = wanted.vessel
    receiving = Receiving(wanted.promised, into.store, world.new_blob(), into.encryption)
    try:
        await _receive(world, opened, receiving)
    except BaseException:
        await world.in_thread(receiving.release)
        raise
    version = {f"{COPY}-version-id": found.version} if reading.the_bucket.versioning else {}
    return _Copied(found, receiving, version)


async def _receive(world: World, opened: Opened, receiving: Receiving) -> None:
    pieces = remaining(opened)
    try:
        while await world.in_thread(_take_some, pieces, receiving):
            pass
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    except Damaged as damage:
        raise INTERNAL() from damage
    finally:
        await world.in_thread(pieces.close)


def _take_some(pieces: Generator[bytes], receiving: Receiving) -> bool:
    """Copy a few runs of bytes; gives whether more may follow."""
    some = list(islice(pieces, _AT_ONCE))
    receiving.take(some)
    return bool(some)
