# SPDX-License-Identifier: BSD-2-Clause
"""The XML documents that S3 answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from walrus.core.listing import Ask, Entry, Page
from walrus.core.markup import HEAD as _HEAD
from walrus.core.markup import element as _element
from walrus.core.markup import flag as _flag
from walrus.core.markup import owner as _owner
from walrus.core.markup import root as _root
from walrus.core.markup import text as _text
from walrus.core.records import Bucket, Owner


def moment(when: datetime) -> str:
    """A time as S3 writes it, in milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def error(code: str, message: str, facts: Mapping[str, str]) -> bytes:
    """The error document; ``facts`` are further elements, Resource and RequestId among them."""
    inside = _element("Code", code) + _element("Message", message)
    inside += "".join(_element(name, value) for name, value in facts.items())
    return f"{_HEAD}<Error>{inside}</Error>".encode()


def bucket_list(
    owner: Owner, buckets: Iterable[Bucket], told: Iterable[tuple[str, str]] = ()
) -> bytes:
    """ListAllMyBucketsResult; ``told`` are further elements at its end."""
    shown = (
        "<Bucket>" + _element("Name", bucket.name)
        + _element("CreationDate", moment(bucket.created)) + "</Bucket>"
        for bucket in buckets
    )  # fmt: skip
    inside = (_owner(owner), "<Buckets>", *shown, "</Buckets>")
    return _root("ListAllMyBucketsResult", (*inside, *(_element(*each) for each in told)))


def location(region: str) -> bytes:
    """LocationConstraint; "" is the classic region."""
    return _root("LocationConstraint", (_text(region),))


def encoded(name: str) -> str:
    """A name as ``encoding-type=url`` shows it."""
    return quote(name, safe="/*-._")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page together with how it is to be shown.

    ``encode`` says whether names are percent-encoded; ``told`` has the parameters that only one
    kind of listing repeats, in order; ``owner`` is None when owners are not wanted.
    """

    bucket: str
    ask: Ask
    page: Page
    told: tuple[tuple[str, str], ...]
    encode: bool
    owner: Owner | None

    def name(self, text: str) -> str:
        """A name as the listing shows it."""
        return encoded(text) if self.encode else text


def listing(shown: Listing) -> bytes:
    """ListBucketResult of either version."""
    entries = (_contents(shown.name(one.key), one, shown.owner) for one in shown.page.entries)
    return listed("ListBucketResult", shown, entries)


def listed(root: str, shown: Listing, entries: Iterable[str]) -> bytes:
    """What every kind of listing says around its entries."""
    inside = [_element("Name", shown.bucket)]
    inside += [_element(tag, value) for tag, value in shown.told]
    if shown.ask.delimiter:
        inside.append(_element("Delimiter", shown.name(shown.ask.delimiter)))
    inside.append(_element("MaxKeys", shown.ask.most))
    if shown.encode:
        inside.append(_element("EncodingType", "url"))
    inside.append(_element("IsTruncated", _flag(shown.page.truncated)))
    inside += entries
    for prefix in shown.page.prefixes:
        shown_prefix = _element("Prefix", shown.name(prefix))
        inside.append(f"<CommonPrefixes>{shown_prefix}</CommonPrefixes>")
    return _root(root, inside)


def _contents(key: str, entry: Entry, owner: Owner | None) -> str:
    inside = _element("Key", key) + _element("LastModified", moment(entry.modified))
    inside += f'<ETag>"{_text(entry.etag)}"</ETag>' + _element("Size", entry.size)
    if owner is not None:
        inside += _owner(owner)
    return f"<Contents>{inside}<StorageClass>STANDARD</StorageClass></Contents>"


def posted(location: str, named: Mapping[str, str]) -> bytes:
    """PostResponse; ``named`` has bucket, key and etag."""
    told = (_element(name.capitalize(), named[name]) for name in ("bucket", "key"))
    inside = (_element("Location", location), *told, _element("ETag", named["etag"]))
    return f"{_HEAD}<PostResponse>{''.join(inside)}</PostResponse>".encode()
