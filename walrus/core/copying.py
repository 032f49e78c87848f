# SPDX-License-Identifier: BSD-2-Clause
"""What a copy is made of: its source, the conditions on it, and what goes along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    COPY,
    INVALID_ARGUMENT,
    INVALID_RANGE,
    INVALID_REQUEST,
    PRECONDITION_FAILED,
)
from walrus.core import content
from walrus.core.conditions import Slice, unmodified
from walrus.core.keys import Target, target
from walrus.core.records import Stored

_VERSION = "?versionId="
_RANGE = re.compile("bytes=([0-9]{1,18})-([0-9]{1,18})")
_IF = f"{COPY}-if-"
_DIRECTIVES = frozenset({"COPY", "REPLACE"})
_CHANGES = ("x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-website-redirect")


@dataclass(frozen=True, slots=True)
class Origin:
    """The object that is copied; ``version`` is "" for the latest one."""

    target: Target
    version: str


def origin(header: str) -> Origin:
    """The source that x-amz-copy-source names; raises INVALID_ARGUMENT."""
    path, mark, version = header.partition(_VERSION)
    try:
        found = target(path)
    except Refused as refused:
        raise _unreadable(header) from refused
    if not found.bucket or not found.key or found.image or (mark and not version):
        raise _unreadable(header)
    return Origin(found, version)


def _unreadable(header: str) -> Refused:
    return INVALID_ARGUMENT(
        name=COPY, value=header[:80], wanted="a bucket and a key, percent-encoded"
    )


def check_conditions(headers: Mapping[str, str], source: Stored) -> None:
    """Raise PRECONDITION_FAILED unless the source is as the request wants it."""
    conditions = {
        f"if-{name.removeprefix(_IF)}": value
        for name, value in headers.items() if name.startswith(_IF)
    }  # fmt: skip
    if unmodified(conditions, source.etag, source.modified):
        raise PRECONDITION_FAILED(condition=f"{_IF}none-match or -modified-since")


def copied_range(header: str | None, size: int) -> Slice | None:
    """The bytes that x-amz-copy-source-range names, None for all.

    Raises INVALID_ARGUMENT for anything but one range, INVALID_RANGE when it leaves the object.
    """
    if header is None:
        return None
    match = _RANGE.fullmatch(header)
    if not match or int(match.group(2)) < int(match.group(1)):
        raise INVALID_ARGUMENT(
            name=f"{COPY}-range", value=header[:80], wanted="one range, bytes=FIRST-LAST"
        )
    first, last = int(match.group(1)), int(match.group(2))
    if last >= size:
        raise INVALID_RANGE(size=size)
    return Slice(first, last + 1)


def check_size(part: Slice) -> None:
    """Raise INVALID_REQUEST for more than can be copied at once."""
    if part.length > content.LARGEST:
        raise INVALID_REQUEST(
            reason=f"{content.LARGEST} bytes can be copied at once; use UploadPartCopy"
        )


def replaces(headers: Mapping[str, str], what: str) -> bool:
    """Whether ``what`` ("metadata", "tagging") is taken from the request and not from the source;
    raises INVALID_ARGUMENT."""
    name = f"x-amz-{what}-directive"
    wanted = headers.get(name, "COPY")
    if wanted not in _DIRECTIVES:
        raise INVALID_ARGUMENT(name=name, value=wanted[:80], wanted="COPY or REPLACE")
    return wanted == "REPLACE"


def check_change(headers: Mapping[str, str], source: Origin, wish: Stored) -> None:
    """Raise INVALID_REQUEST for a copy of an object onto itself that would change nothing."""
    same = (source.target.bucket, source.target.key) == (wish.bucket, wish.key)
    changes = replaces(headers, "metadata") or any(name.startswith(_CHANGES) for name in headers)
    if same and not source.version and not changes:
        raise INVALID_REQUEST(
            reason="This copies an object onto itself and changes nothing of it. "
            "Say x-amz-metadata-directive: REPLACE to change its metadata."
        )


def outcome(headers: Mapping[str, str], source: Stored, wish: Stored) -> Stored:
    """The copy, without its bytes; ``wish`` is what the request says of the new object."""
    made = wish
    if not replaces(headers, "metadata"):
        made = replace(
            made, content_type=source.content_type, headers=source.headers,
            metadata=source.metadata,
        )  # fmt: skip
    return made if replaces(headers, "tagging") else replace(made, tags=source.tags)
