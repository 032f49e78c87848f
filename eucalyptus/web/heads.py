# SPDX-License-Identifier: BSD-2-Clause
"""A request's head, read as a whole, in one way only: no two programs may read it in two ways.

Twisted takes some heads that RFC 9112 has a server refuse: folded lines, no Host or two of them,
``Transfer-Encoding: identity``, a target that is no path. Whoever stands between us and a client
may read such a head otherwise and see other requests than we do. ``tests/web/test_differential.py``
compares what is heard here with what h11 hears.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST_DIGITS = 15
LONGEST_CHUNK = 10**MOST_DIGITS
"""Bytes: more is no honest length, of a body or of a chunk."""
MOST_KNOWN = 64
"""Characters of the longest name that is remembered."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST = re.compile(rf"({_NAME.pattern}) ([!-~]+) (HTTP/1\.[01])")
_HOST = re.compile(
    r"(?:[A-Za-z0-9._-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::([0-9]{1,5})(?::\1)?)?"  # boto 2 with version 4 says its port twice
)
_LENGTH = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")
_TARGET = re.compile(r"/[!-\"$-~]*")
_ABSOLUTE = re.compile(r"(?i:https?)://([^/?#]*)(.*)")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:.*", re.DOTALL)
_CONTROL = bytes(code for code in (*range(32), 127) if code != ord("\t"))


class BadHead(Exception):
    """The head cannot be taken; carries the HTTP status line's end and says why."""

    def __init__(self, status: bytes, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a request says before its body.

    ``target`` is ``path`` and ``query`` as they were sent. Header names are lower case, values
    latin-1 text without outer blanks, one for each line. ``length`` is the body's in bytes, None
    when it comes in chunks. ``closes``: nothing may follow on this connection. ``expects``: the
    sender waits for "100 Continue"; ``demands``: it expects something else.
    """

    method: str
    target: str
    path: str
    query: str
    version: str
    headers: Mapping[str, tuple[str, ...]]
    length: int | None
    closes: bool
    expects: bool
    demands: bool = False

    @property
    def host(self) -> str:
        """The Host header, "" without one."""
        return self.headers.get("host", ("",))[0]


def bad(reason: str) -> BadHead:
    """The refusal of a head that is no HTTP."""
    return BadHead(b"400 Bad Request", reason)


def read(octets: bytes, most: int) -> Head:
    """Read a head, without the empty line at its end; raises BadHead.

    There may be ``most`` headers. One empty line before a request is nothing (RFC 9112, 2.2).
    """
    octets = octets.removeprefix(b"\r\n")
    first, *lines = octets.decode("latin-1").split("\r\n")
    if len(octets.translate(None, _CONTROL)) != len(octets) - 2 * len(lines):
        raise bad("A line of the request's head has control characters.")
    asked = _REQUEST.fullmatch(first)
    if asked is None:
        raise bad("It does not begin with a method, a target and HTTP/1.0 or HTTP/1.1.")
    if len(lines) > most:
        raise BadHead(b"431 Request Header Fields Too Large", f"It has more than {most} headers.")
    method, target, version = asked.groups()
    headers = _headers(lines)
    host = _host(headers, version)
    target = _local(target, host)
    path, _, query = target.partition("?")
    expects = {value.lower() for value in headers.get("expect", ())}
    return Head(
        method=method,
        target=target,
        path=path,
        query=query,
        version=version,
        headers=headers,
        length=_length(headers, version),
        closes=version != "HTTP/1.1" or ("connection" in headers and _closes(headers)),
        expects=expects == {"100-continue"} and version == "HTTP/1.1",
        demands=not expects <= {"100-continue"},
    )


def _headers(lines: list[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        written, colon, value = line.partition(":")
        if not colon:
            raise bad("A header has no colon.")
        name = _known(written) if len(written) <= MOST_KNOWN else _name(written)
        value = value.strip(" \t")
        found[name] = (*found[name], value) if name in found else (value,)
    return found


def _name(written: str) -> str:
    """A header's name in lower case."""
    if written[:1] in (" ", "\t"):
        raise bad("No line of a request's head may begin with a blank.")
    if not _NAME.fullmatch(written):
        raise bad("A header's name has characters that no name has.")
    return written.lower()


_known = functools.lru_cache(maxsize=512)(_name)
"""The same few names come with every request."""


def _host(headers: Mapping[str, tuple[str, ...]], version: str) -> str | None:
    hosts = headers.get("host", ())
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        raise bad("A request of HTTP/1.1 has exactly one Host header.")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise bad("The Host header must be a name or an address, and perhaps a port.")
    return hosts[0] if hosts else None


def _length(headers: Mapping[str, tuple[str, ...]], version: str) -> int | None:
    """How long the body is, None when it is in chunks: said once, or not at all."""
    lengths, codings = headers.get("content-length", ()), headers.get("transfer-encoding", ())
    if len(lengths) + len(codings) > 1:
        raise bad("The body's length must be said once, and in one way.")
    if codings:
        if codings[0].lower() != "chunked":
            raise bad("The only Transfer-Encoding spoken here is chunked.")
        if version != "HTTP/1.1":
            raise bad("Only HTTP/1.1 knows Transfer-Encoding.")
        return None
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise bad(f"Content-Length must be a number of at most {MOST_DIGITS} digits.")
    return int(lengths[0]) if lengths else 0


def _closes(headers: Mapping[str, tuple[str, ...]]) -> bool:
    options = ",".join(headers["connection"]).split(",")
    return any(option.strip(" \t").lower() == "close" for option in options)


def _local(target: str, host: str | None) -> str:
    """The path and query that ``target`` means here; raises BadHead when it is another's.

    An absolute URL is taken when it names the same host as the Host header: this is no proxy.
    """
    if not target.startswith("/") and (absolute := _ABSOLUTE.fullmatch(target)):
        if host is not None and absolute[1].lower() != host.lower():
            raise bad("This is no proxy: the URL and the Host header name different hosts.")
        rest = absolute[2]
        target = rest if rest.startswith("/") else "/" + rest
    if not _TARGET.fullmatch(target):
        raise bad("The request's target must be a path, with everything unusual in it escaped.")
    return target


def check_trailer(line: bytes) -> None:
    """Check a line behind a chunked body, which is not used for anything; raises BadHead."""
    if not _TRAILER.fullmatch(line):
        raise bad("What follows a chunked body must be headers.")
    if len(line.translate(None, _CONTROL)) != len(line):
        raise bad("A trailer has control characters.")
