# SPDX-License-Identifier: BSD-2-Clause
"""xs:dateTime as WS-Security uses it, in UTC, to and from POSIX seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|\+00:00)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(text: str) -> float:
    """``2013-02-01T12:00:00.123Z`` -> POSIX seconds; raises ValueError for anything else.

    No leap second, no ``24:00``, no missing or foreign time zone: each would be a second way to
    write an instant.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a UTC dateTime")
    whole = datetime.fromisoformat(f"{text[:19]}+00:00")
    return whole.timestamp() + float(f"0.{found[1] or 0}")


def format_instant(seconds: float) -> str:
    """POSIX seconds -> ``2013-02-01T12:00:00.123Z`` (milliseconds, rounded down)."""
    moment = _EPOCH + timedelta(milliseconds=int(seconds * 1000))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
