# SPDX-License-Identifier: BSD-2-Clause
"""Signature version 4, read from the Authorization header or the URL of a request."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace

from eucalyptus.contracts.refusals import claiming
from eucalyptus.wire.dates import format_basic, parse_basic, parse_http
from eucalyptus.wire.signable import (
    WEEK,
    Accepts,
    Scope,
    Signable,
    Signed,
    denied,
    malformed,
    pairs,
)
from eucalyptus.wire.sigv4_text import (
    ALGORITHM,
    QUERY_NAMES,
    UNSIGNED,
    Claim,
    sign_text,
    string_to_sign,
)

STREAMING = frozenset(
    {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
)
OUR_SERVICES = frozenset(
    {
        "ec2", "s3", "iam", "sts", "elasticloadbalancing", "autoscaling", "monitoring",
        "cloudformation", "sqs", "swf", "route53",
    }
)  # fmt: skip
"""Names in scopes that mean one of this cloud's services; other names mean nothing."""

_CREDENTIAL = re.compile(
    r"([!-.0-~]{1,128})/(\d{8})/([!-.0-~]{0,64})/([!-.0-~]{1,64})/aws4_request", re.ASCII
)
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_SIGNED_HEADERS = re.compile(r"[!-:<-~]+(?:;[!-:<-~]+)*")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):([0-9]{1,5})")
_SECONDS = re.compile(r"-?[0-9]{1,18}")


def applies(request: Signable) -> bool:
    """Whether the request carries a version 4 signature, in its header or its URL."""
    said = request.headers.get("authorization", ())
    in_header = any(value.lstrip().startswith("AWS4-") for value in said)
    return in_header or "X-Amz-Signature=" in request.query


def parse(request: Signable, accepts: Accepts) -> Signed:
    """Read a version 4 signature; raises MALFORMED or AUTH_FAILURE."""
    parameters = dict(pairs(request.query))
    if "X-Amz-Signature" in parameters:
        if "authorization" in request.headers:
            raise malformed("it is signed both in a header and in the URL")
        return _parse_presigned(request, parameters, accepts)
    return _parse_header(request, parameters, accepts)


# --- in the Authorization header ---------------------------------------------------------------


def _parse_header(request: Signable, parameters: Mapping[str, str], accepts: Accepts) -> Signed:
    said = _authorization(request.header("authorization"))
    date, instant = _date(request)
    claim = _claim(said["Credential"], said["SignedHeaders"], said["Signature"], (date, instant))
    with claiming(claim.key_id):
        _check_scope(claim, accepts)
        _check_headers(request, claim)
        if "x-amz-date" not in request.headers and "date" not in claim.names:
            raise denied("the Date header is not signed")
    payload = _payload(request, accepts)
    return Signed(
        version=4,
        key_id=claim.key_id,
        signature=claim.signature,
        texts=(string_to_sign(request, parameters, claim, (payload, accepts.s3)),),
        scheme=functools.partial(sign_text, claim.scope),
        begins=instant - accepts.future,
        ends=instant + accepts.past,
        date=date,
        scope=claim.scope,
        token=request.header("x-amz-security-token"),
        payload=payload,
        others=functools.partial(_bare_texts, request, parameters, claim, accepts),
    )


def _bare_texts(
    request: Signable, parameters: Mapping[str, str], claim: Claim, accepts: Accepts
) -> tuple[bytes, ...]:
    """What clients sign that take "/" for the path, and the host without the port they send."""
    if not accepts.bare_path:
        return ()
    host = request.header("host")
    found = _HOST.fullmatch(host)
    bare = found[1] if found and found[2] == str(request.port) else host
    meant = [(bare, request.path), (host, "/"), (bare, "/")]
    payload = (request.body_sha256, accepts.s3)
    return tuple(
        string_to_sign(
            replace(request, path=path, headers={**request.headers, "host": (name,)}),
            parameters, claim, payload,
        )
        for name, path in dict.fromkeys(meant)
        if (name, path) != (host, request.path)
    )  # fmt: skip


def _authorization(header: str) -> Mapping[str, str]:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise malformed(f"only {ALGORITHM} is accepted in an Authorization header")
    found: dict[str, str] = {}
    for piece in rest.split(","):
        name, _, value = piece.strip().partition("=")
        if name in found or name not in ("Credential", "SignedHeaders", "Signature"):
            raise malformed("the Authorization header has an unknown or repeated part")
        found[name] = value
    if len(found) != 3:
        raise malformed("the Authorization header lacks Credential, SignedHeaders or Signature")
    return found


def _date(request: Signable) -> tuple[str, float]:
    """The date as the signature writes it, and in POSIX seconds."""
    try:
        if said := request.header("x-amz-date"):
            return said, parse_basic(said)
        instant = parse_http(request.header("date"))
    except (ValueError, TypeError, IndexError) as wrong:
        raise malformed("it has no X-Amz-Date or Date that can be read") from wrong
    return format_basic(instant), instant


def _claim(credential: str, names: str, signature: str, date: tuple[str, float]) -> Claim:
    found = _CREDENTIAL.fullmatch(credential)
    if found is None:
        raise malformed("the Credential is not KEY/day/region/service/aws4_request")
    if not _SIGNED_HEADERS.fullmatch(names):
        raise malformed("SignedHeaders cannot be read")
    if not _SIGNATURE.fullmatch(signature):
        raise malformed("the signature is not 64 lower-case hex digits")
    return Claim(
        key_id=found[1],
        scope=Scope(day=found[2], region=found[3], service=found[4]),
        names=tuple(names.split(";")),
        signature=signature,
        date=date[0],
        instant=date[1],
    )


def _check_scope(claim: Claim, accepts: Accepts) -> None:
    """Any region; any service that is not another of ours."""
    if claim.scope.day != claim.date[:8]:
        raise denied("the scope is of another day than the date")
    if claim.scope.service != accepts.service and claim.scope.service in OUR_SERVICES:
        raise denied(f"it is signed for {claim.scope.service}, not for {accepts.service}")


def _check_headers(request: Signable, claim: Claim) -> None:
    """Host and every x-amz header must be signed; what is named must be there."""
    if list(claim.names) != sorted({name.lower() for name in claim.names}):
        raise denied("SignedHeaders is not a sorted list of lower-case names")
    if "host" not in claim.names or len(request.headers.get("host", ())) != 1:
        raise denied("the one Host header must be signed")
    for name in claim.names:
        if name not in request.headers:
            raise denied(f"the signed header {name[:64]} is missing")
    for name in request.headers:
        if name.startswith("x-amz-") and name not in claim.names:
            raise denied(f"the header {name[:64]} is not signed")


def _payload(request: Signable, accepts: Accepts) -> str:
    """The payload's digest as the signature covers it."""
    claimed = request.header("x-amz-content-sha256")
    if not accepts.s3:
        return request.body_sha256
    if not claimed:
        if not request.body_sha256:
            raise malformed("it lacks the header x-amz-content-sha256")
        return request.body_sha256
    if claimed != UNSIGNED and claimed not in STREAMING and not _SIGNATURE.fullmatch(claimed):
        raise malformed("x-amz-content-sha256 is neither a digest nor a known word")
    return claimed


# --- in the URL --------------------------------------------------------------------------------


def _parse_presigned(request: Signable, parameters: Mapping[str, str], accepts: Accepts) -> Signed:
    said = [parameters.get(name, "") for name in QUERY_NAMES]
    algorithm, credential, date, expires, names = said
    if algorithm != ALGORITHM:
        raise malformed(f"X-Amz-Algorithm must be {ALGORITHM}")
    if not _SECONDS.fullmatch(expires):
        raise malformed("X-Amz-Expires is no number of seconds")
    if not 1 <= int(expires) <= WEEK:
        raise denied(f"X-Amz-Expires must be 1 to {WEEK} seconds")
    try:
        instant = parse_basic(date)
    except ValueError as wrong:
        raise malformed("X-Amz-Date cannot be read") from wrong
    claim = _claim(credential, names, parameters["X-Amz-Signature"], (date, instant))
    with claiming(claim.key_id):
        _check_scope(claim, accepts)
        _check_headers(request, claim)
    payload = _presigned_payload(request, parameters, accepts)
    covered = {name: value for name, value in parameters.items() if name != "X-Amz-Signature"}
    return Signed(
        version=4,
        key_id=claim.key_id,
        signature=claim.signature,
        texts=(string_to_sign(request, covered, claim, (payload, accepts.s3)),),
        scheme=functools.partial(sign_text, claim.scope),
        begins=instant - accepts.future,
        ends=instant + int(expires),
        date=date,
        scope=claim.scope,
        token=parameters.get("X-Amz-Security-Token", ""),
        payload=payload,
        presigned=True,
    )


def _presigned_payload(request: Signable, parameters: Mapping[str, str], accepts: Accepts) -> str:
    if not accepts.s3:
        return request.body_sha256
    if "x-amz-content-sha256" in request.headers:
        return _payload(request, accepts)
    claimed = parameters.get("X-Amz-Content-Sha256", UNSIGNED)
    if claimed != UNSIGNED and not _SIGNATURE.fullmatch(claimed):
        raise malformed("X-Amz-Content-Sha256 is not a digest")
    return claimed


# --- in a form ---------------------------------------------------------------------------------


def parse_form(fields: Mapping[str, str], accepts: Accepts) -> Signed:
    """Read the signature of a browser's form over its policy; raises MALFORMED or AUTH_FAILURE.

    ``fields`` have lower-case names. Beside what the policy says, a form is valid for a week.
    """
    if fields.get("x-amz-algorithm") != ALGORITHM:
        raise malformed(f"x-amz-algorithm must be {ALGORITHM}")
    date = fields.get("x-amz-date", "")
    try:
        instant = parse_basic(date)
    except ValueError as wrong:
        raise malformed("x-amz-date cannot be read") from wrong
    signature = fields["x-amz-signature"]
    claim = _claim(fields.get("x-amz-credential", ""), "host", signature, (date, instant))
    with claiming(claim.key_id):
        _check_scope(claim, accepts)
    return Signed(
        version=4,
        key_id=claim.key_id,
        signature=claim.signature,
        texts=(fields["policy"].encode(),),
        scheme=functools.partial(sign_text, claim.scope),
        begins=instant - accepts.future,
        ends=instant + WEEK,
        date=date,
        scope=claim.scope,
        token=fields.get("x-amz-security-token", ""),
    )
