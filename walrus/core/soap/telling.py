# SPDX-License-Identifier: BSD-2-Clause
"""REST's answers as SOAP messages: documents that S3 answers hold what its messages hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from eucalyptus.contracts.declare import message_type, parts
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3_soap import access, buckets, objects
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.wire.codec import codec_of
from eucalyptus.wire.documents import DEEPEST, DocumentLimits, parse
from eucalyptus.wire.leaves import write_str
from eucalyptus.wire.soap import ENVELOPE
from walrus.core.soap import labels

_OURS = DocumentLimits(size=16 << 20, depth=DEEPEST, elements=1_000_000)
_WORDS = {200: "OK", 204: "No Content", 206: "Partial Content", 304: "Not Modified"}
DELETED = buckets.Status(code=204, description=_WORDS[204])
GONE = buckets.Status(code=200, description=_WORDS[200])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What REST answered: status, headers, document; ``data`` is content to be told inside.

    ``modified`` is when the object was stored, where something was.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    data: bytes | None = None
    modified: datetime | None = None


def answer(ask: Any, told: Told) -> Any:
    """The message that answers ``ask``."""
    return _ANSWERS[type(ask)](ask, told)


def fault(refused: Refused, code: str, facts: Mapping[str, str]) -> bytes:
    """The Body's element of a refusal, ``facts`` in its detail; as S3 wrote it."""
    side = "Server" if refused.refusal.is_ours else "Client"
    detail = "".join(f"<{name}>{write_str(value)}</{name}>" for name, value in facts.items())
    return (
        f'<soapenv:Fault xmlns:soapenv="{ENVELOPE}"><faultcode>soapenv:{side}.{code}</faultcode>'
        f"<faultstring>{write_str(refused.message)}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>"
    ).encode()


def _read(message: Any, told: Told) -> Any:
    """The message in a document of ours; what only REST tells is left out."""
    root = parse(told.body, _OURS)
    _trim(root, message)
    return codec_of(S3_SOAP).read(message, root)


def _trim(element: etree._Element, message: Any) -> None:
    known = {f"{{{S3_SOAP.namespace}}}{part.name}": part for part in parts(message)}
    for child in list(element):
        part = known.get(str(child.tag))
        if part is None:
            element.remove(child)
        elif part.is_message and not message_type(part.of).abstract:
            _trim(child, part.of)


def _status(told: Told) -> buckets.Status:
    return buckets.Status(code=told.status, description=_WORDS[told.status])


def _got(ask: objects.GetObject, told: Told) -> objects.GetObjectResult:
    return objects.GetObjectResult(
        status=_status(told),
        metadata=labels.from_headers(told.headers) if ask.get_metadata else (),
        data=told.data,
        last_modified=parsedate_to_datetime(told.headers["last-modified"]),
        etag=told.headers["etag"],
    )


def _put(_: Any, told: Told) -> objects.PutObjectResult:
    assert told.modified is not None  # something was stored
    return objects.PutObjectResult(etag=told.headers["etag"], last_modified=told.modified)


def _policy(told: Told) -> access.AccessControlPolicy:
    policy: access.AccessControlPolicy = _read(access.AccessControlPolicy, told)
    return policy


_ANSWERS: Mapping[type, Callable[[Any, Told], Any]] = {
    buckets.ListAllMyBuckets: lambda _, told: buckets.ListAllMyBucketsResponse(
        listed=_read(buckets.ListAllMyBucketsResult, told)
    ),
    buckets.CreateBucket: lambda ask, _: buckets.CreateBucketResponse(
        made=buckets.CreateBucketResult(bucket_name=ask.bucket)
    ),
    buckets.DeleteBucket: lambda *_: buckets.DeleteBucketResponse(status=DELETED),
    buckets.ListBucket: lambda _, told: buckets.ListBucketResponse(
        listed=_read(buckets.ListBucketResult, told)
    ),
    buckets.GetBucketLoggingStatus: lambda _, told: buckets.GetBucketLoggingStatusResponse(
        status=_read(buckets.BucketLoggingStatus, told)
    ),
    buckets.SetBucketLoggingStatus: lambda *_: buckets.SetBucketLoggingStatusResponse(),
    access.GetBucketAccessControlPolicy: lambda _, told: (
        access.GetBucketAccessControlPolicyResponse(policy=_policy(told))
    ),
    access.SetBucketAccessControlPolicy: lambda *_: access.SetBucketAccessControlPolicyResponse(),
    access.GetObjectAccessControlPolicy: lambda _, told: (
        access.GetObjectAccessControlPolicyResponse(policy=_policy(told))
    ),
    access.SetObjectAccessControlPolicy: lambda *_: access.SetObjectAccessControlPolicyResponse(),
    objects.GetObject: lambda ask, told: objects.GetObjectResponse(got=_got(ask, told)),
    objects.GetObjectExtended: lambda ask, told: objects.GetObjectExtendedResponse(
        got=_got(ask, told)
    ),
    objects.PutObject: lambda ask, told: objects.PutObjectResponse(put=_put(ask, told)),
    objects.PutObjectInline: lambda ask, told: objects.PutObjectInlineResponse(put=_put(ask, told)),
    objects.CopyObject: lambda _, told: objects.CopyObjectResponse(
        copied=_read(objects.CopyObjectResult, told)
    ),
    objects.DeleteObject: lambda *_: objects.DeleteObjectResponse(status=GONE),
}
