# SPDX-License-Identifier: BSD-2-Clause
"""What a reader may ask of an object beside its name: conditions, and a range of its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from eucalyptus.contracts.s3 import INVALID_RANGE, PRECONDITION_FAILED

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes ``first`` up to, but not including, ``end``."""

    first: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.first


def wanted_range(header: str, size: int) -> Slice | None:
    """The range that a Range header asks for; None means the whole object.

    What is not one well-formed range of bytes is ignored, as HTTP wants it; a range that begins
    behind the end raises INVALID_RANGE.
    """
    match = _RANGE.fullmatch(header.strip())
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise INVALID_RANGE(size=size)
        return Slice(max(size - int(last), 0), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise INVALID_RANGE(size=size)
    return Slice(int(first), min(int(last) + 1, size) if last else size)


def asked_range(headers: Mapping[str, str], etag: str, size: int) -> Slice | None:
    """The range of a request, None for the whole; with If-Range only of the very same object."""
    condition = headers.get("if-range", "").strip()
    if condition and condition.strip('"') != etag:
        return None
    return wanted_range(headers.get("range", ""), size)


def etag_among(header: str, etag: str) -> bool:
    """Whether ``etag`` (without quotes) is among the tags of a header, or the header is ``*``."""
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return header.strip() == "*" or etag in tags


def http_date(text: str) -> datetime | None:
    """A date of an HTTP header, None when it is none."""
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def unmodified(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Whether the reader has the object already (304); raises PRECONDITION_FAILED.

    ``headers`` have lower-case names. An ETag condition outweighs the date that goes with it.
    """
    whole = modified.replace(microsecond=0)
    if "if-match" in headers:
        if not etag_among(headers["if-match"], etag):
            raise PRECONDITION_FAILED(condition="If-Match")
    elif "if-unmodified-since" in headers:
        limit = http_date(headers["if-unmodified-since"])
        if limit is not None and whole > limit:
            raise PRECONDITION_FAILED(condition="If-Unmodified-Since")
    if "if-none-match" in headers:
        return etag_among(headers["if-none-match"], etag)
    since = http_date(headers.get("if-modified-since", ""))
    return since is not None and whole <= since


def check_overwrite(headers: Mapping[str, str], etag: str | None) -> None:
    """Conditions of a PUT; ``etag`` is that of the object to be replaced, None if there is none."""
    there, match = headers.get("if-none-match"), headers.get("if-match")
    if there is not None and etag is not None and etag_among(there, etag):
        raise PRECONDITION_FAILED(condition="If-None-Match")
    if match is not None and (etag is None or not etag_among(match, etag)):
        raise PRECONDITION_FAILED(condition="If-Match")
