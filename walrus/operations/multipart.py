# SPDX-License-Identifier: BSD-2-Clause
"""Objects put in parts: begin, take parts, complete, abort."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from eucalyptus.contracts.s3 import INVALID_REQUEST, PART_NUMBER
from eucalyptus.crashpoints import crashpoint
from walrus.core import checksums, encryption, multipart, upload_documents
from walrus.core.asking import Asked
from walrus.core.checksums import PREFIX, Checksum
from walrus.core.content import Digests
from walrus.core.multipart import Initiator, Part, Upload
from walrus.core.records import Piece, Stored
from walrus.database import uploads
from walrus.database.objects import Changed
from walrus.database.uploads import Which
from walrus.operations.encrypting import Vessel, of_upload
from walrus.operations.encrypting import wanted as wanted_encryption
from walrus.operations.objects import described, keep, overwriting, put_version
from walrus.operations.receiving import Receiving
from walrus.operations.world import XML, Answer, World


def which(asked: Asked) -> Which:
    """The upload that a request names."""
    target = asked.target
    return Which(bucket=target.bucket, key=target.key, id=asked.query["uploadId"])


async def create_multipart_upload(world: World, asked: Asked) -> Answer:
    """Begin an upload; its request says all that the object will be but its bytes."""
    algorithm, kind = multipart.over_parts(asked.headers)
    wish = replace(described(world.now(), asked), encryption=wanted_encryption(world, asked))
    upload = Upload(
        id=_new_id(world),
        wish=wish,
        initiator=_initiator(asked, wish),
        initiated=wish.modified,
        algorithm=algorithm or checksums.DEFAULT,
        kind=kind or checksums.FULL_OBJECT,
        told=bool(algorithm),
    )
    await world.tables.statement(uploads.begin, upload)
    told = {f"{PREFIX}algorithm": algorithm.upper(), f"{PREFIX}type": kind} if algorithm else {}
    told |= encryption.told(wish.encryption, asked.headers)
    return Answer(headers=XML | told, body=upload_documents.begun(upload))


def _new_id(world: World) -> str:
    """An id that cannot be guessed and lies behind all earlier ones: milliseconds and chance."""
    milliseconds = int(world.now().timestamp() * 1000)
    return f"{milliseconds:012x}{world.new_blob()[12:]}"


def _initiator(asked: Asked, wish: Stored) -> Initiator:
    who = asked.who
    if who is None or who.is_account_admin:
        owner = wish.owner
        return Initiator(id=who.canonical_id if who else owner.canonical_id, name=owner.name)
    return Initiator(id=who.arn, name=who.user_name)


# --- parts ----------------------------------------------------------------------------------------


async def admit_part(world: World, asked: Asked) -> Vessel:
    """Refuse what can be refused before a part's bytes are taken; gives what takes them, with the
    checksum that the upload wants of each part."""
    multipart.part_number(asked.query[PART_NUMBER])
    upload = await world.tables.read(uploads.find, which(asked))
    sent = checksums.chosen(asked.headers)
    if upload.told and sent not in ("", upload.algorithm):
        raise INVALID_REQUEST(
            reason=f"the upload was begun with checksums by {upload.algorithm}, this is by {sent}"
        )
    return replace(of_upload(world, upload.wish.encryption, asked.headers), also=upload.algorithm)


async def upload_part(world: World, asked: Asked, receiving: Receiving) -> Answer:
    """Store a part; answers when it is durable and recorded."""
    part, found = await keep_part(world, asked, receiving)
    # An upload that asked for no checksums takes parts with any.
    sent, wanted = checksums.chosen(asked.headers), receiving.promised.also
    told = {PREFIX + wanted: part.checksum}
    if sent not in ("", wanted):
        told = {PREFIX + sent: Checksum.of(sent, found.checksum).value}
    told |= encryption.told(receiving.encryption, asked.headers)
    return Answer(headers={"etag": f'"{part.etag}"', **told})


async def keep_part(world: World, asked: Asked, receiving: Receiving) -> tuple[Part, Digests]:
    """Make a received part durable and record it."""

    async def record(found: Digests) -> tuple[Part, Digests]:
        part = Part(
            number=multipart.part_number(asked.query[PART_NUMBER]),
            piece=Piece(blob=receiving.blob, size=found.size, sha256=found.sha256.hex()),
            etag=found.md5.hex(),
            checksum=Checksum.of(receiving.promised.also, found.also).value,
            modified=world.now(),
        )
        gone = await world.tables.statement(uploads.put_part, which(asked), part)
        crashpoint("walrus.part.committed")
        world.bury(*gone)
        return part, found

    return await keep(world, receiving, record)


# --- the end --------------------------------------------------------------------------------------


async def complete_multipart_upload(world: World, asked: Asked) -> Answer:
    """Make the object of the parts that are listed, where they are; to say it twice is no error."""
    wanted = await world.in_thread(multipart.listed, asked.body)
    now = world.now()

    def choose(upload: Upload, there: Mapping[int, Part]) -> tuple[Stored, Collection[int]]:
        crashpoint("walrus.complete.locked")
        of_upload(world, upload.wish.encryption, asked.headers)
        parts = multipart.chosen(wanted, there, upload.algorithm)
        multipart.check_size(parts, asked.headers)
        stored = replace(
            upload.wish,
            assembly=upload.id,
            parts=len(parts),
            size=sum(part.piece.size for part in parts),
            etag=multipart.etag(parts),
            checksum=multipart.checksum(upload, parts, asked.headers),
            modified=now,
        )
        return stored, [part.number for part in parts]

    def record(tx: Any) -> Changed:
        made = uploads.complete(tx, which(asked), choose, overwriting(asked))
        crashpoint("walrus.complete.recorded")
        return made

    made = await world.tables.statement(record)
    crashpoint("walrus.complete.committed")
    world.bury(*made.doomed)
    assert made.stored is not None  # else it was refused
    location = f"/{asked.target.bucket}/{asked.target.key}"
    document = upload_documents.completed(made.stored, location)
    told = encryption.told(made.stored.encryption, asked.headers)
    return Answer(headers={**XML, **told, **put_version(made)}, body=document)


async def abort_multipart_upload(world: World, asked: Asked) -> Answer:
    """Forget an upload and its parts."""
    gone = await world.tables.statement(uploads.abort, which(asked), world.now())
    crashpoint("walrus.abort.committed")
    world.bury(*gone)
    return Answer(status=204)
