# SPDX-License-Identifier: BSD-2-Clause
"""What a request's head must be so that two programs cannot read it in two ways.

Twisted takes some heads that RFC 9112 has a server refuse: folded lines, no Host or two of them,
``Transfer-Encoding: identity``, a target that is no path. Whoever stands between us and a client
may read such a head otherwise and see other requests than we do.
"""

from __future__ import annotations

import re

from twisted.web.http_headers import Headers

MOST_DIGITS = 15
LONGEST_CHUNK = 10**MOST_DIGITS
"""Bytes: more is no honest length, of a body or of a chunk."""

_HOST = re.compile(
    rb"(?:[A-Za-z0-9._-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])"
    rb"(?::([0-9]{1,5})(?::\1)?)?"  # boto 2 with version 4 says its port twice
)
_TARGET = re.compile(rb"/[!-\"$-~]*")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]*)(.*)")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:.*", re.DOTALL)
_CONTROL = bytes(code for code in (*range(32), 127) if code != ord("\t"))


class BadHead(Exception):
    """The head cannot be taken; carries the HTTP status line's end and says why."""

    def __init__(self, status: bytes, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def bad(reason: str) -> BadHead:
    """The refusal of a head that is no HTTP."""
    return BadHead(b"400 Bad Request", reason)


def check_line(line: bytes) -> None:
    """Check one line of a head, the request line or a header; raises BadHead."""
    if line[:1] in (b" ", b"\t"):
        raise bad("No line of a request's head may begin with a blank.")


def check_header(line: bytes) -> None:
    """Check one header; raises BadHead."""
    name, _, value = line.partition(b":")
    name, value = name.lower(), value.strip(b" \t")
    if len(value.translate(None, _CONTROL)) != len(value):
        raise bad("A header's value has control characters.")
    if name == b"content-length" and not (value.isdigit() and len(value) <= MOST_DIGITS):
        raise bad(f"Content-Length must be a number of at most {MOST_DIGITS} digits.")
    if name == b"transfer-encoding" and value.lower() != b"chunked":
        raise bad("The only Transfer-Encoding spoken here is chunked.")


def check_trailer(line: bytes) -> None:
    """Check a line behind a chunked body, which is not used for anything; raises BadHead."""
    if not _TRAILER.fullmatch(line):
        raise bad("What follows a chunked body must be headers.")
    if len(line.translate(None, _CONTROL)) != len(line):
        raise bad("A trailer has control characters.")


def check_head(version: bytes, headers: Headers) -> None:
    """Check what a complete head says of itself; raises BadHead."""
    hosts = headers.getRawHeaders(b"host") or []
    if len(hosts) > 1 or (not hosts and version == b"HTTP/1.1"):
        raise bad("A request of HTTP/1.1 has exactly one Host header.")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise bad("The Host header must be a name or an address, and perhaps a port.")
    if version != b"HTTP/1.1" and headers.hasHeader(b"transfer-encoding"):
        raise bad("Only HTTP/1.1 knows Transfer-Encoding.")


def check_expectation(headers: Headers) -> None:
    """Refuse what a client expects of us beyond 100-continue; raises BadHead."""
    expected = headers.getRawHeaders(b"expect") or []
    if any(value.lower() != b"100-continue" for value in expected):
        raise BadHead(b"417 Expectation Failed", "Nothing but 100-continue can be expected.")


def local_target(target: bytes, headers: Headers) -> bytes:
    """The path and query that ``target`` means here; raises BadHead when it is another's.

    An absolute URL is taken when it names the same host as the Host header: this is no proxy.
    """
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute:
        hosts = headers.getRawHeaders(b"host") or [absolute[1]]
        if absolute[1].lower() != hosts[0].lower():
            raise bad("This is no proxy: the URL and the Host header name different hosts.")
        rest = absolute[2]
        target = rest if rest.startswith(b"/") else b"/" + rest
    if not _TARGET.fullmatch(target):
        raise bad("The request's target must be a path, with everything unusual in it escaped.")
    return target
