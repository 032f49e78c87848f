# SPDX-License-Identifier: BSD-2-Clause
"""The XML documents about uploads in parts, copies, and the attributes of objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from walrus.core.checksums import Checksum
from walrus.core.documents import encoded, moment
from walrus.core.markup import element, flag, owner, root
from walrus.core.multipart import Initiator, Part, Upload
from walrus.core.records import Stored
from walrus.core.uploads import Ask, Page

ETAG, CHECKSUM, PARTS = "ETag", "Checksum", "ObjectParts"
STORAGE_CLASS, SIZE = "StorageClass", "ObjectSize"
ATTRIBUTES = frozenset({ETAG, CHECKSUM, PARTS, STORAGE_CLASS, SIZE})
_STANDARD = element("StorageClass", "STANDARD")


def _quoted(etag: str) -> str:
    return element("ETag", f'"{etag}"')


def _value(algorithm: str, value: str) -> str:
    return element(f"Checksum{algorithm.upper()}", value)


def _checksum(checksum: Checksum | None) -> str:
    if checksum is None:
        return ""
    return _value(checksum.algorithm, checksum.value) + element("ChecksumType", checksum.kind)


def begun(upload: Upload) -> bytes:
    """InitiateMultipartUploadResult."""
    inside = element("Bucket", upload.wish.bucket) + element("Key", upload.wish.key)
    return root("InitiateMultipartUploadResult", (inside, element("UploadId", upload.id)))


def completed(stored: Stored, location: str) -> bytes:
    """CompleteMultipartUploadResult."""
    inside = (
        element("Location", location), element("Bucket", stored.bucket),
        element("Key", stored.key), _quoted(stored.etag), _checksum(stored.checksum),
    )  # fmt: skip
    return root("CompleteMultipartUploadResult", inside)


def copied(etag: str, modified: datetime, checksum: Checksum | None) -> bytes:
    """CopyObjectResult."""
    inside = (_quoted(etag), element("LastModified", moment(modified)), _checksum(checksum))
    return root("CopyObjectResult", inside)


def copied_part(part: Part, algorithm: str) -> bytes:
    """CopyPartResult."""
    inside = _quoted(part.etag) + element("LastModified", moment(part.modified))
    return root("CopyPartResult", (inside, _value(algorithm, part.checksum)))


# --- parts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsPage:
    """One page of parts: those behind part number ``marker``, at most ``most``."""

    parts: Sequence[Part]
    marker: int
    most: int
    truncated: bool

    @staticmethod
    def of(parts: Sequence[Part], marker: int, most: int) -> PartsPage:
        """The page of all parts, which are in order."""
        behind = [part for part in parts if part.number > marker]
        shown = behind[:most]
        return PartsPage(parts=shown, marker=marker, most=most, truncated=len(behind) > len(shown))

    def told(self, marker: str) -> Iterable[str]:
        """The elements that say which page it is."""
        yield element(marker, self.marker)
        yield element(f"Next{marker}", self.parts[-1].number if self.parts else self.marker)
        yield element("MaxParts", self.most)
        yield element("IsTruncated", flag(self.truncated))


def parts(upload: Upload, page: PartsPage, encode: bool) -> bytes:
    """ListPartsResult."""
    key = encoded(upload.wish.key) if encode else upload.wish.key
    inside = [element("Bucket", upload.wish.bucket), element("Key", key)]
    inside += [element("EncodingType", "url")] if encode else []
    inside += [element("UploadId", upload.id), _initiator(upload.initiator)]
    inside += [owner(upload.wish.owner), _STANDARD, *page.told("PartNumberMarker")]
    inside += [_algorithm(upload)]
    inside += [_part(part, upload.algorithm) for part in page.parts]
    return root("ListPartsResult", inside)


def _algorithm(upload: Upload) -> str:
    if not upload.told:
        return ""
    algorithm = element("ChecksumAlgorithm", upload.algorithm.upper())
    return algorithm + element("ChecksumType", upload.kind)


def _part(part: Part, algorithm: str) -> str:
    inside = element("PartNumber", part.number) + element("LastModified", moment(part.modified))
    inside += _quoted(part.etag) + element("Size", part.piece.size)
    return f"<Part>{inside}{_value(algorithm, part.checksum)}</Part>"


def _initiator(who: Initiator) -> str:
    return f"<Initiator>{element('ID', who.id)}{element('DisplayName', who.name)}</Initiator>"


# --- uploads --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page of uploads and how it is to be shown: ``encode`` says whether names are
    percent-encoded."""

    bucket: str
    ask: Ask
    page: Page
    encode: bool


def uploads(shown: Shown) -> bytes:
    """ListMultipartUploadsResult."""

    def name(text: str) -> str:
        return encoded(text) if shown.encode else text

    ask, page = shown.ask, shown.page
    inside = [element("Bucket", shown.bucket), element("KeyMarker", name(ask.key))]
    inside += [element("UploadIdMarker", ask.id), element("Prefix", name(ask.prefix))]
    if page.last is not None:
        inside += [element("NextKeyMarker", name(page.last[0]))]
        inside += [element("NextUploadIdMarker", page.last[1])]
    inside += [element("Delimiter", name(ask.delimiter))] if ask.delimiter else []
    inside += [element("EncodingType", "url")] if shown.encode else []
    inside += [element("MaxUploads", ask.most), element("IsTruncated", flag(bool(page.last)))]
    inside += [_upload(name(upload.wish.key), upload) for upload in page.uploads]
    for prefix in page.prefixes:
        inside.append(f"<CommonPrefixes>{element('Prefix', name(prefix))}</CommonPrefixes>")
    return root("ListMultipartUploadsResult", inside)


def _upload(key: str, upload: Upload) -> str:
    inside = element("Key", key) + element("UploadId", upload.id)
    inside += _initiator(upload.initiator) + owner(upload.wish.owner) + _STANDARD
    inside += element("Initiated", moment(upload.initiated)) + _algorithm(upload)
    return f"<Upload>{inside}</Upload>"


# --- attributes -----------------------------------------------------------------------------------


def attributes(stored: Stored, wanted: Set[str], page: PartsPage) -> bytes:
    """GetObjectAttributesResponse with the ``wanted`` attributes."""
    checksum = stored.checksum
    inside = [element("ETag", stored.etag)] if ETAG in wanted else []
    if CHECKSUM in wanted and checksum is not None:
        inside.append(f"<Checksum>{_checksum(checksum)}</Checksum>")
    if PARTS in wanted and stored.parts:
        algorithm = checksum.algorithm if checksum else ""
        told = element("PartsCount", stored.parts) + "".join(page.told("PartNumberMarker"))
        told += "".join(_piece(part, algorithm) for part in page.parts)
        inside.append(f"<ObjectParts>{told}</ObjectParts>")
    inside += [_STANDARD] if STORAGE_CLASS in wanted else []
    inside += [element("ObjectSize", stored.size)] if SIZE in wanted else []
    return root("GetObjectAttributesResponse", inside)


def _piece(part: Part, algorithm: str) -> str:
    inside = element("PartNumber", part.number) + element("Size", part.piece.size)
    return f"<Part>{inside}{_value(algorithm, part.checksum) if algorithm else ''}</Part>"
