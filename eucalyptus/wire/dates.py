# SPDX-License-Identifier: BSD-2-Clause
"""The dates that signed HTTP requests carry, in every form real clients write, as POSIX seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = 64
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII,
)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_basic(text: str) -> float:
    """``20130201T120000Z``, the only form that signature version 4 knows. Raises ValueError."""
    found = _BASIC.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:_LONGEST]!r} is not of the form 20130201T120000Z")
    return _seconds(found.groups())


def format_basic(seconds: float) -> str:
    """POSIX seconds -> ``20130201T120000Z``."""
    return f"{_EPOCH + timedelta(seconds=int(seconds)):%Y%m%dT%H%M%SZ}"


def parse_iso(text: str) -> float:
    """ISO 8601, extended or basic; without a zone it is UTC. Raises ValueError."""
    if _BASIC.fullmatch(text):
        return parse_basic(text)
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:_LONGEST]!r} is not an ISO 8601 date and time")
    sign, hours, minutes = found.groups()[6:]
    offset = 3600 * int(hours or 0) + 60 * int(minutes or 0)
    return _seconds(found.groups()[:6]) - (-offset if sign == "-" else offset)


def parse_http(text: str) -> float:
    """The Date header: RFC 822, RFC 850, asctime, or ISO 8601. Raises ValueError."""
    if len(text) > _LONGEST:
        raise ValueError("the date is too long")
    try:
        return parse_iso(text)
    except ValueError:
        read = parsedate_to_datetime(text)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _seconds(parts: tuple[str, ...]) -> float:
    year, month, day, hour, minute, second = (int(part) for part in parts)
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (moment - _EPOCH).total_seconds()
