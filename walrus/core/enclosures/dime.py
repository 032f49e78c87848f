# SPDX-License-Identifier: BSD-2-Clause
"""DIME (draft-nielsen-dime-02), as Amazon's first clients attach: records with binary heads.

A record's head has 12 bytes: version (5 bits), flags for the first record, the last one and one
that goes on in the next; what the type is written in (4 bits); lengths of options, id, type (16
bits each) and data (32 bits). Each of those is padded to four bytes.
"""

from __future__ import annotations

import struct

from eucalyptus.contracts.s3_soap.refusals import BAD_ATTACHMENT
from walrus.core.enclosures.enclosure import ATTACHMENT, MESSAGE, Stepwise, Wrapped

MEDIA_TYPE = "application/dime"
_SOAP = b"http://schemas.xmlsoap.org/soap/envelope/"
_HEAD = struct.Struct(">BBHHHI")
_VERSION = 1 << 3
_FIRST, _LAST, _GOES_ON = 4, 2, 1
_UNCHANGED, _MEDIA_TYPE, _URI = 0 << 4, 1 << 4, 2 << 4
_LONGEST_NAME = 1024
_MOST = (1 << 32) - 4
"""Bytes of data in one record of ours."""


class DimeUnwrapping(Stepwise):
    """Tells the records of a DIME body apart: the message, then the attachment."""

    def __init__(self) -> None:
        super().__init__(self._head)
        self._flags = 0
        self._left = self._pad = 0
        self._goes_on = False

    def finish(self) -> None:
        """The body has ended; raises BAD_ATTACHMENT unless the last record is complete."""
        if not self._complete:
            raise BAD_ATTACHMENT(reason="the last record is missing or cut short")

    def _head(self) -> tuple[bytes, bool]:
        if len(self._held) < _HEAD.size:
            return b"", False
        first, kind, options, id_length, type_length, length = _HEAD.unpack_from(self._held)
        lengths = (options, id_length, type_length)
        if max(lengths) > _LONGEST_NAME:
            raise BAD_ATTACHMENT(reason="the head of a record is too long")
        whole = _HEAD.size + sum(map(_padded, lengths))
        if len(self._held) < whole:
            return b"", False
        at = whole - _padded(type_length)
        self._begin(first, kind, self._held[at : at + type_length])
        self._held = self._held[whole:]
        self._left, self._pad = length, _padded(length) - length
        self._state = self._data
        return b"", True

    def _begin(self, first: int, kind: int, name: bytes) -> None:
        flags = first & 7
        if first & ~7 != _VERSION or kind & 15:
            raise BAD_ATTACHMENT(reason="it is no DIME of version 1")
        if bool(flags & _FIRST) != (self._part < 0):
            raise BAD_ATTACHMENT(reason="the first record is not where it must be")
        if self._goes_on:
            if kind != _UNCHANGED or name:
                raise BAD_ATTACHMENT(reason="a record goes on as another one")
        else:
            self._part += 1
            self._check(kind, name)
        if flags & _LAST and flags & _GOES_ON:
            raise BAD_ATTACHMENT(reason="the last record goes on")
        self._flags, self._goes_on = flags, bool(flags & _GOES_ON)

    def _check(self, kind: int, name: bytes) -> None:
        if self._part == MESSAGE and (kind, name.lower()) != (_URI, _SOAP):
            raise BAD_ATTACHMENT(reason="the first record must be the SOAP message")
        if self._part > ATTACHMENT or kind == _UNCHANGED:
            raise BAD_ATTACHMENT(reason="a message has one attachment, behind it")

    def _data(self) -> tuple[bytes, bool]:
        run = self._held[: self._left]
        self._held = self._held[len(run) :]
        self._left -= len(run)
        if self._left:
            return run, False
        self._state = self._padding
        return run, True

    def _padding(self) -> tuple[bytes, bool]:
        if len(self._held) < self._pad:
            return b"", False
        self._held = self._held[self._pad :]
        if self._flags & _LAST:
            self._complete, self._state = True, self._behind
        else:
            self._state = self._head
        return b"", True

    def _behind(self) -> tuple[bytes, bool]:
        if self._held:
            raise BAD_ATTACHMENT(reason="there is something behind the last record")
        return b"", False


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _record(flags: int, kind: int, name: bytes, length: int) -> bytes:
    head = _HEAD.pack(_VERSION | flags, kind, 0, 0, len(name), length)
    return head + name.ljust(_padded(len(name)), b"\0")


def wrap(message: bytes, media_type: str, length: int) -> Wrapped:
    """What surrounds an attachment of ``length`` bytes, which must fit into one record
    (``fits``), in an answer."""
    said = message.ljust(_padded(len(message)), b"\0")
    name = media_type.encode("latin-1", "replace")[:_LONGEST_NAME]
    return Wrapped(
        content_type=MEDIA_TYPE,
        before=_record(_FIRST, _URI, _SOAP, len(message))
        + said
        + _record(_LAST, _MEDIA_TYPE, name, length),
        after=b"\0" * (_padded(length) - length),
    )


def fits(length: int) -> bool:
    """Whether so many bytes go into one record."""
    return length <= _MOST
