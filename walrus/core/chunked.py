# SPDX-License-Identifier: BSD-2-Clause
"""The ``aws-chunked`` body: chunks that are each signed, perhaps a trailer, decoded as they come.

Nothing of a body counts before ``finish`` has returned; a chunk whose signature is wrong is found
at its own end, and memory never holds more than one header line or the trailer.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from eucalyptus.contracts.s3 import INCOMPLETE_BODY, INVALID_REQUEST, SIGNATURE_MISMATCH

_HEADER = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
_TRAILER = re.compile(rb"([A-Za-z0-9-]{1,100}):[ \t]*([\x21-\x7e]{1,512})")
_LONGEST_LINE = 1024
_MOST_TRAILERS = 10
TRAILER_SIGNATURE = "x-amz-trailer-signature"


class Seals(Protocol):
    """Checks the signatures of chunks in their order, as ``sigv4_chunks.ChunkChain`` does."""

    def check(self, content_sha256: str, signature: str) -> None:
        """Raise Refused unless the next chunk has this signature."""
        ...

    def check_trailer(self, content_sha256: str, signature: str) -> None:
        """Raise Refused unless the trailer has this signature."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the request says of its body: decoded bytes, signed chunks, names of trailers."""

    length: int
    seal: Seals | None = None
    trailers: frozenset[str] = frozenset()
    has_trailer: bool = False


class Decoder:
    """Turns an aws-chunked body into the object's bytes; raises Refused at the first fault."""

    def __init__(self, promise: Promise) -> None:
        self._promise = promise
        self._line = bytearray()
        self._left = 0
        self._state = self._header
        self._signature = ""
        self._sha256 = hashlib.sha256()
        self._decoded = 0
        self._signed_trailer = bytearray()
        self.trailers: dict[str, str] = {}
        self.complete = False

    def feed(self, data: bytes) -> bytes:
        """The object's bytes in the next piece of the body."""
        out: list[bytes] = []
        view = memoryview(data)
        while view:
            view = view[self._state(view, out) :]
        return b"".join(out)

    def finish(self) -> None:
        """The body has ended; raises INCOMPLETE_BODY unless all that was promised came."""
        if not self.complete or self._decoded != self._promise.length:
            raise INCOMPLETE_BODY(promised=self._promise.length, received=self._decoded)
        missing = self._promise.trailers - self.trailers.keys()
        if missing:
            raise INVALID_REQUEST(reason=f"the trailer {sorted(missing)[0]} is missing")

    # Each state takes some of the view and says how many bytes.

    def _header(self, view: memoryview, out: list[bytes]) -> int:
        used, line = self._until_newline(view)
        if line is None:
            return used
        match = _HEADER.fullmatch(line)
        if not match:
            raise INVALID_REQUEST(reason="a chunk header is malformed")
        if (match.group(2) is None) != (self._promise.seal is None):
            raise SIGNATURE_MISMATCH()
        self._left = int(match.group(1), 16)
        self._signature = (match.group(2) or b"").decode()
        self._sha256 = hashlib.sha256()
        if self._decoded + self._left > self._promise.length:
            raise INCOMPLETE_BODY(
                promised=self._promise.length, received=self._decoded + self._left
            )
        if self._left == 0:
            self._end_chunk()
            self._state = self._trailer
        else:
            self._state = self._data
        return used

    def _data(self, view: memoryview, out: list[bytes]) -> int:
        piece = bytes(view[: self._left])
        if self._promise.seal:
            self._sha256.update(piece)
        out.append(piece)
        self._left -= len(piece)
        self._decoded += len(piece)
        if self._left == 0:
            self._end_chunk()
            self._state = self._data_end
        return len(piece)

    def _data_end(self, view: memoryview, out: list[bytes]) -> int:
        used, line = self._until_newline(view)
        if line is not None:
            if line:
                raise INVALID_REQUEST(reason="a chunk is longer than its header says")
            self._state = self._header
        return used

    def _trailer(self, view: memoryview, out: list[bytes]) -> int:
        used, line = self._until_newline(view)
        if line is None:
            return used
        if line:
            self._take_trailer(line)
        else:
            self._end_trailer()
            self.complete = True
            self._state = self._surplus
        return used

    def _surplus(self, view: memoryview, out: list[bytes]) -> int:
        raise INVALID_REQUEST(reason="there is something behind the last chunk")

    def _until_newline(self, view: memoryview) -> tuple[int, bytes | None]:
        head = bytes(view[: _LONGEST_LINE + 2 - len(self._line)])
        at = head.find(b"\n")
        self._line += head if at < 0 else head[: at + 1]
        if at < 0:
            if len(self._line) > _LONGEST_LINE:
                raise INVALID_REQUEST(reason="a line between chunks is too long")
            return len(head), None
        line = bytes(self._line)
        self._line.clear()
        if not line.endswith(b"\r\n"):
            raise INVALID_REQUEST(reason="a line between chunks does not end with CR LF")
        return at + 1, line[:-2]

    def _end_chunk(self) -> None:
        seal = self._promise.seal
        if seal is None:
            return
        seal.check(self._sha256.hexdigest(), self._signature)

    def _take_trailer(self, line: bytes) -> None:
        match = _TRAILER.fullmatch(line)
        if not match or len(self.trailers) >= _MOST_TRAILERS:
            raise INVALID_REQUEST(reason="a trailer is malformed")
        name, value = match.group(1).decode().lower(), match.group(2).decode()
        if name in self.trailers or TRAILER_SIGNATURE in self.trailers:
            raise INVALID_REQUEST(reason=f"the trailer {name} is out of place")
        if name != TRAILER_SIGNATURE:
            if name not in self._promise.trailers:
                raise INVALID_REQUEST(reason=f"the trailer {name} was not announced")
            self._signed_trailer += f"{name}:{value}\n".encode()
        self.trailers[name] = value

    def _end_trailer(self) -> None:
        seal, given = self._promise.seal, self.trailers.pop(TRAILER_SIGNATURE, "")
        if seal is None or not self._promise.has_trailer:
            return
        seal.check_trailer(hashlib.sha256(self._signed_trailer).hexdigest(), given)
