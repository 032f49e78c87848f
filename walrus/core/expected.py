# SPDX-License-Identifier: BSD-2-Clause
"""What a caller expects of an object that it wants deleted; anything else stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from eucalyptus.contracts.s3 import INVALID_ARGUMENT, PRECONDITION_FAILED
from walrus.core.conditions import etag_among, http_date
from walrus.core.records import Stored

_MODIFIED, _SIZE = "x-amz-if-match-last-modified-time", "x-amz-if-match-size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Each is None where anything will do; ``modified`` is in whole seconds."""

    etag: str | None = None
    modified: datetime | None = None
    size: int | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is a condition at all."""
        return self != Expected()

    def check(self, found: Stored | None) -> None:
        """Raise PRECONDITION_FAILED unless ``found`` is as expected. What is not there at all is
        deleted already; a delete marker is there, but with no content that could be expected."""
        if found is None or self.etag == "*" or not self.says_something:
            return
        if found.delete_marker:
            raise PRECONDITION_FAILED(condition="that the object is there")
        if self.etag is not None and not etag_among(self.etag, found.etag):
            raise PRECONDITION_FAILED(condition="If-Match")
        if self.modified not in (None, found.modified.replace(microsecond=0)):
            raise PRECONDITION_FAILED(condition=_MODIFIED)
        if self.size not in (None, found.size):
            raise PRECONDITION_FAILED(condition=_SIZE)


def whole_number(text: str) -> bool:
    """Whether a text is a number of bytes."""
    return text.isascii() and text.isdigit() and len(text) < 20


def of_headers(headers: Mapping[str, str]) -> Expected:
    """What a DELETE says in its headers; raises INVALID_ARGUMENT."""
    modified, size = headers.get(_MODIFIED), headers.get(_SIZE)
    if modified is not None and http_date(modified) is None:
        raise INVALID_ARGUMENT(name=_MODIFIED, value=modified[:80], wanted="a date")
    if size is not None and not whole_number(size):
        raise INVALID_ARGUMENT(name=_SIZE, value=size[:80], wanted="a number")
    return Expected(
        etag=headers.get("if-match"),
        modified=http_date(modified) if modified else None,
        size=int(size) if size else None,
    )
