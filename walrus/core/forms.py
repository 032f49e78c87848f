# SPDX-License-Identifier: BSD-2-Clause
"""The body of a browser's form (``multipart/form-data``): fields, then one file, decoded as it
comes. Fields behind the file are let fall, as S3 does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from eucalyptus.contracts.s3 import (
    INVALID_ARGUMENT,
    MALFORMED_POST,
    NOT_A_FORM,
    POST_FIELDS_TOO_LARGE,
)

LONGEST_HEAD = 20 * 1024
"""Bytes of a form before its file, as S3 bounds them, and behind it."""
FILE = "file"
_MOST_FIELDS = 100
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PARAMETER = re.compile(r';\s*([a-z0-9*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^";\s]*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What comes before the file's first byte, which is at ``begins``.

    ``fields`` have lower-case names; ``filename`` is what the browser calls the file.
    """

    fields: Mapping[str, str]
    filename: str
    begins: int


def delimiter(content_type: str) -> bytes:
    """What stands between the parts, from the Content-Type; raises NOT_A_FORM or MALFORMED_POST."""
    kind, _, rest = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        raise NOT_A_FORM()
    said = _PARAMETER.findall(";" + rest)
    found = [str(quoted or bare) for name, quoted, bare in said if name.lower() == "boundary"]
    if len(found) != 1 or not _BOUNDARY.fullmatch(found[0]):
        raise MALFORMED_POST(reason="its Content-Type has no boundary that can be used")
    return b"\r\n--" + found[0].encode()


def head(data: bytes, between: bytes) -> Head | None:
    """The head at the beginning of ``data``; None while it is not all there.

    Raises POST_FIELDS_TOO_LARGE, MALFORMED_POST, or INVALID_ARGUMENT for a field given twice.
    """
    found = _Reading(data, between).head()
    if (found.begins if found else len(data)) > LONGEST_HEAD:
        raise POST_FIELDS_TOO_LARGE(limit=LONGEST_HEAD)
    return found


class _Reading:
    """Walks through the fields of ``data``."""

    def __init__(self, data: bytes, between: bytes) -> None:
        # The first delimiter may stand at the very beginning, without its line end.
        self._data, self._between = b"\r\n" + data, between
        self._fields: dict[str, str] = {}

    def head(self) -> Head | None:
        at = self._data.find(self._between)
        while at >= 0:
            begins = at + len(self._between)
            ends = self._data.find(b"\r\n\r\n", begins)
            if self._data[begins : begins + 2] == b"--":
                raise INVALID_ARGUMENT(name=FILE, value="", wanted="in the form, at its end")
            if ends < 0:
                return None
            name, filename = _names(self._data[begins:ends])
            if name == FILE:
                return Head(fields=self._fields, filename=filename, begins=ends + 4 - 2)
            at = self._data.find(self._between, ends + 2)
            if at >= 0:
                self._keep(name, self._data[ends + 4 : at])
        return None

    def _keep(self, name: str, value: bytes) -> None:
        if name in self._fields:
            raise INVALID_ARGUMENT(name=name[:80], value="", wanted="given once")
        if len(self._fields) >= _MOST_FIELDS:
            raise MALFORMED_POST(reason=f"it has more than {_MOST_FIELDS} fields")
        self._fields[name] = _text(value)


def _names(lines: bytes) -> tuple[str, str]:
    """Name and file name of a part, from its headers."""
    if not lines.startswith(b"\r\n"):
        raise MALFORMED_POST(reason="there is something behind a boundary")
    for line in _text(lines).split("\r\n"):
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            said = {
                name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(value)
            }
            if said.get("name"):
                return said["name"].lower(), re.sub(r"\\(.)", r"\1", said.get("filename", ""))
    raise MALFORMED_POST(reason="a part has no name")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as wrong:
        raise MALFORMED_POST(reason="a field is not UTF-8") from wrong


class FilePart:
    """The file of a form, as it comes; keeps back only what may be the delimiter behind it."""

    def __init__(self, between: bytes, begins: int) -> None:
        self._between, self._skip = between, begins
        self._held = b""
        self._behind: bytearray | None = None

    def feed(self, data: bytes) -> bytes:
        """The bytes of the file in the next piece of the body; raises MALFORMED_POST."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._behind is not None:
            self._let_fall(data)
            return b""
        held = self._held + data
        at = held.find(self._between)
        if at >= 0:
            self._held, self._behind = b"", bytearray()
            self._let_fall(held[at + len(self._between) :])
            return held[:at]
        sure = max(len(held) - len(self._between) + 1, 0)
        self._held = held[sure:]
        return held[:sure]

    def finish(self) -> None:
        """The body has ended; raises MALFORMED_POST unless the form has, too."""
        behind = self._behind
        if behind is None or not (behind.startswith(b"--") or self._between + b"--" in behind):
            raise MALFORMED_POST(reason="it ends before its last boundary")
        if not behind.startswith((b"--", b"\r\n")):
            raise MALFORMED_POST(reason="the file holds what begins like the boundary")

    def _let_fall(self, data: bytes) -> None:
        assert self._behind is not None  # the file has ended
        self._behind += data
        if len(self._behind) > LONGEST_HEAD:
            raise MALFORMED_POST(reason="there is too much behind the file")
