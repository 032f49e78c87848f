# SPDX-License-Identifier: BSD-2-Clause
"""Uploads in parts: which parts make an object, and what that object then is.

The parts stay where they are: an object made of them is the sequence of their blobs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from eucalyptus.contracts.s3 import (
    BAD_DIGEST,
    INVALID_ARGUMENT,
    INVALID_PART,
    INVALID_PART_ORDER,
    INVALID_REQUEST,
    MALFORMED_XML,
    PART_TOO_SMALL,
    TOO_LARGE_IN_PARTS,
)
from eucalyptus.wire.documents import DocumentLimits
from walrus.core import checksums, markup
from walrus.core.checksums import PREFIX, Checksum
from walrus.core.conditions import Slice
from walrus.core.records import Piece, Stored

MOST = 10_000
SMALLEST = 5 * 1024**2
LARGEST = 5 * 1024**4
LONGEST_DOCUMENT = 4 * 1024**2
_LIMITS = DocumentLimits(size=LONGEST_DOCUMENT, elements=5 * MOST)
_NUMBER = re.compile("[1-9][0-9]{0,4}")
_ALGORITHMS = {f"Checksum{name.upper()}": name for name in checksums.ALGORITHMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiator:
    """Who began an upload, as S3 shows it: the canonical id of an account or a user's ARN."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload that was begun. ``wish`` is the object that it will make, without its bytes.

    ``algorithm`` is that of the checksum over all parts and ``kind`` its type; ``told`` says
    whether its beginner asked for them. Ids are 32 hex digits and grow with time.
    """

    id: str
    wish: Stored
    initiator: Initiator
    initiated: datetime
    algorithm: str = checksums.DEFAULT
    kind: str = checksums.FULL_OBJECT
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part. ``checksum`` is base64, by the upload's algorithm; ``etag`` the MD5 in hex."""

    number: int
    piece: Piece
    etag: str
    checksum: str
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A part as the request to complete an upload lists it; ``checksums`` by algorithm."""

    number: int
    etag: str
    checksums: Mapping[str, str] = field(default_factory=dict)


def over_parts(headers: Mapping[str, str]) -> tuple[str, str]:
    """Algorithm and type of the checksum over parts that a request asks for, "" for neither.

    Raises INVALID_REQUEST.
    """
    algorithm = headers.get(f"{PREFIX}algorithm", "").lower()
    wanted = headers.get(f"{PREFIX}type", "").upper()
    if not algorithm and wanted:
        raise INVALID_REQUEST(reason=f"{PREFIX}type needs an {PREFIX}algorithm")
    return (algorithm, checksums.kind_of(algorithm, wanted)) if algorithm else ("", "")


def part_number(text: str) -> int:
    """A part's number; raises INVALID_ARGUMENT."""
    if not _NUMBER.fullmatch(text) or int(text) > MOST:
        raise INVALID_ARGUMENT(
            name="partNumber", value=text[:80], wanted=f"a number from 1 to {MOST}"
        )
    return int(text)


# --- completing -----------------------------------------------------------------------------------


def listed(document: bytes) -> tuple[Listed, ...]:
    """The parts that a CompleteMultipartUpload lists; raises MALFORMED_XML."""
    root = markup.read(document, "CompleteMultipartUpload", _LIMITS)
    found = tuple(_listed(element) for element in root)
    if not 1 <= len(found) <= MOST:
        raise MALFORMED_XML(reason=f"it must list 1 to {MOST} parts, not {len(found)}")
    return found


def _listed(element: etree._Element) -> Listed:
    if markup.local(element) != "Part":
        raise MALFORMED_XML(reason=f"{markup.local(element)[:40]} is not expected in the list")
    inside = markup.parts(element, {"PartNumber", "ETag"}, _ALGORITHMS.keys())
    number = markup.content(inside.pop("PartNumber"))
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise MALFORMED_XML(reason=f"{number[:40]!r} is no number of a part")
    etag = markup.content(inside.pop("ETag")).strip('"')
    sums = {_ALGORITHMS[name]: markup.content(value) for name, value in inside.items()}
    return Listed(number=int(number), etag=etag, checksums=sums)


def chosen(wanted: Sequence[Listed], there: Mapping[int, Part], algorithm: str) -> tuple[Part, ...]:
    """The parts that make the object.

    Raises INVALID_PART_ORDER, INVALID_PART, PART_TOO_SMALL or TOO_LARGE_IN_PARTS.
    """
    found = tuple(_matching(one, there, algorithm) for one in _in_order(wanted))
    for part in found[:-1]:
        if part.piece.size < SMALLEST:
            raise PART_TOO_SMALL(number=part.number, size=part.piece.size, least=SMALLEST)
    if sum(part.piece.size for part in found) > LARGEST:
        raise TOO_LARGE_IN_PARTS(limit=LARGEST)
    return found


def _in_order(wanted: Sequence[Listed]) -> list[Listed]:
    """What is listed, by rising numbers. A client that sent a part again may list both, one behind
    the other: the later one counts. The very same twice is a mistake."""
    kept: list[Listed] = []
    for one in wanted:
        if kept and one.number == kept[-1].number and one.etag != kept[-1].etag:
            kept.pop()
        if kept and one.number <= kept[-1].number:
            raise INVALID_PART_ORDER()
        kept.append(one)
    return kept


def _matching(one: Listed, there: Mapping[int, Part], algorithm: str) -> Part:
    part = there.get(one.number)
    if part is None or part.etag != one.etag:
        raise INVALID_PART(number=one.number)
    if one.checksums.get(algorithm, part.checksum) != part.checksum:
        raise INVALID_PART(number=one.number)
    return part


def etag(parts: Sequence[Part]) -> str:
    """The ETag of an object in parts: the MD5 of their MD5s, and how many they are."""
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def checksum(upload: Upload, parts: Sequence[Part], headers: Mapping[str, str]) -> Checksum:
    """That of the object; raises BAD_DIGEST when ``headers`` promise another one."""
    name = upload.algorithm
    others = {PREFIX + other for other in checksums.ALGORITHMS if other != name}
    for header in sorted(others & headers.keys()):
        raise BAD_DIGEST(name=header)
    digests = [(checksums.decoded(name, part.checksum), part.piece.size) for part in parts]
    found = checksums.of_parts(name, upload.kind, digests)
    promised = headers.get(PREFIX + name, found.value)
    if promised != found.value and f"{promised}-{len(parts)}" != found.value:
        raise BAD_DIGEST(name=PREFIX + name)
    wanted = headers.get(f"{PREFIX}type", "").upper()
    if wanted and wanted != found.kind:
        raise INVALID_REQUEST(reason=f"the upload was begun with a checksum of type {found.kind}")
    return found


def check_size(parts: Sequence[Part], headers: Mapping[str, str]) -> None:
    """Raise INVALID_REQUEST unless the object has as many bytes as ``headers`` promise."""
    size, promised = sum(part.piece.size for part in parts), headers.get("x-amz-mp-object-size")
    if promised is not None and promised != str(size):
        raise INVALID_REQUEST(reason=f"the parts have {size} bytes, not {promised[:20]}")


# --- reading --------------------------------------------------------------------------------------


def located(parts: Sequence[Part], number: int) -> tuple[Slice, Part]:
    """Where in the object a part lies; raises INVALID_PART."""
    first = 0
    for part in parts:
        end = first + part.piece.size
        if part.number == number:
            return Slice(first, end), part
        first = end
    raise INVALID_PART(number=number)
