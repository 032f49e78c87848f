# SPDX-License-Identifier: BSD-2-Clause
"""Signature version 4 as S3 uses it: in the Authorization header or in the address."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

from eucalyptus.contracts.s3 import (
    ACCESS_DENIED,
    INVALID_REQUEST,
    MALFORMED_AUTHORIZATION,
    MALFORMED_AUTHORIZATION_QUERY,
    SIGNATURE_MISMATCH,
)
from walrus.core.chunked import ChunkSeal
from walrus.core.signatures import Request, check_skew, mismatch

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_EXPIRY = 7 * 24 * 3600

_FIELD = re.compile(r"\s*([A-Za-z]+)=([^,\s]+)\s*")
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DAY = re.compile(r"[0-9]{8}")
_HEX = re.compile(r"[0-9a-f]{64}")
_OTHERS = frozenset(
    [
        "ec2",
        "compute",
        "iam",
        "euare",
        "sts",
        "tokens",
        "monitoring",
        "elasticloadbalancing",
        "autoscaling",
        "cloudformation",
        "swf",
        "sqs",
    ]
)
"""Services of this cloud that a signature for S3 cannot name; unknown names pass, old clients
make them from the address. Path and host are signed anyway."""
_UNSIGNED = frozenset({"x-amzn-trace-id"})
_MUST = frozenset({"content-md5"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature4:
    """A version 4 signature as it was found. ``expires`` is 0 for one in a header."""

    request: Request
    key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: str
    expires: int
    payload: str

    @property
    def scope(self) -> str:
        """The scope that the key was derived for."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"

    def check(self, secret: str, now: datetime) -> ChunkSeal:
        """Raise Refused unless the signature is good and timely."""
        # Time comes second: whoever cannot sign learns nothing but that.
        key = self._key(secret)
        texts = [self._text(path) for path in self._paths()]
        for _, text in texts:
            made = hmac.new(key, text.encode("latin-1"), hashlib.sha256).hexdigest()
            if hmac.compare_digest(made, self.signature):
                break
        else:
            canonical, text = texts[0]
            raise mismatch(SIGNATURE_MISMATCH, self._facts(canonical, text))
        self._check_time(now)
        return ChunkSeal(key=key, date=self.moment, scope=self.scope, seed=self.signature)

    def _check_time(self, now: datetime) -> None:
        moment = datetime.strptime(self.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if not self.expires:
            check_skew(moment, now)
        elif moment - now > timedelta(minutes=15):
            raise ACCESS_DENIED(reason="The address is not valid yet.")
        elif now > moment + timedelta(seconds=self.expires):
            raise ACCESS_DENIED(reason="The address has expired.")

    def _key(self, secret: str) -> bytes:
        key = f"AWS4{secret}".encode()
        for text in (self.day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, text.encode(), hashlib.sha256).digest()
        return key

    def _paths(self) -> tuple[str, ...]:
        """The path as S3 encodes it, and as it was sent, for clients that encode otherwise."""
        encoded = quote(unquote_to_bytes(self.request.path.encode("latin-1")), safe="/-_.~")
        return tuple(dict.fromkeys((encoded, self.request.path)))

    def _text(self, path: str) -> tuple[str, str]:
        """The canonical request and the string to sign."""
        request = self.request
        headers = "".join(f"{n}:{_folded(request.header(n))}\n" for n in self.signed_headers)
        names = ";".join(self.signed_headers)
        query = _canonical_query(request.query)
        canonical = "\n".join((request.method, path, query, headers, names, self.payload))
        digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
        return canonical, "\n".join((ALGORITHM, self.moment, self.scope, digest))

    def _facts(self, canonical: str, text: str) -> Mapping[str, str]:
        return {
            "AWSAccessKeyId": self.key_id,
            "StringToSign": text,
            "SignatureProvided": self.signature,
            "CanonicalRequest": canonical,
        }


def _folded(value: str) -> str:
    return " ".join(value.split())


def _canonical_query(raw: str) -> str:
    pairs = []
    for piece in raw.split("&"):
        name, _, value = piece.partition("=")
        if piece and name != "X-Amz-Signature":
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.encode("latin-1")), safe="-_.~")


# --- finding it ----------------------------------------------------------------------------------


def from_header(request: Request) -> Signature4:
    """Read ``Authorization: AWS4-HMAC-SHA256 …``; raises Refused when it is malformed."""
    fields = {}
    for piece in request.header("authorization")[len(ALGORITHM) :].split(","):
        match = _FIELD.fullmatch(piece)
        if not match or match.group(1) in fields:
            raise MALFORMED_AUTHORIZATION(reason="The Authorization header cannot be read.")
        fields[match.group(1)] = match.group(2)
    if fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise MALFORMED_AUTHORIZATION(
            reason="The Authorization header needs Credential, SignedHeaders and Signature."
        )
    if "x-amz-content-sha256" not in request.headers:
        raise INVALID_REQUEST(reason="The header x-amz-content-sha256 is missing.")
    moment = request.header("x-amz-date") or request.header("date")
    return _made(request, fields, moment, MALFORMED_AUTHORIZATION)


def from_query(request: Request, query: Mapping[str, str]) -> Signature4:
    """Read a presigned address; raises Refused when it is malformed."""
    wanted = {name: query.get(f"X-Amz-{name}", "") for name in
              ("Credential", "SignedHeaders", "Signature", "Date", "Expires")}  # fmt: skip
    if query.get("X-Amz-Algorithm") != ALGORITHM or not all(wanted.values()):
        raise MALFORMED_AUTHORIZATION_QUERY(
            reason="A presigned address needs X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, "
            "X-Amz-Expires, X-Amz-SignedHeaders and X-Amz-Signature."
        )
    text = wanted["Expires"]
    if not re.fullmatch("[0-9]{1,7}", text) or not 0 < int(text) <= LONGEST_EXPIRY:
        raise MALFORMED_AUTHORIZATION_QUERY(
            reason=f"X-Amz-Expires is not a number of seconds from 1 to {LONGEST_EXPIRY}."
        )
    return _made(request, wanted, wanted["Date"], MALFORMED_AUTHORIZATION_QUERY)


def _made(request: Request, fields: Mapping[str, str], moment: str, refusal: object) -> Signature4:
    refuse = refusal if refusal is MALFORMED_AUTHORIZATION else MALFORMED_AUTHORIZATION_QUERY
    assert callable(refuse)
    credential = fields["Credential"].split("/")
    if len(credential) != 5 or not all(credential) or credential[4] != "aws4_request":
        raise refuse(reason="The credential is not KEY/DATE/REGION/SERVICE/aws4_request.")
    key_id, day, region, service, _ = credential
    if not _MOMENT.fullmatch(moment) or not _DAY.fullmatch(day) or not moment.startswith(day):
        raise refuse(reason="The date of the request is missing, or not that of the credential.")
    if service in _OTHERS:
        raise refuse(reason=f"The credential is for service {service}, not for s3.")
    if not _HEX.fullmatch(fields["Signature"]):
        raise refuse(reason="The signature is not 64 hexadecimal digits.")
    names = fields["SignedHeaders"].split(";")
    _check_covered(request.headers, names)
    presigned = "Expires" in fields
    return Signature4(
        request=request, key_id=key_id, day=day, region=region, service=service,
        signed_headers=tuple(names), signature=fields["Signature"], moment=moment,
        expires=int(fields["Expires"]) if presigned else 0,
        payload=request.header("x-amz-content-sha256") or "UNSIGNED-PAYLOAD",
    )  # fmt: skip


def _check_covered(headers: Mapping[str, str], names: Iterable[str]) -> None:
    """What changes the meaning of a request must be signed."""
    signed = frozenset(names)
    wanted = {name for name in headers if name.startswith("x-amz-") or name in _MUST} - _UNSIGNED
    missing = sorted(wanted - signed) + ([] if "host" in signed else ["host"])
    if missing:
        raise ACCESS_DENIED(
            reason=f"There were headers present in the request which were not signed: {missing[0]}"
        )
