# SPDX-License-Identifier: BSD-2-Clause
"""Leaves of messages: Python values <-> their XML Schema text. Bounded, and without guessing."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from eucalyptus.contracts.declare import Integer, Long

LONGEST = 64
"""Most characters of a leaf that is no string; longer text is refused before any conversion."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANK = " \t\r\n"
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}\Z")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\Z")
_INFINITE = {"INF": float("inf"), "-INF": float("-inf"), "NaN": float("nan")}
_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,12})?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
)
_OUR_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\Z")
"""What ``write_datetime`` makes."""

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class BadLeaf(ValueError):
    """Text that is not a value of its type; ``wanted`` says what would be."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def _trimmed(text: str, wanted: str) -> str:
    if len(text) > LONGEST:
        raise BadLeaf(wanted)
    return text.strip(_BLANK)


def _whole(text: str, bits: int) -> int:
    if len(text) < 10 and text.isascii() and text.isdigit():
        return int(text)  # small enough for any size: the usual case, without ado
    digits = _trimmed(text, "a whole number")
    if _WHOLE.match(digits) is None:
        raise BadLeaf("a whole number")
    number = int(digits)
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise BadLeaf(f"a whole number of {bits} bits")
    return number


def read_int(text: str) -> int:
    """``xs:int``."""
    return _whole(text, 32)


def read_long(text: str) -> int:
    """``xs:long``, and as much of ``xs:integer``."""
    return _whole(text, 64)


def read_bool(text: str) -> bool:
    """``xs:boolean``; case does not matter, since old clients send ``True``."""
    found = _BOOLEANS.get(text)
    if found is None:
        found = _BOOLEANS.get(_trimmed(text, "true or false").lower())
    if found is None:
        raise BadLeaf("true or false")
    return found


def read_float(text: str) -> float:
    """``xs:double``."""
    number = _trimmed(text, "a number")
    if number in _INFINITE:
        return _INFINITE[number]
    if _DOUBLE.match(number) is None:
        raise BadLeaf("a number")
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise BadLeaf("a number that a double can hold")
    return value


_A_TIME = "a time such as 2013-02-01T12:00:00Z"


def read_datetime(text: str) -> datetime:
    """``xs:dateTime``, in UTC; text without a time zone is taken for UTC. Always aware."""
    try:
        if _OUR_DATE.match(text):
            return datetime.fromisoformat(text)
        found = _DATE.match(_trimmed(text, _A_TIME))
        if found is None:
            raise BadLeaf(_A_TIME)
        whole, fraction, zone = found.groups()
        # Digits beyond microseconds are dropped.
        moment = datetime.fromisoformat(whole + (fraction or "")[:7] + (zone or "Z"))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadLeaf(_A_TIME) from None


def read_str(text: str) -> str:
    """``xs:string``, as it is."""
    return text


def read_bytes(text: str) -> bytes:
    """``xs:base64Binary``; white space does not count."""
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise BadLeaf("base64") from None


def read_word(of: type[StrEnum], text: str) -> StrEnum:
    """One of the words of an enumeration."""
    try:
        return of(_trimmed(text, "known"))
    except ValueError:
        raise BadLeaf(f"one of {', '.join(of)}") from None


def is_writable(text: str) -> bool:
    """Whether XML can hold every character of ``text``."""
    return text.isprintable() or _ILLEGAL.search(text) is None


def write_str(value: str) -> str:
    """Escape text as canonical XML does; characters that XML cannot hold become U+FFFD."""
    if not value.isprintable():
        value = _ILLEGAL.sub("\ufffd", value)
        if "\r" in value:
            return _escape(value).replace("\r", "&#xD;")
    if "&" in value or "<" in value or ">" in value:
        return _escape(value)
    return value


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
    """In UTC with milliseconds and ``Z``, as every Amazon client expects.

    A time without a zone is a mistake of ours: ValueError, rather than a guess.
    """
    if value.tzinfo is None:
        raise ValueError("a time without a time zone cannot be written")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds")[:-6] + "Z"


def write_bytes(value: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(value).decode()


def reader_of(of: Any) -> Callable[[str], Any]:
    """What reads a leaf of type ``of``."""
    return functools.partial(read_word, of) if is_word(of) else READERS[of]


def writer_of(of: Any) -> Callable[[Any], str]:
    """What writes a leaf of type ``of``."""
    return write_str if is_word(of) else WRITERS[of]


def is_word(of: Any) -> bool:
    """Whether a leaf's type is an enumeration of words."""
    return isinstance(of, type) and issubclass(of, StrEnum)


READERS: dict[Any, Callable[[str], Any]] = {
    str: read_str, int: read_int, Long: read_long, Integer: read_long, bool: read_bool,
    float: read_float, datetime: read_datetime, bytes: read_bytes,
}  # fmt: skip

WRITERS: dict[Any, Callable[[Any], str]] = {
    str: write_str, int: int.__str__, Long: int.__str__, Integer: int.__str__,
    bool: write_bool, float: write_float, datetime: write_datetime, bytes: write_bytes,
}  # fmt: skip
