# SPDX-License-Identifier: BSD-2-Clause
"""Signature version 4: in the Authorization header, in the URL, over chunks; verified and made."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.dates import format_basic, parse_basic, parse_http
from eucalyptus.wire.signable import (
    EMPTY_SHA256,
    WEEK,
    Accepts,
    Scope,
    Signable,
    Signed,
    canonical_pairs,
    denied,
    malformed,
    pairs,
)

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
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
_SECONDS = re.compile(r"[0-9]{1,6}")
_QUERY_NAMES = (
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What a request says of its signature, wherever it says it."""

    key_id: str
    scope: Scope
    names: tuple[str, ...]
    signature: str
    date: str
    instant: float


def applies(request: Signable) -> bool:
    """Whether the request carries a version 4 signature, in its header or its URL."""
    return any(value.lstrip().startswith("AWS4-") for value in request.headers.get(
        "authorization", ())) or "X-Amz-Signature=" in request.query  # fmt: skip


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
    _check_scope(claim, accepts)
    _check_headers(request, claim)
    if "x-amz-date" not in request.headers and "date" not in claim.names:
        raise denied("the Date header is not signed")
    payload = _payload(request, accepts)
    return Signed(
        version=4,
        key_id=claim.key_id,
        signature=claim.signature,
        texts=(_text(request, parameters, claim, (payload, accepts.s3)),),
        scheme=functools.partial(_sign, claim.scope),
        begins=instant - accepts.future,
        ends=instant + accepts.past,
        date=date,
        scope=claim.scope,
        token=request.header("x-amz-security-token"),
        payload=payload,
    )


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


def _claim(credential: str, names: str, signature: str, date: tuple[str, float]) -> _Claim:
    found = _CREDENTIAL.fullmatch(credential)
    if found is None:
        raise malformed("the Credential is not KEY/day/region/service/aws4_request")
    if not _SIGNED_HEADERS.fullmatch(names):
        raise malformed("SignedHeaders cannot be read")
    if not _SIGNATURE.fullmatch(signature):
        raise malformed("the signature is not 64 lower-case hex digits")
    return _Claim(
        key_id=found[1],
        scope=Scope(day=found[2], region=found[3], service=found[4]),
        names=tuple(names.split(";")),
        signature=signature,
        date=date[0],
        instant=date[1],
    )


def _check_scope(claim: _Claim, accepts: Accepts) -> None:
    """Any region; any service that is not another of ours."""
    if claim.scope.day != claim.date[:8]:
        raise denied("the scope is of another day than the date")
    if claim.scope.service != accepts.service and claim.scope.service in OUR_SERVICES:
        raise denied(f"it is signed for {claim.scope.service}, not for {accepts.service}")


def _check_headers(request: Signable, claim: _Claim) -> None:
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
    said = [parameters.get(name, "") for name in _QUERY_NAMES]
    algorithm, credential, date, expires, names = said
    if algorithm != ALGORITHM:
        raise malformed(f"X-Amz-Algorithm must be {ALGORITHM}")
    if not _SECONDS.fullmatch(expires) or not 1 <= int(expires) <= WEEK:
        raise malformed(f"X-Amz-Expires must be 1 to {WEEK} seconds")
    try:
        instant = parse_basic(date)
    except ValueError as wrong:
        raise malformed("X-Amz-Date cannot be read") from wrong
    claim = _claim(credential, names, parameters["X-Amz-Signature"], (date, instant))
    _check_scope(claim, accepts)
    _check_headers(request, claim)
    payload = _presigned_payload(request, parameters, accepts)
    covered = {name: value for name, value in parameters.items() if name != "X-Amz-Signature"}
    return Signed(
        version=4,
        key_id=claim.key_id,
        signature=claim.signature,
        texts=(_text(request, covered, claim, (payload, accepts.s3)),),
        scheme=functools.partial(_sign, claim.scope),
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


# --- the text and the key ----------------------------------------------------------------------


def _canonical_path(path: str, *, s3: bool) -> str:
    """S3 encodes a path once, from its decoded form; other services encode the encoded path."""
    if s3:
        return quote(unquote_to_bytes(path.encode("latin-1")), safe="/~")
    return quote(path.encode("latin-1"), safe="/~")


def _canonical_header(name: str, values: tuple[str, ...]) -> str:
    return f"{name}:{','.join(' '.join(value.split()) for value in values)}\n"


def _text(
    request: Signable,
    parameters: Mapping[str, str],
    claim: _Claim,
    payload: tuple[str, bool],
) -> bytes:
    """The string to sign."""
    digest, s3 = payload
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, s3=s3),
            canonical_pairs(parameters),
            "".join(_canonical_header(name, request.headers[name]) for name in claim.names),
            ";".join(claim.names),
            digest,
        )
    )
    hashed = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    return f"{ALGORITHM}\n{claim.date}\n{claim.scope}\n{hashed}".encode()


def signing_key(secret: str, scope: Scope) -> bytes:
    """The key derived from ``secret`` for one day, region and service."""
    key = ("AWS4" + secret).encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _sign(scope: Scope, secret: str, text: bytes) -> str:
    return hmac.digest(signing_key(secret, scope), text, "sha256").hex()


# --- chunks ------------------------------------------------------------------------------------


class ChunkChain:
    """The signatures of an aws-chunked body: each covers its chunk and the signature before it.

    Made from a request that passed ``check``. Data may be used as it comes, but nothing of it
    counts before the last, empty chunk (and the trailer, where there is one) was checked.
    """

    def __init__(self, signed: Signed, secret: str) -> None:
        if signed.scope is None or signed.version != 4:
            raise ValueError("only version 4 signs chunks")
        self._key = signing_key(secret, signed.scope)
        self._head = f"{signed.date}\n{signed.scope}"
        self._previous = signed.signature

    def next(self, content_sha256: str) -> str:
        """The signature of the next chunk, whose data has this hex digest."""
        said = f"{ALGORITHM}-PAYLOAD\n{self._head}\n{self._previous}\n{EMPTY_SHA256}\n"
        self._previous = self._hmac(said + content_sha256)
        return self._previous

    def trailer(self, content_sha256: str) -> str:
        """The signature of the trailer, whose ``name:value\\n`` lines have this hex digest."""
        said = f"{ALGORITHM}-TRAILER\n{self._head}\n{self._previous}\n"
        return self._hmac(said + content_sha256)

    def _hmac(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def check(self, content_sha256: str, signature: str) -> None:
        """Raises AUTH_FAILURE unless the next chunk has this signature."""
        _compare(self.next(content_sha256), signature)

    def check_trailer(self, content_sha256: str, signature: str) -> None:
        """Raises AUTH_FAILURE unless the trailer has this signature."""
        _compare(self.trailer(content_sha256), signature)


def _compare(wanted: str, given: str) -> None:
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise _bad_chunk()


def _bad_chunk() -> Refused:
    return denied("a chunk or the trailer has a wrong signature")


# --- making ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """With what to sign: a key, and the scope it is derived for."""

    key_id: str
    secret: str = field(repr=False)
    service: str
    region: str = "eucalyptus"

    def scope(self, now: float) -> Scope:
        """The scope of a signature made ``now``."""
        return Scope(day=format_basic(now)[:8], region=self.region, service=self.service)


def authorize(request: Signable, signing: Signing, now: float) -> Mapping[str, str]:
    """The headers to add to ``request`` so that it is signed; it must have a ``host`` header.

    For S3 the payload's digest travels too; with ``body_sha256`` "" the payload is unsigned.
    """
    date, scope = format_basic(now), signing.scope(now)
    s3 = signing.service == "s3"
    payload = request.body_sha256 or UNSIGNED
    added = {"x-amz-date": date, **({"x-amz-content-sha256": payload} if s3 else {})}
    headers = {**request.headers, **{name: (value,) for name, value in added.items()}}
    names = tuple(sorted(name for name in headers if name == "host" or name.startswith("x-amz-")))
    claim = _Claim(
        key_id=signing.key_id, scope=scope, names=names, signature="", date=date, instant=now
    )
    whole = Signable(method=request.method, path=request.path, query=request.query, headers=headers)
    text = _text(whole, dict(pairs(request.query)), claim, (payload, s3))
    return {
        **added,
        "authorization": f"{ALGORITHM} Credential={signing.key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={_sign(scope, signing.secret, text)}",
    }


def presign(url: str, signing: Signing, now: float, seconds: int, *, method: str = "GET") -> str:
    """``url`` signed so that ``method`` on it is allowed for ``seconds``, at most a week.

    ``url`` is absolute and percent-encoded. Only its host is signed among headers, and no payload.
    """
    if not 1 <= seconds <= WEEK:
        raise ValueError(f"a URL can be signed for 1 to {WEEK} seconds")
    parts = urlsplit(url)
    request = Signable(
        method=method,
        path=parts.path or "/",
        query=parts.query,
        headers={"host": (parts.netloc,)},
    )
    date, scope = format_basic(now), signing.scope(now)
    claim = _Claim(
        key_id=signing.key_id, scope=scope, names=("host",), signature="", date=date, instant=now
    )
    said = (ALGORITHM, f"{signing.key_id}/{scope}", date, str(seconds), "host")
    parameters = {**dict(pairs(request.query)), **dict(zip(_QUERY_NAMES, said, strict=True))}
    s3 = signing.service == "s3"
    text = _text(request, parameters, claim, (UNSIGNED if s3 else EMPTY_SHA256, s3))
    signature = _sign(scope, signing.secret, text)
    query = f"{canonical_pairs(parameters)}&X-Amz-Signature={signature}"
    return urlunsplit((parts.scheme, parts.netloc, request.path, query, ""))
