# SPDX-License-Identifier: BSD-2-Clause
"""Signers that are not ours: botocore's classes, and version 2 as old clients write it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlsplit

from botocore.auth import (
    HmacV1Auth,
    HmacV1QueryAuth,
    S3SigV4Auth,
    S3SigV4QueryAuth,
    SigV4Auth,
    SigV4QueryAuth,
)
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import signatures
from eucalyptus.wire.signable import Accepts, Signable, Signed, check, pairs

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
EC2 = Accepts(service="ec2")
S3 = Accepts(service="s3", s3=True, future=900.0)
URL = "http://cloud.example:8773/services/compute/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def received(request: AWSRequest) -> Signable:
    """What our side sees of a request that botocore prepared."""
    parts = urlsplit(request.url)
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    headers: dict[str, tuple[str, ...]] = {"host": (parts.netloc,)}
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        raw = text.encode("utf-8").decode("latin-1")
        headers[name.lower()] = (*headers.get(name.lower(), ()), raw)
    form = (
        body.decode("latin-1") if FORM.partition(";")[0] in str(headers.get("content-type")) else ""
    )
    return Signable(
        method=request.method,
        path=parts.path,
        query=parts.query,
        headers=headers,
        parameters=pairs(parts.query, form),
        body_sha256=hashlib.sha256(body).hexdigest(),
        port=parts.port or 0,
    )


def boto_request(
    method: str = "GET", url: str = URL, headers: Mapping[str, str] | None = None, body: str = ""
) -> AWSRequest:
    return AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)


def credentials(token: str | None = None) -> Credentials:
    return Credentials(KEY, SECRET, token)


def v4(request: AWSRequest, service: str = "ec2", region: str = "eucalyptus") -> Signable:
    """Signed by botocore in the Authorization header."""
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(credentials(), service, region).add_auth(request)
    return received(request)


def v4_url(
    request: AWSRequest, service: str = "ec2", expires: int = 300, token: str | None = None
) -> Signable:
    """Signed by botocore in the URL."""
    kind = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    kind(credentials(token), service, "eucalyptus", expires=expires).add_auth(request)
    return received(request)


def s3_v2(request: AWSRequest) -> Signable:
    """S3 version 2 by botocore, in the header."""
    HmacV1Auth(credentials()).add_auth(request)
    return received(request)


def s3_v2_url(request: AWSRequest, expires: int = 300) -> Signable:
    """S3 version 2 by botocore, in the URL."""
    HmacV1QueryAuth(credentials(), expires=expires).add_auth(request)
    return received(request)


def query_v2(
    parameters: Mapping[str, str],
    *,
    method: str = "GET",
    host: str = "cloud.example:8773",
    path: str = "/services/compute/",
    signed_as: tuple[str, str] | None = None,
    hash_name: str = "sha256",
) -> Signable:
    """Version 2 as the document of 2008 describes it; ``signed_as`` is (host, path) if other."""
    said = {
        "AWSAccessKeyId": KEY,
        "SignatureVersion": "2",
        "SignatureMethod": {"sha256": "HmacSHA256", "sha1": "HmacSHA1"}[hash_name],
        **parameters,
    }
    canonical = "&".join(
        f"{quote(k, safe='-_.~')}={quote(said[k], safe='-_.~')}" for k in sorted(said)
    )
    as_host, as_path = signed_as or (host, path)
    text = f"{method}\n{as_host}\n{as_path}\n{canonical}"
    digest = hmac.digest(SECRET.encode(), text.encode(), hash_name)
    said["Signature"] = base64.b64encode(digest).decode()
    return Signable(
        method=method,
        path=path,
        query="",
        headers={"host": (host,)},
        parameters=tuple(said.items()),
        port=8773,
    )


def outcome(
    request: Signable, accepts: Accepts = EC2, *, secret: str = SECRET, later: float = 0.0
) -> str:
    """The refusal's code, or "" when the request is good ``later`` seconds after it was signed."""
    try:
        signed = signatures.parse(request, accepts)
        if signed.key_id != KEY:
            return "UnknownKey"
        check(signed, secret, moment(signed, accepts) + later)
    except Refused as no:
        return no.refusal.code
    return ""


def moment(signed: Signed, accepts: Accepts) -> float:
    """When a request was signed, as far as it says; for URLs of version 2 just before they end."""
    return signed.ends - 1 if signed.begins == float("-inf") else signed.begins + accepts.future


def changed(request: Signable, **parts: object) -> Signable:
    """The request with other parts."""
    return replace(request, **parts)  # type: ignore[arg-type]


def with_header(request: Signable, name: str, *values: str) -> Signable:
    """The request with a header set (or, without values, removed)."""
    headers = {key: value for key, value in request.headers.items() if key != name}
    if values:
        headers[name] = values
    return replace(request, headers=headers)
