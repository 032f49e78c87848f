# SPDX-License-Identifier: BSD-2-Clause
"""Signature version 2 as S3 uses it: HMAC-SHA1 over headers, in a header or in the address."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from eucalyptus.contracts.s3 import ACCESS_DENIED, MALFORMED_AUTHORIZATION, SIGNATURE_MISMATCH
from walrus.core.conditions import http_date
from walrus.core.keys import below_mount
from walrus.core.signatures import Request, check_skew, mismatch

_SUBRESOURCES = frozenset(
    [
        "acl",
        "cors",
        "delete",
        "lifecycle",
        "location",
        "logging",
        "notification",
        "partNumber",
        "policy",
        "requestPayment",
        "restore",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
        "response-content-type",
        "response-content-language",
        "response-expires",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
    ]
)
_EXPIRES = re.compile("[0-9]{1,11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature2:
    """A version 2 signature as it was found. ``expires`` (POSIX seconds as text) is "" for one
    in a header."""

    request: Request
    query: Mapping[str, str]
    key_id: str
    signature: bytes
    expires: str = ""

    def check(self, secret: str, now: datetime) -> None:
        """Raise Refused unless the signature is good and timely."""
        texts = [self._text(path) for path in self._paths()]
        for text in texts:
            made = hmac.new(secret.encode(), text.encode("latin-1"), hashlib.sha1).digest()
            if hmac.compare_digest(made, self.signature):
                break
        else:
            raise mismatch(SIGNATURE_MISMATCH, self._facts(texts[0]))
        self._check_time(now)

    def _check_time(self, now: datetime) -> None:
        if self.expires:
            if now > datetime.fromtimestamp(int(self.expires), UTC):
                raise ACCESS_DENIED(reason="The address has expired.")
            return
        stated = self.request.header("x-amz-date") or self.request.header("date")
        moment = http_date(stated)
        if moment is None:
            raise ACCESS_DENIED(reason="The request needs a valid Date or x-amz-date header.")
        check_skew(moment, now)

    def _paths(self) -> tuple[str, ...]:
        """As sent, and below the mount, since clients differ in what they take for the path."""
        path = self.request.path
        below = below_mount(path)
        # A bucket is the same resource with a slash behind it.
        ended = (path + "/", below + "/") if below.count("/") == 1 else ()
        return tuple(dict.fromkeys((path, below, *ended)))

    def _text(self, path: str) -> str:
        headers = self.request.headers
        date = "" if "x-amz-date" in headers else self.request.header("date")
        lines = [
            self.request.method,
            self.request.header("content-md5"),
            self.request.header("content-type"),
            self.expires or date,
        ]
        lines += [
            f"{name}:{' '.join(headers[name].split())}"
            for name in sorted(headers)
            if name.startswith("x-amz-")
        ]
        return "\n".join((*lines, path + self._subresources()))

    def _subresources(self) -> str:
        signed = sorted(_SUBRESOURCES & self.query.keys())
        told = [f"{n}={self.query[n]}" if self.query[n] else n for n in signed]
        # The text is hashed as Latin-1, so that raw header bytes pass through unchanged.
        return ("?" + "&".join(told).encode().decode("latin-1")) if told else ""

    def _facts(self, text: str) -> Mapping[str, str]:
        return {
            "AWSAccessKeyId": self.key_id,
            "StringToSign": text,
            "SignatureProvided": base64.b64encode(self.signature).decode(),
        }


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise MALFORMED_AUTHORIZATION(reason="The signature is not base64.") from wrong


def from_header(request: Request, query: Mapping[str, str]) -> Signature2:
    """Read ``Authorization: AWS KEY:SIGNATURE``; raises Refused when it is malformed."""
    key_id, colon, signature = request.header("authorization")[4:].strip().partition(":")
    if not colon or not key_id:
        raise MALFORMED_AUTHORIZATION(reason="The Authorization header is not AWS KEY:SIGNATURE.")
    return Signature2(request=request, query=query, key_id=key_id, signature=_decoded(signature))


def from_query(request: Request, query: Mapping[str, str]) -> Signature2:
    """Read a presigned address; raises Refused when it is malformed."""
    wanted = [query.get(name, "") for name in ("AWSAccessKeyId", "Signature", "Expires")]
    if not all(wanted) or not _EXPIRES.fullmatch(wanted[2]):
        raise ACCESS_DENIED(
            reason="A presigned address needs AWSAccessKeyId, Expires (a time) and Signature."
        )
    return Signature2(
        request=request, query=query, key_id=wanted[0], signature=_decoded(wanted[1]),
        expires=wanted[2],
    )  # fmt: skip
