# SPDX-License-Identifier: BSD-2-Clause
"""The checksums of S3: what each is called, how it runs along with the bytes, what parts make.

CRCs and xxHash are computed by awscrt, which is what the SDKs use; the rest by hashlib.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from awscrt import checksums as crt

from eucalyptus.contracts.s3 import BAD_DIGEST, INVALID_ARGUMENT, INVALID_REQUEST

PREFIX = "x-amz-checksum-"
FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
DEFAULT = "crc64nvme"
"""What is computed when the sender names no algorithm, as S3 does."""
_ABOUT = frozenset({"algorithm", "mode", "type"})
"""Headers that begin like a checksum's and are none."""


class Sum(Protocol):
    """A running checksum."""

    def update(self, data: bytes, /) -> None:
        """Take the next bytes."""
        ...

    def digest(self) -> bytes:
        """The checksum of all bytes taken; called once, at the end."""
        ...


class Combine(Protocol):
    """The checksum of two stretches from those of each and the length of the second."""

    def __call__(self, first: int, second: int, length: int, /) -> int:
        """Their checksum as one."""
        ...


class Crc:
    """A CRC with the interface of a hash; ``size`` in bytes."""

    def __init__(self, step: Callable[[bytes, int], int], size: int) -> None:
        self._step, self._size, self._value = step, size, 0

    def update(self, data: bytes, /) -> None:
        """Take the next bytes."""
        self._value = self._step(data, self._value)

    def digest(self) -> bytes:
        """Most significant byte first."""
        return self._value.to_bytes(self._size, "big")


class XXHash:
    """An xxHash with the interface of a hash."""

    def __init__(self, running: crt.XXHash) -> None:
        self._running = running

    def update(self, data: bytes, /) -> None:
        """Take the next bytes."""
        self._running.update(data)

    def digest(self) -> bytes:
        """In its canonical order."""
        return bytes(self._running.finalize())


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """One kind of checksum: how to begin it, its bytes, how to join it if that can be done.

    ``kinds`` are the types that an object in parts may have of it, the usual one first.
    """

    begin: Callable[[], Sum]
    size: int
    combine: Combine | None = None
    kinds: tuple[str, ...] = (COMPOSITE,)


_EITHER = (COMPOSITE, FULL_OBJECT)

ALGORITHMS: Mapping[str, Algorithm] = {
    "crc32": Algorithm(
        begin=lambda: Crc(zlib.crc32, 4), size=4, combine=crt.combine_crc32, kinds=_EITHER
    ),
    "crc32c": Algorithm(
        begin=lambda: Crc(crt.crc32c, 4), size=4, combine=crt.combine_crc32c, kinds=_EITHER
    ),
    "crc64nvme": Algorithm(
        begin=lambda: Crc(crt.crc64nvme, 8), size=8, combine=crt.combine_crc64nvme,
        kinds=(FULL_OBJECT,),
    ),
    "sha1": Algorithm(begin=lambda: hashlib.sha1(usedforsecurity=False), size=20),
    "sha256": Algorithm(begin=hashlib.sha256, size=32),
    "sha512": Algorithm(begin=hashlib.sha512, size=64),
    "md5": Algorithm(begin=lambda: hashlib.md5(usedforsecurity=False), size=16),
    "xxhash64": Algorithm(begin=lambda: XXHash(crt.XXHash.new_xxhash64()), size=8),
    "xxhash3": Algorithm(begin=lambda: XXHash(crt.XXHash.new_xxhash3_64()), size=8),
    "xxhash128": Algorithm(begin=lambda: XXHash(crt.XXHash.new_xxhash3_128()), size=16),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """The checksum of an object or a part: base64, of parts with ``-N`` behind it."""

    algorithm: str
    value: str
    kind: str = FULL_OBJECT

    @staticmethod
    def of(algorithm: str, digest: bytes) -> Checksum:
        """That of bytes in one piece."""
        return Checksum(algorithm=algorithm, value=base64.b64encode(digest).decode())

    @property
    def headers(self) -> dict[str, str]:
        """As an answer's headers tell it."""
        return {PREFIX + self.algorithm: self.value, f"{PREFIX}type": self.kind}


# --- what a request says --------------------------------------------------------------------------


def stated(headers: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Algorithm and digest of every checksum among headers or trailers.

    Raises INVALID_REQUEST for an unknown algorithm, BAD_DIGEST for a value that cannot be one.
    """
    for name, value in headers.items():
        algorithm = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and algorithm not in _ABOUT:
            yield algorithm, decoded(known(algorithm), value)


def decoded(algorithm: str, value: str) -> bytes:
    """A checksum from base64; raises BAD_DIGEST."""
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != ALGORITHMS[algorithm].size:
        raise BAD_DIGEST(name=PREFIX + algorithm)
    return digest


def known(algorithm: str) -> str:
    """The algorithm if there is such a one; raises INVALID_REQUEST."""
    if algorithm not in ALGORITHMS:
        raise INVALID_REQUEST(reason=f"{PREFIX}{algorithm[:40]} is no known checksum")
    return algorithm


def chosen(headers: Mapping[str, str]) -> str:
    """The algorithm that a request means to use for its body, "" if it names none.

    A header, the trailer that it announces and x-amz-sdk-checksum-algorithm must agree; raises
    INVALID_REQUEST.
    """
    announced = _announced(headers)
    named = {algorithm for algorithm, _ in stated(headers)} | announced
    if len(named) > 1:
        raise INVALID_REQUEST(reason="one checksum may be sent, these are more")
    wanted = headers.get("x-amz-sdk-checksum-algorithm", "").lower()
    if wanted and known(wanted) not in named:
        raise INVALID_REQUEST(reason=f"a checksum by {wanted} was promised and none is sent")
    return next(iter(named), "")


def _announced(headers: Mapping[str, str]) -> set[str]:
    trailers = [name.strip() for name in headers.get("x-amz-trailer", "").lower().split(",")]
    return {known(n.removeprefix(PREFIX)) for n in trailers if n.startswith(PREFIX)}


def wants_checksum(headers: Mapping[str, str]) -> bool:
    """Whether a reader wants to be told the checksum; raises INVALID_ARGUMENT."""
    mode = headers.get(f"{PREFIX}mode", "")
    if mode.upper() not in ("", "ENABLED"):
        raise INVALID_ARGUMENT(name=f"{PREFIX}mode", value=mode[:40], wanted="ENABLED")
    return bool(mode)


# --- objects in parts -----------------------------------------------------------------------------


def kind_of(algorithm: str, wanted: str) -> str:
    """The type of a checksum over parts, ``wanted`` or the usual one; raises INVALID_REQUEST."""
    kinds = ALGORITHMS[known(algorithm)].kinds
    if wanted and wanted not in kinds:
        raise INVALID_REQUEST(reason=f"{algorithm} has no checksum of type {wanted[:40]}")
    return wanted or kinds[0]


def of_parts(algorithm: str, kind: str, parts: Sequence[tuple[bytes, int]]) -> Checksum:
    """The checksum of an object from its parts' digests and sizes, in their order."""
    combine = ALGORITHMS[algorithm].combine
    if kind == FULL_OBJECT and combine is not None:
        value = 0
        for digest, size in parts:
            value = combine(value, int.from_bytes(digest, "big"), size)
        whole = value.to_bytes(ALGORITHMS[algorithm].size, "big")
        return Checksum.of(algorithm, whole)
    running = ALGORITHMS[algorithm].begin()
    for digest, _ in parts:
        running.update(digest)
    value64 = base64.b64encode(running.digest()).decode()
    return Checksum(algorithm=algorithm, value=f"{value64}-{len(parts)}", kind=COMPOSITE)
