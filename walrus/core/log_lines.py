# SPDX-License-Identifier: BSD-2-Clause
"""One line a request, as S3's server access logs have them.

Whatever the sender wrote is percent-encoded as far as it could end its field or its line, so a
reader who splits at blanks, quotes and brackets gets 26 fields, whatever was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import punctuation
from urllib.parse import quote

from eucalyptus.access.principals import Principal
from walrus.core.keys import Target
from walrus.core.records import Owner

_LONGEST = 4096
"""Characters of a field that the sender wrote."""
_IN_QUOTES = "".join(sorted(set(punctuation) - set('"\\[]'))) + " "
_WORD = _IN_QUOTES.translate({ord(mark): None for mark in "' "})
_KEY = "/-_.~!*()$&+,:;=@"
_SECRETS = re.compile(r"(?i)\b((?:X-Amz-)?(?:Signature|Security-Token)=)[^& ]*")

_REST = {
    "ListObjects": "BUCKET", "ListObjectVersions": "BUCKETVERSIONS", "DeleteObjects":
    "DELETE_MULTI_OBJECT", "CreateMultipartUpload": "UPLOADS", "UploadPart": "PART",
    "CompleteMultipartUpload": "UPLOAD", "AbortMultipartUpload": "UPLOAD", "ListParts": "UPLOAD",
    "ListMultipartUploads": "UPLOADS", "GetObjectAttributes": "OBJECT_ATTRIBUTES",
    "GetBucketLocation": "LOCATION", "GetBucketLogging": "LOGGING_STATUS",
    "PutBucketLogging": "LOGGING_STATUS", "PostObject": "OBJECT", "Preflight": "PREFLIGHT",
}  # fmt: skip
"""What an action is done to, where that is neither told by the table below nor by its target."""
_BY_PARAMETER = {
    "acl": "ACL", "cors": "CORS", "encryption": "ENCRYPTION", "legal-hold": "LEGAL_HOLD",
    "lifecycle": "LIFECYCLE", "notification": "NOTIFICATION", "object-lock":
    "OBJECT_LOCK_CONFIGURATION", "ownershipControls": "OWNERSHIP_CONTROLS", "policy":
    "BUCKETPOLICY", "policyStatus": "POLICY_STATUS", "publicAccessBlock": "PUBLIC_ACCESS_BLOCK",
    "replication": "REPLICATION", "requestPayment": "REQUEST_PAYMENT", "retention": "RETENTION",
    "versioning": "VERSIONING", "website": "WEBSITE", "accelerate": "ACCELERATE",
}  # fmt: skip
_COPIES = {"CopyObject": "REST.COPY.OBJECT", "UploadPartCopy": "REST.COPY.PART"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """A line that waits to be delivered for a bucket. ``target`` is what ``LogTarget`` keeps, as it
    was when the request came."""

    bucket: str
    owner: Owner
    target: str
    at: datetime
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is told of a request. Empty texts, None and no bytes are written as ``-``.

    ``milliseconds`` passed until the last byte was sent, ``thinking`` of them between the last byte
    received and the answer.
    """

    bucket: str
    owner: Owner
    target: Target
    at: datetime
    source: str
    who: Principal | None
    request_id: str
    operation: str
    uri: str
    status: int
    error: str = ""
    sent: int = 0
    size: int | None = None
    milliseconds: int = 0
    thinking: int | None = None
    referrer: str = ""
    agent: str = ""
    version: str = ""
    signature: str = ""
    cipher: str = ""
    signed_in: str = ""
    host: str = ""
    tls: str = ""
    by_acl: bool = False
    """Whether nothing but an ACL let it in."""


def operation(method: str, action: str, target: Target, query: Mapping[str, str]) -> str:
    """``REST.GET.OBJECT`` and the like; ``action`` is "" when none was found out."""
    if action in _COPIES:
        return _COPIES[action]
    return f"REST.{_word(method[:20])}.{_resource(action, target, query)}"


def _resource(action: str, target: Target, query: Mapping[str, str]) -> str:
    if action in _REST:
        return _REST[action]
    if "tagging" in query:
        return "OBJECT_TAGGING" if target.key else "TAGGING"
    named = [_BY_PARAMETER[name] for name in query if name in _BY_PARAMETER]
    return named[0] if action and named else "OBJECT" if target.key else "BUCKET"


def line(entry: Entry) -> str:
    """The line, without its end."""
    who = entry.who
    requester = "" if who is None else who.canonical_id if who.is_account_admin else who.arn
    fields = (
        entry.owner.canonical_id, entry.bucket, f"[{entry.at:%d/%b/%Y:%H:%M:%S %z}]",
        entry.source or "-", _word(requester), _word(entry.request_id), entry.operation,
        quote(entry.target.key, safe=_KEY) or "-", _quoted(_SECRETS.sub(r"\1-", entry.uri)),
        str(entry.status), entry.error or "-", str(entry.sent or "-"), _number(entry.size),
        str(entry.milliseconds), _number(entry.thinking), _quoted(entry.referrer),
        _quoted(entry.agent), _word(entry.version), _word(entry.request_id),
        _SIGNATURES.get(entry.signature, "-"), _word(entry.cipher),
        _AUTHENTICATION.get(entry.signed_in, "-"), _word(entry.host), _word(entry.tls), "-",
        "Yes" if entry.by_acl else "-",
    )  # fmt: skip
    return " ".join(fields)


_SIGNATURES = {"AWS4-HMAC-SHA256": "SigV4", "AWS": "SigV2"}
_AUTHENTICATION = {
    "REST-HEADER": "AuthHeader", "REST-QUERY-STRING": "QueryString", "POST": "POST",
}  # fmt: skip


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _word(text: str) -> str:
    """A field without blanks."""
    return _encoded(text, _WORD) or "-"


def _quoted(text: str) -> str:
    """A field in quotes."""
    return f'"{_encoded(text, _IN_QUOTES) or "-"}"'


def _encoded(text: str, safe: str) -> str:
    """Headers are octets, one a character."""
    return quote(text[:_LONGEST], safe=safe, encoding="latin-1", errors="replace")
