# SPDX-License-Identifier: BSD-2-Clause
"""Tags of objects and buckets: read from headers and documents, checked, shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import INVALID_TAG, INVALID_URI
from walrus.core import markup
from walrus.core.asking import parameter_pairs
from walrus.core.markup import content, element, parts

HEADER, COUNT = "x-amz-tagging", "x-amz-tagging-count"
MOST_OF_OBJECT, MOST_OF_BUCKET = 10, 50
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_RESERVED = "aws:"


def of_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags that a request gives the object it makes; raises INVALID_TAG."""
    try:
        pairs = list(parameter_pairs(headers.get(HEADER, "")))
    except Refused as wrong:
        if wrong.refusal is not INVALID_URI:
            raise
        raise INVALID_TAG(reason=f"{HEADER} is not encoded as a query string is") from wrong
    return checked(pairs, MOST_OF_OBJECT)


def of_document(document: bytes, most: int) -> dict[str, str]:
    """The tags in a Tagging document; raises MALFORMED_XML or INVALID_TAG."""
    tag_set = parts(markup.read(document, "Tagging"), {"TagSet"})["TagSet"]
    pairs = []
    for child in tag_set:
        if markup.local(child) != "Tag":
            raise INVALID_TAG(reason=f"{markup.local(child)[:40]} stands where a Tag is expected")
        found = parts(child, {"Key", "Value"})
        pairs.append((_whole(found["Key"]), _whole(found["Value"])))
    return checked(pairs, most)


def _whole(found: markup.Element) -> str:
    """The text of an element with its blanks, which belong to a tag."""
    content(found)
    return found.text or ""


def checked(pairs: Iterable[tuple[str, str]], most: int) -> dict[str, str]:
    """Keys and values as a dict; raises INVALID_TAG for too many, too long ones, and twins."""
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not 1 <= len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise INVALID_TAG(
                reason=f"a key has 1 to {_LONGEST_KEY} characters, a value at most {_LONGEST_VALUE}"
            )
        if key in tags:
            raise INVALID_TAG(reason=f"the key {key!r} is given twice")
        if key.lower().startswith(_RESERVED):
            raise INVALID_TAG(reason=f"keys that begin with {_RESERVED} are the cloud's own")
        tags[key] = value
    if len(tags) > most:
        raise INVALID_TAG(reason=f"there can be {most} tags")
    return tags


def shown(tags: Mapping[str, str]) -> bytes:
    """Tagging, ordered by key."""
    inside = "".join(
        f"<Tag>{element('Key', key)}{element('Value', tags[key])}</Tag>" for key in sorted(tags)
    )
    return markup.root("Tagging", [f"<TagSet>{inside}</TagSet>"])
