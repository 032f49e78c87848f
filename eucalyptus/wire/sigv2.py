# SPDX-License-Identifier: BSD-2-Clause
"""Signature version 2: EC2 and IAM Query parameters, and S3's Authorization header and URLs.

Old clients differ in what they take for the host and the path, so a few texts are tried; never
more than one reading of the parameters.
"""

from __future__ import annotations

import base64
import functools
import hmac
import re
from collections.abc import Mapping

from eucalyptus.contracts.refusals import claiming
from eucalyptus.wire.dates import parse_http, parse_iso
from eucalyptus.wire.signable import (
    WEEK,
    Accepts,
    Signable,
    Signed,
    denied,
    encoded,
    malformed,
    pairs,
)

_HASHES: Mapping[str, str] = {"HmacSHA256": "sha256", "HmacSHA1": "sha1"}
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27,43}=")
_KEY_ID = re.compile(r"[!-9;-~]{1,128}")
_POSIX = re.compile(r"[0-9]{1,10}")
SUBRESOURCES = frozenset(
    {
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory",
        "lifecycle", "location", "logging", "metrics", "notification", "object-lock",
        "partNumber", "policy", "replication", "requestPayment", "restore", "select",
        "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId",
        "versioning", "versions", "website", "response-cache-control",
        "response-content-disposition", "response-content-encoding", "response-content-language",
        "response-content-type", "response-expires",
    }
)  # fmt: skip
"""Query parameters that S3's version 2 signs; all others are not covered and must not matter."""


def _sign(hash_name: str, secret: str, text: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text, hash_name)).decode()


# --- EC2, IAM: in the parameters ---------------------------------------------------------------


def applies(request: Signable) -> bool:
    """Whether the parameters carry a Query signature."""
    return any(name == "Signature" for name, _ in request.parameters)


def parse(request: Signable, accepts: Accepts) -> Signed:
    """Read the Query signature of ``request.parameters``; raises MALFORMED or AUTH_FAILURE."""
    parameters = dict(request.parameters)
    if len(parameters) != len(request.parameters):
        raise malformed("a parameter came twice")
    if parameters.get("SignatureVersion") != "2":
        raise malformed("SignatureVersion must be 2 (or sign with version 4)")
    hash_name = _HASHES.get(parameters.get("SignatureMethod", ""))
    if hash_name is None or (hash_name == "sha1" and not accepts.sha1):
        raise malformed("SignatureMethod must be HmacSHA256" + " or HmacSHA1" * accepts.sha1)
    key_id = _key_id(parameters.get("AWSAccessKeyId", ""))
    with claiming(key_id):
        begins, ends = _validity(parameters, accepts)
        signature = _signature(parameters["Signature"])
        texts = _query_texts(request, parameters, accepts)
    return Signed(
        version=2,
        key_id=key_id,
        signature=signature,
        texts=texts,
        scheme=functools.partial(_sign, hash_name),
        begins=begins,
        ends=ends,
        token=parameters.get("SecurityToken", ""),
    )


def _key_id(text: str) -> str:
    if not _KEY_ID.fullmatch(text):
        raise malformed("the access key id cannot be read")
    return text


def _signature(text: str) -> str:
    if not _SIGNATURE.fullmatch(text):
        raise malformed("the signature is not base64 of a digest")
    return text


def _validity(parameters: Mapping[str, str], accepts: Accepts) -> tuple[float, float]:
    """From when until when, by Timestamp or by Expires; exactly one must be there."""
    if ("Timestamp" in parameters) == ("Expires" in parameters):
        raise malformed("it must have either Timestamp or Expires")
    try:
        if "Timestamp" in parameters:
            instant = parse_iso(parameters["Timestamp"])
            return instant - accepts.future, instant + accepts.past
        ends = parse_iso(parameters["Expires"])
    except ValueError as wrong:
        raise malformed("its Timestamp or Expires cannot be read") from wrong
    return ends - WEEK, ends


def _hosts(request: Signable) -> list[str]:
    """The host as sent, without its port, and with ours: clients differ."""
    host = request.header("host").lower()
    if not host:
        raise denied("it has no Host header")
    name = re.sub(r":\d{1,5}\Z", "", host)
    with_port = [f"{name}:{request.port}"] if request.port else []
    return list(dict.fromkeys([host, name, *with_port]))


def _query_texts(
    request: Signable, parameters: Mapping[str, str], accepts: Accepts
) -> tuple[bytes, ...]:
    covered = {name: value for name, value in parameters.items() if name != "Signature"}
    # Version 2 sorts the names as they are, version 4 as they are encoded.
    canonical = "&".join(
        f"{encoded(name)}={encoded(covered[name])}" for name in sorted(covered, key=str.encode)
    )
    paths = dict.fromkeys([request.path, "/"] if accepts.bare_path else [request.path])
    return tuple(
        f"{request.method}\n{host}\n{path}\n{canonical}".encode("latin-1")
        for host in _hosts(request)
        for path in paths
    )


# --- S3: in the header, in the URL -------------------------------------------------------------


def applies_s3(request: Signable) -> bool:
    """Whether the request carries S3's version 2 signature, in its header or its URL."""
    values = request.headers.get("authorization", ())
    in_url = "Signature=" in request.query and "AWSAccessKeyId=" in request.query
    return in_url or any(value.lstrip().startswith("AWS ") for value in values)


def parse_s3(request: Signable, accepts: Accepts) -> Signed:
    """Read S3's version 2 signature; raises MALFORMED or AUTH_FAILURE."""
    parameters = dict(pairs(request.query))
    if "Signature" in parameters:
        if "authorization" in request.headers:
            raise malformed("it is signed both in a header and in the URL")
        return _parse_s3_url(request, parameters)
    word, _, rest = request.header("authorization").partition(" ")
    key_id, _, signature = rest.partition(":")
    if word != "AWS":
        raise malformed("the Authorization header is not AWS key:signature")
    instant, date = _s3_date(request)
    return Signed(
        version=2,
        key_id=_key_id(key_id),
        signature=_signature(signature),
        texts=_s3_texts(request, parameters, date, {}),
        scheme=functools.partial(_sign, "sha1"),
        begins=instant - accepts.future,
        ends=instant + accepts.past,
        token=request.header("x-amz-security-token"),
        payload=request.header("x-amz-content-sha256"),
    )


def _s3_date(request: Signable) -> tuple[float, str]:
    """When the request was signed (POSIX seconds), and its Date as it was signed."""
    amz = "x-amz-date" in request.headers
    date = request.header("date")
    try:
        instant = parse_http(request.header("x-amz-date") if amz else date)
    except (ValueError, TypeError, IndexError) as wrong:
        raise denied("it has no x-amz-date or Date that can be read") from wrong
    if instant < 0:
        raise denied("it is dated before 1970")
    return instant, "" if amz else date


def _parse_s3_url(request: Signable, parameters: Mapping[str, str]) -> Signed:
    expires = parameters.get("Expires", "")
    if not _POSIX.fullmatch(expires):
        raise malformed("Expires must be POSIX seconds")
    token = parameters.get("x-amz-security-token", "")
    extra = {"x-amz-security-token": token} if token else {}
    return Signed(
        version=2,
        key_id=_key_id(parameters.get("AWSAccessKeyId", "")),
        signature=_signature(parameters["Signature"]),
        texts=_s3_texts(request, parameters, expires, extra),
        scheme=functools.partial(_sign, "sha1"),
        begins=float("-inf"),
        ends=float(expires),
        token=token or request.header("x-amz-security-token"),
        presigned=True,
    )


def parse_form(fields: Mapping[str, str]) -> Signed:
    """Read the signature of a browser's form over its policy; raises MALFORMED.

    ``fields`` have lower-case names. The policy says itself until when it is valid.
    """
    return Signed(
        version=2,
        key_id=_key_id(fields.get("awsaccesskeyid", "")),
        signature=fields["signature"],
        texts=(fields["policy"].encode(),),
        scheme=functools.partial(_sign, "sha1"),
        begins=float("-inf"),
        ends=float("inf"),
        token=fields.get("x-amz-security-token", ""),
    )


def _s3_texts(
    request: Signable, parameters: Mapping[str, str], date: str, extra: Mapping[str, str]
) -> tuple[bytes, ...]:
    amz = {
        name: ",".join(value.strip() for value in values)
        for name, values in request.headers.items()
        if name.startswith("x-amz-")
    }
    head = "\n".join(
        (request.method, request.header("content-md5"), request.header("content-type"), date)
    )
    folded = "".join(f"{name}:{value}\n" for name, value in sorted({**amz, **extra}.items()))
    signed = sorted((name, parameters[name]) for name in SUBRESOURCES & parameters.keys())
    said = "&".join(f"{name}={value}" if value else name for name, value in signed)
    query = ("?" + said).encode() if said else b""
    return tuple(
        f"{head}\n{folded}{resource}".encode("latin-1") + query
        for resource in dict.fromkeys(request.resources or (request.path,))
    )
