# SPDX-License-Identifier: BSD-2-Clause
"""What a SOAP message asks for, said as the REST request that asks for the same.

All that is decided about a request, and all that is done, is decided and done about that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import quote

from eucalyptus.contracts.s3 import (
    INVALID_ARGUMENT,
    INVALID_BUCKET_NAME,
    KEY_TOO_LONG,
)
from eucalyptus.contracts.s3_soap import access, buckets, objects
from eucalyptus.contracts.s3_soap.refusals import INLINE_TOO_LARGE, KEY_NEEDED
from walrus.core.asking import Asked
from walrus.core.keys import LONGEST_KEY, Target
from walrus.core.soap import granting, labels

LARGEST_INLINE = 1 << 20
"""Bytes that a message may carry inside, either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A REST request: method, what it is about, headers (lower-case names), query.

    ``document`` makes its body once bucket and object are known. ``content`` is an object's
    content that the message carries inside, ``attached`` the length of one that it promises to
    bring along; both are None for other requests. ``otherwise`` are the headers with which to ask
    again when a precondition fails, None when that is final.
    """

    method: str
    target: Target
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    document: Callable[[Asked], bytes] = lambda _: b""
    content: bytes | None = field(default=None, repr=False)
    attached: int | None = None
    otherwise: Mapping[str, str] | None = None

    @property
    def length(self) -> int | None:
        """Bytes of the object that the request brings, None when it brings none."""
        return self.attached if self.content is None else len(self.content)


class _Conditions(Protocol):
    """Conditions as two messages have them."""

    @property
    def if_modified_since(self) -> datetime | None: ...
    @property
    def if_unmodified_since(self) -> datetime | None: ...
    @property
    def if_match(self) -> tuple[str, ...]: ...
    @property
    def if_none_match(self) -> tuple[str, ...]: ...


def wish(ask: Any) -> Wish:
    """The REST request that asks for what the message ``ask`` asks; raises Refused."""
    return _WISHES[type(ask)](ask)


# --- buckets -------------------------------------------------------------------------------------


def _bucket(name: str) -> Target:
    # An empty name would mean another thing in an address: the service itself.
    if not name:
        raise INVALID_BUCKET_NAME(bucket=name, reason="it is empty")
    return Target(bucket=name)


def _list_buckets(_: buckets.ListAllMyBuckets) -> Wish:
    return Wish(method="GET", target=Target())


def _create_bucket(ask: buckets.CreateBucket) -> Wish:
    return Wish(method="PUT", target=_bucket(ask.bucket), headers=granting.as_headers(ask.access))


def _delete_bucket(ask: buckets.DeleteBucket) -> Wish:
    return Wish(method="DELETE", target=_bucket(ask.bucket))


def _list_bucket(ask: buckets.ListBucket) -> Wish:
    most = None if ask.max_keys is None else str(ask.max_keys)
    said = {
        "prefix": ask.prefix, "marker": ask.marker, "max-keys": most, "delimiter": ask.delimiter,
    }  # fmt: skip
    query = {name: value for name, value in said.items() if value is not None}
    return Wish(method="GET", target=_bucket(ask.bucket), query=query)


def _get_logging(ask: buckets.GetBucketLoggingStatus) -> Wish:
    return Wish(method="GET", target=_bucket(ask.bucket), query={"logging": ""})


def _set_logging(ask: buckets.SetBucketLoggingStatus) -> Wish:
    return Wish(
        method="PUT",
        target=_bucket(ask.bucket),
        query={"logging": ""},
        document=lambda _: granting.logging_document(ask.status),
    )


# --- access --------------------------------------------------------------------------------------


def _get_bucket_acl(ask: access.GetBucketAccessControlPolicy) -> Wish:
    return Wish(method="GET", target=_bucket(ask.bucket), query={"acl": ""})


def _set_bucket_acl(ask: access.SetBucketAccessControlPolicy) -> Wish:
    return Wish(
        method="PUT",
        target=_bucket(ask.bucket),
        query={"acl": ""},
        document=lambda asked: granting.document(ask.access, asked.the_bucket.owner),
    )


def _get_object_acl(ask: access.GetObjectAccessControlPolicy) -> Wish:
    return Wish(method="GET", target=_object(ask.bucket, ask.key), query={"acl": ""})


def _set_object_acl(ask: access.SetObjectAccessControlPolicy) -> Wish:
    return Wish(
        method="PUT",
        target=_object(ask.bucket, ask.key),
        query={"acl": ""},
        document=lambda asked: granting.document(ask.access, asked.the_object.owner),
    )


# --- objects -------------------------------------------------------------------------------------


def _object(bucket: str, key: str, name: str = "Key") -> Target:
    # An empty key would mean the bucket: a deletion of nothing must not delete that.
    if not key:
        raise KEY_NEEDED(name=name)
    if len(key.encode()) > LONGEST_KEY:
        raise KEY_TOO_LONG(limit=LONGEST_KEY, size=len(key.encode()))
    return Target(bucket=_bucket(bucket).bucket, key=key)


def _get_object(ask: objects.GetObject) -> Wish:
    method = "GET" if ask.get_data else "HEAD"
    return Wish(method=method, target=_object(ask.bucket, ask.key))


_OF_THE_PART = ("range", "if-match", "if-unmodified-since")
"""What a reader says who has a part already, and wants the rest only if the object is the same."""


def _get_extended(ask: objects.GetObjectExtended) -> Wish:
    plain = _get_object(ask)
    headers = _conditions(ask, "") | _range(ask)
    whole = {name: value for name, value in headers.items() if name not in _OF_THE_PART}
    return Wish(
        method=plain.method,
        target=plain.target,
        headers=headers,
        otherwise=whole if ask.whole_on_failure and "range" in headers else None,
    )


def _range(ask: objects.GetObjectExtended) -> dict[str, str]:
    if ask.range_start is None and ask.range_end is None:
        return {}
    first, last = ask.range_start or 0, ask.range_end
    if first < 0 or (last is not None and last < first):
        raise INVALID_ARGUMENT(name="ByteRangeEnd", value=str(last), wanted="behind the start")
    return {"range": f"bytes={first}-{'' if last is None else last}"}


def _conditions(ask: _Conditions, prefix: str) -> dict[str, str]:
    said = {
        "if-modified-since": ask.if_modified_since and _date(ask.if_modified_since),
        "if-unmodified-since": ask.if_unmodified_since and _date(ask.if_unmodified_since),
        "if-match": ", ".join(map(_tag, ask.if_match)),
        "if-none-match": ", ".join(map(_tag, ask.if_none_match)),
    }
    return {prefix + name: value for name, value in said.items() if value}


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _tag(text: str) -> str:
    bare = text.strip().strip('"')
    if not bare.isascii() or not bare.isprintable() or '"' in bare or "," in bare:
        raise INVALID_ARGUMENT(name="ETag", value=text[:80], wanted="an ETag")
    return bare if bare == "*" else f'"{bare}"'


def _stored(
    ask: objects.PutObject | objects.PutObjectInline | objects.CopyObject,
) -> dict[str, str]:
    """What all messages say of an object that they store."""
    storage = {"x-amz-storage-class": str(ask.storage_class)} if ask.storage_class else {}
    return labels.as_headers(ask.metadata) | granting.as_headers(ask.access) | storage


def _put_object(ask: objects.PutObject) -> Wish:
    if ask.content_length < 0:
        length = str(ask.content_length)
        raise INVALID_ARGUMENT(name="ContentLength", value=length, wanted="a number of bytes")
    return Wish(
        method="PUT",
        target=_object(ask.bucket, ask.key),
        headers=_stored(ask),
        attached=ask.content_length,
    )


def _put_inline(ask: objects.PutObjectInline) -> Wish:
    size = len(ask.data)
    if size > LARGEST_INLINE:
        raise INLINE_TOO_LARGE(limit=LARGEST_INLINE, size=size)
    if ask.content_length != size:
        length = str(ask.content_length)
        raise INVALID_ARGUMENT(name="ContentLength", value=length, wanted=f"{size}, the data's")
    return Wish(
        method="PUT", target=_object(ask.bucket, ask.key), headers=_stored(ask), content=ask.data
    )


def _copy_object(ask: objects.CopyObject) -> Wish:
    source = _object(ask.source_bucket, ask.source_key, "SourceKey")
    headers = _stored(ask) | _conditions(ask, "x-amz-copy-source-")
    headers["x-amz-copy-source"] = f"/{quote(source.bucket)}/{quote(source.key)}"
    if ask.directive:
        headers["x-amz-metadata-directive"] = str(ask.directive)
    target = _object(ask.bucket, ask.key, "DestinationKey")
    return Wish(method="PUT", target=target, headers=headers)


def _delete_object(ask: objects.DeleteObject) -> Wish:
    return Wish(method="DELETE", target=_object(ask.bucket, ask.key))


_WISHES: Mapping[type, Callable[[Any], Wish]] = {
    buckets.ListAllMyBuckets: _list_buckets,
    buckets.CreateBucket: _create_bucket,
    buckets.DeleteBucket: _delete_bucket,
    buckets.ListBucket: _list_bucket,
    buckets.GetBucketLoggingStatus: _get_logging,
    buckets.SetBucketLoggingStatus: _set_logging,
    access.GetBucketAccessControlPolicy: _get_bucket_acl,
    access.SetBucketAccessControlPolicy: _set_bucket_acl,
    access.GetObjectAccessControlPolicy: _get_object_acl,
    access.SetObjectAccessControlPolicy: _set_object_acl,
    objects.GetObject: _get_object,
    objects.GetObjectExtended: _get_extended,
    objects.PutObject: _put_object,
    objects.PutObjectInline: _put_inline,
    objects.CopyObject: _copy_object,
    objects.DeleteObject: _delete_object,
}
