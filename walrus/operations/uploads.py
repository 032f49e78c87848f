# SPDX-License-Identifier: BSD-2-Clause
"""What is under way: the uploads to a bucket, the parts of one; and the attributes of objects."""

from __future__ import annotations

from eucalyptus.contracts.s3 import INVALID_ARGUMENT
from walrus.core import listing, upload_documents
from walrus.core.asking import Asked
from walrus.core.upload_documents import ATTRIBUTES, PartsPage, Shown
from walrus.core.uploads import Ask
from walrus.database import uploads
from walrus.operations.encrypting import face
from walrus.operations.listings import encodes
from walrus.operations.multipart import which
from walrus.operations.objects import last_modified, version_headers
from walrus.operations.world import XML, Answer, World


async def list_parts(world: World, asked: Asked) -> Answer:
    """One page of the parts of an upload."""
    query = asked.query
    marker = _number("part-number-marker", query.get("part-number-marker", "0"))
    most = listing.most_keys(query.get("max-parts"), "max-parts")
    upload, parts = await world.tables.read(uploads.listed_parts, which(asked))
    page = PartsPage.of(parts, marker, most)
    return Answer(headers=XML, body=upload_documents.parts(upload, page, encodes(asked)))


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise INVALID_ARGUMENT(name=name, value=text[:80], wanted="a number")
    return int(text)


async def list_multipart_uploads(world: World, asked: Asked) -> Answer:
    """One page of the uploads to a bucket that are under way."""
    query, bucket = asked.query, asked.the_bucket.name
    key = query.get("key-marker", "")
    ask = Ask(
        prefix=query.get("prefix", ""),
        delimiter=query.get("delimiter", ""),
        key=key,
        id=query.get("upload-id-marker", "") if key else "",
        most=listing.most_keys(query.get("max-uploads"), "max-uploads"),
    )
    page = await world.tables.read(uploads.page, bucket, ask)
    shown = Shown(bucket=bucket, ask=ask, page=page, encode=encodes(asked))
    return Answer(headers=XML, body=upload_documents.uploads(shown))


async def get_object_attributes(world: World, asked: Asked) -> Answer:
    """Those facts about an object that the request names."""
    stored, headers = asked.the_object, asked.headers
    face(world, stored.encryption, headers)
    wanted = frozenset(
        name.strip() for name in headers.get("x-amz-object-attributes", "").split(",")
    )
    if not wanted <= ATTRIBUTES:
        raise INVALID_ARGUMENT(
            name="x-amz-object-attributes", value=",".join(sorted(wanted))[:80],
            wanted=f"a list of {', '.join(sorted(ATTRIBUTES))}",
        )  # fmt: skip
    marker = _number("x-amz-part-number-marker", headers.get("x-amz-part-number-marker", "0"))
    most = listing.most_keys(headers.get("x-amz-max-parts"), "x-amz-max-parts")
    parts = await world.tables.read(uploads.parts_of, stored.assembly) if stored.parts else ()
    page = PartsPage.of(parts, marker, most)
    told = XML | {"last-modified": last_modified(stored), **version_headers(asked, stored)}
    return Answer(headers=told, body=upload_documents.attributes(stored, wanted, page))
