# SPDX-License-Identifier: BSD-2-Clause
"""Leaves of messages: Python values <-> their XML Schema text. Bounded, and without guessing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from eucalyptus.contracts.declare import Long

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,12})?(Z|[+-]\d\d:?\d\d)?\Z")
_LONGEST = 40


class BadLeaf(ValueError):
    """Text that is not a value of its type; ``wanted`` says what would be."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def _whole(text: str, bits: int) -> int:
    trimmed = text.strip()
    digits = trimmed[1:] if trimmed[:1] in ("+", "-") else trimmed
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        raise BadLeaf("a whole number")
    number = int(trimmed)
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise BadLeaf(f"a whole number of {bits} bits")
    return number


def read_int(text: str) -> int:
    """``xs:int``."""
    return _whole(text, 32)


def read_long(text: str) -> int:
    """``xs:long``."""
    return _whole(text, 64)


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_bool(text: str) -> bool:
    """``xs:boolean``; case does not matter, since old clients send ``True``."""
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise BadLeaf("true or false") from None


def read_float(text: str) -> float:
    """``xs:double``."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        return float(text)
    except ValueError:
        raise BadLeaf("a number") from None


def read_datetime(text: str) -> datetime:
    """``xs:dateTime``; without a time zone it is UTC. Always aware."""
    found = _DATE.match(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        raise BadLeaf("a time such as 2013-02-01T12:00:00Z")
    whole, fraction, zone = found.group(0)[:19], found.group(7) or "", found.group(8) or "Z"
    try:
        moment = datetime.fromisoformat(whole + fraction[:7] + zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadLeaf("a time such as 2013-02-01T12:00:00Z") from None


def read_str(text: str) -> str:
    """``xs:string``, as it is."""
    return text


def write_str(value: str) -> str:
    """Escape text as canonical XML does; characters that XML cannot hold become U+FFFD."""
    if not value.isprintable():
        value = _ILLEGAL.sub("\ufffd", value)
        return _escape(value).replace("\r", "&#xD;")
    return _escape(value)


def _escape(value: str) -> str:
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    return value


def write_bool(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def write_float(value: float) -> str:
    """The shortest text that reads back as the same double."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "INF" if value > 0 else "-INF"
    return repr(float(value))


def write_datetime(value: datetime) -> str:
    """In UTC with milliseconds and ``Z``, as every Amazon client expects."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"


READERS: dict[Any, Callable[[str], Any]] = {
    str: read_str, int: read_int, Long: read_long, bool: read_bool,
    float: read_float, datetime: read_datetime,
}  # fmt: skip

WRITERS: dict[Any, Callable[[Any], str]] = {
    str: write_str, int: str, Long: str, bool: write_bool,
    float: write_float, datetime: write_datetime,
}  # fmt: skip
