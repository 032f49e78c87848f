# SPDX-License-Identifier: BSD-2-Clause
"""The XML documents that S3 answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from eucalyptus.contracts.s3 import NAMESPACE
from walrus.core import acl
from walrus.core.listing import Ask, Entry, Page
from walrus.core.records import Bucket, Owner

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _text(value: object) -> str:
    # What XML 1.0 cannot carry is shown as a replacement; encoding-type=url shows it as it is.
    return escape(_ILLEGAL.sub("\ufffd", str(value)), {"\r": "&#13;"})


def _element(name: str, value: object) -> str:
    return f"<{name}>{_text(value)}</{name}>"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _root(name: str, inside: Iterable[str]) -> bytes:
    return f'{_HEAD}<{name} xmlns="{NAMESPACE}">{"".join(inside)}</{name}>'.encode()


def moment(when: datetime) -> str:
    """A time as S3 writes it, in milliseconds."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _owner(owner: Owner) -> str:
    inside = _element("ID", owner.canonical_id) + _element("DisplayName", owner.name)
    return f"<Owner>{inside}</Owner>"


def error(code: str, message: str, facts: Mapping[str, str]) -> bytes:
    """The error document; ``facts`` are further elements, Resource and RequestId among them."""
    inside = _element("Code", code) + _element("Message", message)
    inside += "".join(_element(name, value) for name, value in facts.items())
    return f"{_HEAD}<Error>{inside}</Error>".encode()


def bucket_list(owner: Owner, buckets: Iterable[Bucket]) -> bytes:
    """ListAllMyBucketsResult."""
    shown = (
        "<Bucket>" + _element("Name", bucket.name)
        + _element("CreationDate", moment(bucket.created)) + "</Bucket>"
        for bucket in buckets
    )  # fmt: skip
    return _root(
        "ListAllMyBucketsResult", (_owner(owner), "<Buckets>", "".join(shown), "</Buckets>")
    )


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
    version of the listing repeats, in order; ``owner`` is None when owners are not wanted.
    """

    bucket: str
    ask: Ask
    page: Page
    told: tuple[tuple[str, str], ...]
    encode: bool
    owner: Owner | None


def listing(shown: Listing) -> bytes:
    """ListBucketResult of either version."""

    def name(text: str) -> str:
        return encoded(text) if shown.encode else text

    inside = [_element("Name", shown.bucket), _element("Prefix", name(shown.ask.prefix))]
    inside += [_element(tag, value) for tag, value in shown.told]
    if shown.ask.delimiter:
        inside.append(_element("Delimiter", name(shown.ask.delimiter)))
    inside.append(_element("MaxKeys", shown.ask.most))
    if shown.encode:
        inside.append(_element("EncodingType", "url"))
    inside.append(_element("IsTruncated", _flag(shown.page.truncated)))
    inside += [_contents(name(entry.key), entry, shown.owner) for entry in shown.page.entries]
    for prefix in shown.page.prefixes:
        inside.append(f"<CommonPrefixes>{_element('Prefix', name(prefix))}</CommonPrefixes>")
    return _root("ListBucketResult", inside)


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


def access(owner: Owner, canned: str) -> bytes:
    """AccessControlPolicy of a canned ACL."""
    grants = _grant(
        "CanonicalUser", _element("ID", owner.canonical_id) + _element("DisplayName", owner.name),
        "FULL_CONTROL",
    )  # fmt: skip
    if acl.group(canned):
        grants += _grant("Group", _element("URI", acl.group(canned)), "READ")
    inside = (_owner(owner), f"<AccessControlList>{grants}</AccessControlList>")
    return _root("AccessControlPolicy", inside)


def _grant(kind: str, inside: str, permission: str) -> str:
    grantee = f'<Grantee xmlns:xsi="{_XSI}" xsi:type="{kind}">{inside}</Grantee>'
    return f"<Grant>{grantee}{_element('Permission', permission)}</Grant>"
