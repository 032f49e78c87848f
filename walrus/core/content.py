# SPDX-License-Identifier: BSD-2-Clause
"""What a PUT says of the content it sends: its digests, its length, and the headers to keep."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from eucalyptus.contracts.s3 import (
    BAD_DIGEST,
    INVALID_ARGUMENT,
    INVALID_DIGEST,
    INVALID_REQUEST,
    INVALID_STORAGE_CLASS,
    METADATA_TOO_LARGE,
    MISSING_LENGTH,
    NOT_IMPLEMENTED,
    SHA256_MISMATCH,
    TOO_LARGE,
)
from walrus.core import checksums
from walrus.core.chunked import Promise, Seals

LARGEST = 5 * 1024**3
_LARGEST_METADATA = 2048
_KEPT = ("content-disposition", "content-encoding", "content-language", "cache-control", "expires")
_LATER = (
    "x-amz-website-redirect-location", "x-amz-write-offset-bytes",
)  # fmt: skip
_SIGNED, _UNSIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_STREAMING = (_SIGNED, f"{_SIGNED}-TRAILER", _UNSIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a request promises about its body, already checked for sense.

    ``length`` counts the object's bytes, None when a chunked request does not say. ``checksum``
    names the algorithm to compute, ``stated`` the values known in advance. ``also`` is another
    algorithm that is wanted, "" for none: that of the checksum over all parts.
    """

    length: int | None
    md5: bytes | None = None
    sha256: str | None = None
    chunks: Promise | None = None
    checksum: str = checksums.DEFAULT
    stated: Mapping[str, bytes] = field(default_factory=dict)
    also: str = ""

    @property
    def algorithms(self) -> set[str]:
        """The checksums that must be computed to know whether it holds."""
        wanted = {"md5"} if self.md5 is not None else set()
        wanted |= {"sha256"} if self.sha256 is not None else set()
        trailers = bool(self.chunks and self.chunks.trailers)
        return wanted | ({self.checksum} if self.stated or trailers else set())


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What was computed while the content came."""

    size: int
    md5: bytes
    sha256: bytes
    checksum: bytes
    also: bytes = b""


def read(headers: Mapping[str, str], length: int | None, seal: Seals | None) -> Content:
    """What ``headers`` (lower-case names) promise; ``length`` is that of the body as sent.

    Raises Refused for what makes no sense, is too large, or is not offered.
    """
    refuse_later(headers)
    promised = read_document(headers, length, seal)
    if promised.chunks is None and "aws-chunked" in headers.get("content-encoding", ""):
        raise INVALID_REQUEST(reason="aws-chunked needs a streaming x-amz-content-sha256")
    if promised.length is None:
        raise MISSING_LENGTH()
    if promised.length > LARGEST:
        raise TOO_LARGE(limit=LARGEST)
    return promised


def of_form(headers: Mapping[str, str]) -> Content:
    """What the fields of a browser's form promise of its file, whose length is not known."""
    refuse_later(headers)
    return read_document(headers, None, None)


def read_document(headers: Mapping[str, str], length: int | None, seal: Seals | None) -> Content:
    """What a request promises of the document in its body, perhaps an empty one."""
    stated = headers.get("x-amz-content-sha256", "")
    chunks = _promise(headers, stated, seal) if stated in _STREAMING else None
    return Content(
        length=chunks.length if chunks else length,
        md5=_md5(headers),
        sha256=_sha256(stated) if chunks is None else None,
        chunks=chunks,
        checksum=checksums.chosen(headers) or checksums.DEFAULT,
        stated=dict(checksums.stated(headers)),
    )


def check(content: Content, found: Mapping[str, bytes], trailers: Mapping[str, str]) -> None:
    """Raise Refused unless the digests ``found``, by algorithm, are those that were promised."""
    if content.md5 is not None and content.md5 != found["md5"]:
        raise BAD_DIGEST(name="Content-MD5")
    if content.sha256 is not None and content.sha256 != found["sha256"].hex():
        raise SHA256_MISMATCH()
    wanted = dict(content.stated) | dict(checksums.stated(trailers))
    for name, value in wanted.items():
        if name != content.checksum or value != found[name]:
            raise BAD_DIGEST(name=checksums.PREFIX + name)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The request's headers that a later GET answers again."""
    kept = {name: headers[name] for name in _KEPT if name in headers}
    coding = [
        part.strip() for part in kept.pop("content-encoding", "").split(",")
        if part.strip() not in ("", "aws-chunked")
    ]  # fmt: skip
    return kept | ({"content-encoding": ", ".join(coding)} if coding else {})


def user_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """``x-amz-meta-*`` without the prefix; raises METADATA_TOO_LARGE."""
    prefix = "x-amz-meta-"
    found = {n.removeprefix(prefix): v for n, v in headers.items() if n.startswith(prefix)}
    size = sum(len(name) + len(value.encode("utf-8")) for name, value in found.items())
    if size > _LARGEST_METADATA:
        raise METADATA_TOO_LARGE(limit=_LARGEST_METADATA, size=size)
    return found


def refuse_later(headers: Mapping[str, str]) -> None:
    """Raise NOT_IMPLEMENTED or INVALID_STORAGE_CLASS for a header that is not offered."""
    for name in headers:
        if name.startswith(_LATER):
            raise NOT_IMPLEMENTED(what=name)
    storage = headers.get("x-amz-storage-class", "STANDARD")
    if storage != "STANDARD":
        raise INVALID_STORAGE_CLASS(value=storage[:80])


def _promise(headers: Mapping[str, str], stated: str, seal: Seals | None) -> Promise:
    decoded = headers.get("x-amz-decoded-content-length", "")
    if not decoded.isascii() or not decoded.isdigit() or len(decoded) > 15:
        raise (
            MISSING_LENGTH()
            if not decoded
            else INVALID_ARGUMENT(
                name="x-amz-decoded-content-length", value=decoded[:80], wanted="a number"
            )
        )
    if stated != _UNSIGNED and seal is None:
        raise INVALID_REQUEST(reason="signed chunks need a request signed in its header")
    trailers = headers.get("x-amz-trailer", "").lower().split(",")
    return Promise(
        length=int(decoded),
        seal=None if stated == _UNSIGNED else seal,
        trailers=frozenset(name.strip() for name in trailers if name.strip()),
        has_trailer=stated.endswith("-TRAILER"),
    )


def _md5(headers: Mapping[str, str]) -> bytes | None:
    if "content-md5" not in headers:
        return None
    return _decoded(headers["content-md5"], 16, "Content-MD5")


def _sha256(stated: str) -> str | None:
    if stated in ("", "UNSIGNED-PAYLOAD"):
        return None
    if len(stated) != 64 or stated.lower().strip("0123456789abcdef"):
        raise INVALID_ARGUMENT(
            name="x-amz-content-sha256", value=stated[:80], wanted="a SHA-256 in hex"
        )
    return stated.lower()


def _decoded(text: str, size: int, name: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != size:
        raise INVALID_DIGEST(name=name)
    return value
