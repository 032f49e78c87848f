# SPDX-License-Identifier: BSD-2-Clause
"""SOAP with attachments: a ``multipart/related`` body (RFC 2387), parts in binary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import Message

from eucalyptus.contracts.s3_soap.refusals import BAD_ATTACHMENT
from walrus.core.enclosures.enclosure import MESSAGE, Stepwise, Wrapped

MEDIA_TYPE = "multipart/related"
_LONGEST_HEAD = 8192
_MOST_PARTS = 2
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_HEADER = re.compile(rb"([!-9;-~]{1,128}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_PLAIN = ("", "binary", "8bit", "7bit")


def parameters(content_type: str) -> Mapping[str, str]:
    """The parameters of a Content-Type, by lower-case name."""
    read = Message()
    read["content-type"] = content_type
    return {name.lower(): str(value) for name, value in read.get_params([])[1:]}


class MimeUnwrapping(Stepwise):
    """Tells the parts of a ``multipart/related`` body apart; the root part must come first."""

    def __init__(self, content_type: str) -> None:
        said = parameters(content_type)
        boundary = said.get("boundary", "")
        known = bool(_BOUNDARY.fullmatch(boundary))
        self._start = said.get("start", "")
        self._delimiter = b"\r\n--" + boundary.encode("ascii") if known else b""
        # The first delimiter may stand at the very beginning.
        super().__init__(self._preamble, b"\r\n")

    def finish(self) -> None:
        """The body has ended; raises BAD_ATTACHMENT unless the last delimiter came."""
        if not self._complete:
            raise BAD_ATTACHMENT(reason="the last boundary is missing")

    def _preamble(self) -> tuple[bytes, bool]:
        if not self._delimiter:
            raise BAD_ATTACHMENT(reason="Content-Type names no boundary")
        at = self._held.find(self._delimiter)
        if at < 0:
            self._bound("the first boundary is missing")
            return b"", False
        self._held = self._held[at + len(self._delimiter) :]
        self._state = self._delimited
        return b"", True

    def _delimited(self) -> tuple[bytes, bool]:
        if len(self._held) < 2:
            return b"", False
        mark, self._held = self._held[:2], self._held[2:]
        if mark == b"--" and self._part >= 0:
            self._complete, self._state = True, self._epilogue
        elif mark == b"\r\n" and self._part + 1 < _MOST_PARTS:
            # So that an empty list of headers ends as any other.
            self._held, self._state = mark + self._held, self._head
        else:
            raise BAD_ATTACHMENT(reason="a message has one attachment, behind it")
        return b"", True

    def _head(self) -> tuple[bytes, bool]:
        head, end, rest = self._held.partition(b"\r\n\r\n")
        if not end:
            self._bound("the head of a part is too long")
            return b"", False
        self._part += 1
        self._check(dict(map(_header, filter(None, head.split(b"\r\n")))))
        self._held, self._state = rest, self._content
        return b"", True

    def _check(self, headers: Mapping[str, str]) -> None:
        coding = headers.get("content-transfer-encoding", "").lower()
        if coding not in _PLAIN:
            raise BAD_ATTACHMENT(reason=f"{coding[:40]} is not taken; send parts in binary")
        if self._part == MESSAGE and self._start not in ("", headers.get("content-id", "")):
            raise BAD_ATTACHMENT(reason="the message must be the first part")

    def _content(self) -> tuple[bytes, bool]:
        at = self._held.find(self._delimiter)
        if at >= 0:
            run, self._held = self._held[:at], self._held[at + len(self._delimiter) :]
            self._state = self._delimited
            return run, True
        # What may be the beginning of a delimiter waits for more.
        kept = len(self._delimiter) - 1
        run, self._held = self._held[:-kept], self._held[-kept:]
        return run, False

    def _epilogue(self) -> tuple[bytes, bool]:
        if self._held.strip(b"\r\n"):
            raise BAD_ATTACHMENT(reason="there is something behind the last boundary")
        self._held = b""
        return b"", False

    def _bound(self, reason: str) -> None:
        if len(self._held) > _LONGEST_HEAD:
            raise BAD_ATTACHMENT(reason=reason)


def _header(line: bytes) -> tuple[str, str]:
    match = _HEADER.fullmatch(line)
    if match is None:
        raise BAD_ATTACHMENT(reason="a part has a header that is none")
    return match[1].decode("ascii").lower(), match[2].decode("latin-1").strip()


def wrap(message: bytes, media_type: str, boundary: str) -> Wrapped:
    """What surrounds an attachment of ``media_type`` in an answer."""
    head = (
        f"--{boundary}\r\nContent-Type: text/xml; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: binary\r\nContent-ID: <message>\r\n\r\n"
    )
    between = (
        f"\r\n--{boundary}\r\nContent-Type: {media_type}\r\n"
        "Content-Transfer-Encoding: binary\r\nContent-ID: <data>\r\n\r\n"
    )
    return Wrapped(
        content_type=f'{MEDIA_TYPE}; type="text/xml"; start="<message>"; boundary="{boundary}"',
        before=head.encode() + message + between.encode("latin-1", "replace"),
        after=f"\r\n--{boundary}--\r\n".encode(),
    )
