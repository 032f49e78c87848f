# SPDX-License-Identifier: BSD-2-Clause
"""List what is inside a bucket, in either version of the listing."""

from __future__ import annotations

from dataclasses import replace

from eucalyptus.contracts.s3 import INVALID_ARGUMENT
from walrus.core import documents, listing, version_documents
from walrus.core.asking import Asked
from walrus.core.listing import Ask, Page, VersionEntry
from walrus.database import pages
from walrus.operations.world import XML, Answer, World

Told = list[tuple[str, str]]


async def list_objects(world: World, asked: Asked) -> Answer:
    """One page of a bucket's keys, as version 1 or 2 of the listing."""
    bucket = asked.the_bucket
    second = _is_second(asked)
    ask = _ask(asked, second)
    encode = encodes(asked)
    page = await world.tables.read(pages.page, bucket.name, ask)
    with_owner = not second or asked.query.get("fetch-owner") == "true"
    shown = documents.Listing(
        bucket=bucket.name,
        ask=ask,
        page=page,
        told=tuple((_told_second if second else _told_first)(asked, page)),
        encode=encode,
        owner=bucket.owner if with_owner else None,
    )
    return Answer(headers=XML, body=documents.listing(shown))


def _is_second(asked: Asked) -> bool:
    wanted = asked.query.get("list-type", "1")
    if wanted not in ("1", "2"):
        raise INVALID_ARGUMENT(name="list-type", value=wanted[:80], wanted="1 or 2")
    return wanted == "2"


def encodes(asked: Asked) -> bool:
    """Whether names are wanted percent-encoded; raises INVALID_ARGUMENT."""
    wanted = asked.query.get("encoding-type", "")
    if wanted not in ("", "url"):
        raise INVALID_ARGUMENT(name="encoding-type", value=wanted[:80], wanted="url")
    return bool(wanted)


def _ask(asked: Asked, second: bool) -> Ask:
    query = asked.query
    after = query.get("start-after" if second else "marker", "")
    if second and query.get("continuation-token"):
        after = listing.from_token(asked.target.bucket, query["continuation-token"])
    return Ask(
        prefix=query.get("prefix", ""),
        delimiter=query.get("delimiter", ""),
        after=after,
        most=listing.most_keys(query.get("max-keys")),
    )


def _name(asked: Asked, name: str) -> str:
    return documents.encoded(name) if encodes(asked) else name


def _told_first(asked: Asked, page: Page) -> Told:
    # Clients decode no prefix of the first version.
    told = [("Prefix", asked.query.get("prefix", ""))]
    told.append(("Marker", _name(asked, asked.query.get("marker", ""))))
    # Only folded listings name the next marker; others go on behind their last key.
    if page.truncated and asked.query.get("delimiter"):
        told.append(("NextMarker", _name(asked, page.last)))
    return told


def _told_second(asked: Asked, page: Page) -> Told:
    told = [("Prefix", _name(asked, asked.query.get("prefix", "")))]
    told.append(("KeyCount", str(len(page.entries) + len(page.prefixes))))
    if "start-after" in asked.query:
        told.append(("StartAfter", _name(asked, asked.query["start-after"])))
    if "continuation-token" in asked.query:
        told.append(("ContinuationToken", asked.query["continuation-token"]))
    if page.truncated:
        told.append(("NextContinuationToken", listing.token(asked.target.bucket, page.last)))
    return told


# --- versions ------------------------------------------------------------------------------------


async def list_object_versions(world: World, asked: Asked) -> Answer:
    """One page of the versions of a bucket's keys, the newest of each key first."""
    bucket, query = asked.the_bucket, asked.query
    after, after_version = query.get("key-marker", ""), query.get("version-id-marker", "")
    if after_version and not after:
        raise INVALID_ARGUMENT(
            name="version-id-marker", value=after_version[:80], wanted="taken without a key-marker"
        )
    ask = replace(_ask(asked, second=False), after=after)
    page = await world.tables.read(pages.page_of_versions, bucket.name, ask, after_version)
    shown = documents.Listing(
        bucket=bucket.name, ask=ask, page=page, told=tuple(_told_of_versions(asked, page)),
        encode=encodes(asked), owner=None,
    )  # fmt: skip
    return Answer(headers=XML, body=version_documents.listing(shown))


def _told_of_versions(asked: Asked, page: Page) -> Told:
    told = [
        ("Prefix", _name(asked, asked.query.get("prefix", ""))),
        ("KeyMarker", _name(asked, asked.query.get("key-marker", ""))),
        ("VersionIdMarker", asked.query.get("version-id-marker", "")),
    ]
    if page.truncated:
        told.append(("NextKeyMarker", _name(asked, page.last)))
        if isinstance(page.last_entry, VersionEntry):
            told.append(("NextVersionIdMarker", page.last_entry.version))
    return told
