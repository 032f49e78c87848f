# SPDX-License-Identifier: BSD-2-Clause
"""Objects in parts, without a store: which parts make one, what it is then, how it is cut."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from walrus.core import checksums, copying, multipart, uploads
from walrus.core.checksums import Checksum
from walrus.core.conditions import Slice
from walrus.core.multipart import LARGEST, MOST, SMALLEST, Initiator, Listed, Part, Upload
from walrus.core.pieces import cut, size_of
from walrus.core.records import Owner, Piece, Stored
from walrus.core.uploads import Ask, Page, Place

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OWNER = Owner(account_id="1" * 12, canonical_id="a" * 64, name="a")


def part(number: int, size: int = SMALLEST, etag: str = "0" * 32) -> Part:
    """A part with the checksum of nothing."""
    return Part(
        number=number, piece=Piece(blob=f"{number:032x}", size=size, sha256=""), etag=etag,
        checksum=Checksum.of("crc32", bytes(4)).value, modified=NOW,
    )  # fmt: skip


def upload(key: str, number: int, algorithm: str = "crc32", kind: str = "COMPOSITE") -> Upload:
    """An upload to a key."""
    wish = Stored(
        bucket="b", key=key, blob="", size=0, etag="", sha256="", content_type="", acl=(),
        owner=OWNER, modified=NOW,
    )  # fmt: skip
    return Upload(
        id=f"{number:032x}", wish=wish, initiator=Initiator(id="i", name="n"), initiated=NOW,
        algorithm=algorithm, kind=kind, told=True,
    )  # fmt: skip


def code(call: Callable[..., object], *args: object) -> str:
    """The code of the refusal in which a call ends."""
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value.refusal.code


# --- which parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0", "10001", "-1", "1.5", "", "01", "1e3", "٣", " 1", "x"])
def test_no_number_of_a_part(text: str) -> None:
    """1 to 10,000 and nothing else (S-40)."""
    assert code(multipart.part_number, text) == "InvalidArgument"


def test_numbers_of_parts() -> None:
    """Both ends."""
    assert (multipart.part_number("1"), multipart.part_number("10000")) == (1, MOST)


def wrapped(*parts: str) -> bytes:
    """A document that lists parts."""
    inside = "".join(f"<Part>{one}</Part>" for one in parts)
    return f"<CompleteMultipartUpload>{inside}</CompleteMultipartUpload>".encode()


ONE = "<PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag>"


def test_lists_are_read() -> None:
    """With the ETag's quotation marks or without, checksums by algorithm."""
    second = "<ETag>f</ETag><PartNumber>2</PartNumber><ChecksumCRC32>AAAAAA==</ChecksumCRC32>"
    assert multipart.listed(wrapped(ONE, second)) == (
        Listed(number=1, etag="e"), Listed(number=2, etag="f", checksums={"crc32": "AAAAAA=="}),
    )  # fmt: skip
    longest = wrapped(*[ONE + "<ChecksumSHA256>" + "A" * 44 + "</ChecksumSHA256>"] * MOST)
    assert len(multipart.listed(longest)) == MOST


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="S-40 nothing"),
        pytest.param(wrapped(), id="S-40 empty list"),
        pytest.param(wrapped(*[ONE] * (MOST + 1)), id="S-40 10,001 parts"),
        pytest.param(b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + wrapped(ONE), id="S-40 XML bomb"),
        pytest.param(wrapped("<ETag>e</ETag>"), id="S-40 no number"),
        pytest.param(wrapped("<PartNumber>1</PartNumber>"), id="S-40 no ETag"),
        pytest.param(wrapped(ONE + ONE), id="S-40 twice in one"),
        pytest.param(wrapped(ONE + "<Other/>"), id="S-40 something else"),
        pytest.param(wrapped(ONE.replace("1", "1.5")), id="S-40 half a number"),
        pytest.param(wrapped(ONE.replace("1", "-1")), id="S-40 below nought"),
        pytest.param(b"<Other/>", id="S-40 another document"),
        pytest.param(wrapped(ONE).replace(b"Part>", b"Piece>"), id="S-40 other elements"),
    ],
)
def test_what_is_no_list(document: bytes) -> None:
    """MalformedXML, whatever it is."""
    assert code(multipart.listed, document) == "MalformedXML"


A, B = "a" * 32, "b" * 32
THERE = {1: part(1, etag=A), 2: part(2, etag=B), 5: part(5, 1, etag=A), 6: part(6, 1, etag=A)}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        pytest.param([(2, B), (1, A)], "InvalidPartOrder", id="S-40 unordered"),
        pytest.param([(1, A), (1, A)], "InvalidPartOrder", id="S-40 duplicate"),
        pytest.param([(1, B)], "InvalidPart", id="S-40 wrong ETag"),
        pytest.param([(1, A), (1, B)], "InvalidPart", id="S-40 sent again, older listed last"),
        pytest.param([(3, A)], "InvalidPart", id="S-40 missing"),
        pytest.param([(0, A)], "InvalidPart", id="S-40 nought"),
        pytest.param([(5, A), (6, A)], "EntityTooSmall", id="S-40 small and not last"),
    ],
)
def test_lists_that_make_no_object(wanted: Sequence[tuple[int, str]], says: str) -> None:
    """Each by its own code."""
    listed = [Listed(number=number, etag=etag) for number, etag in wanted]
    assert code(multipart.chosen, listed, THERE, "crc32") == says


def test_lists_that_do() -> None:
    """With gaps; a small part at the end; of a part that was sent again, the later one."""
    listed = [Listed(number=n, etag=e) for n, e in ((1, B), (1, A), (2, B), (5, A))]
    chosen = multipart.chosen(listed, THERE, "crc32")
    assert [one.number for one in chosen] == [1, 2, 5]
    wrong = [Listed(number=1, etag=A, checksums={"crc32": "AAAAAQ=="})]
    assert code(multipart.chosen, wrong, THERE, "crc32") == "InvalidPart"
    huge = {1: part(1, LARGEST, A), 2: part(2, 1, B)}
    assert code(multipart.chosen, listed[1:3], huge, "crc32") == "EntityTooLarge"


# --- what it is then ------------------------------------------------------------------------------


def test_the_tag_of_parts() -> None:
    """The MD5 of their MD5s, and their number."""
    digests = [hashlib.md5(text).digest() for text in (b"a", b"b")]
    parts = [part(n, etag=digest.hex()) for n, digest in enumerate(digests)]
    assert multipart.etag(parts) == hashlib.md5(b"".join(digests)).hexdigest() + "-2"


def test_promises_of_the_whole() -> None:
    """A checksum over all parts, its type, a size: held, or refused."""
    parts = [part(1), part(2)]
    found = multipart.checksum(upload("k", 1), parts, {})
    assert found.kind == "COMPOSITE" and found.value.endswith("-2")
    held = {"x-amz-checksum-crc32": found.value, "x-amz-checksum-type": "COMPOSITE"}
    assert multipart.checksum(upload("k", 1), parts, held) == found
    multipart.check_size(parts, {"x-amz-mp-object-size": str(2 * SMALLEST)})
    for headers, says in (
        ({"x-amz-checksum-crc32": "AAAAAQ==-2"}, "BadDigest"),
        ({"x-amz-checksum-sha1": "x"}, "BadDigest"),
        ({"x-amz-checksum-type": "FULL_OBJECT"}, "InvalidRequest"),
    ):
        assert code(multipart.checksum, upload("k", 1), parts, headers) == says
    assert code(multipart.check_size, parts, {"x-amz-mp-object-size": "5"}) == "InvalidRequest"
    assert code(multipart.over_parts, {"x-amz-checksum-type": "COMPOSITE"}) == "InvalidRequest"


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_whole_checksums_are_those_of_all_bytes(texts: list[bytes]) -> None:
    """A checksum of type FULL_OBJECT is the one that a single PUT would have."""
    parts = []
    for number, text in enumerate(texts, 1):
        running = checksums.ALGORITHMS["crc64nvme"].begin()
        running.update(text)
        value = Checksum.of("crc64nvme", running.digest()).value
        piece = Piece(blob="", size=len(text), sha256="")
        parts.append(Part(number=number, piece=piece, etag=A, checksum=value, modified=NOW))
    whole = checksums.ALGORITHMS["crc64nvme"].begin()
    whole.update(b"".join(texts))
    found = multipart.checksum(upload("k", 1, "crc64nvme", "FULL_OBJECT"), parts, {})
    assert found == Checksum.of("crc64nvme", whole.digest())


@given(st.lists(st.binary(max_size=5), max_size=6), st.integers(0, 30), st.integers(0, 30))
def test_a_cut_is_a_slice(texts: list[bytes], first: int, end: int) -> None:
    """Any range of the pieces is that range of their bytes together."""
    by_blob = {str(number): text for number, text in enumerate(texts)}
    pieces = [Piece(blob=name, size=len(text), sha256="") for name, text in by_blob.items()]
    whole = b"".join(texts)
    assert size_of(pieces) == len(whole)
    wanted = Slice(min(first, len(whole)), min(end, len(whole)))
    cuts = list(cut(pieces, wanted))
    assert all(one.first < one.end for one in cuts)
    got = b"".join(by_blob[one.piece.blob][one.first : one.end] for one in cuts)
    assert got == whole[wanted.first : wanted.end]


# --- uploads under way ----------------------------------------------------------------------------

KEYS = st.text("ab/", min_size=1, max_size=4)


@given(
    st.lists(KEYS, max_size=12), st.sampled_from(["", "a", "a/"]), st.sampled_from(["", "/", "b"]),
    st.integers(1, 4),
)  # fmt: skip
def test_pages_of_uploads(keys: list[str], prefix: str, delimiter: str, most: int) -> None:
    """All pages together show every upload or its prefix, once and in order."""
    begun = sorted((upload(key, n) for n, key in enumerate(keys)), key=_place)
    shown: list[Place] = []
    prefixes: list[str] = []
    ask = Ask(prefix=prefix, delimiter=delimiter, most=most)
    for _ in range(len(keys) + 1):
        page = uploads.page(ask, lambda *span: _fetch(begun, *span))
        assert len(page.uploads) + len(page.prefixes) <= most
        shown += [_place(one) for one in page.uploads]
        prefixes += page.prefixes
        if page.last is None:
            break
        ask = Ask(prefix=prefix, delimiter=delimiter, most=most, key=page.last[0], id=page.last[1])
    wanted, common = _folded(begun, prefix, delimiter)
    assert (shown, prefixes) == (wanted, common)


def _place(one: Upload) -> Place:
    return one.wish.key, one.id


def _fetch(begun: Sequence[Upload], after: Place, end: str, most: int) -> Sequence[Upload]:
    found = [one for one in begun if _place(one) > after and (not end or one.wish.key < end)]
    return found[:most]


def _folded(begun: Sequence[Upload], prefix: str, delimiter: str) -> tuple[list[Place], list[str]]:
    shown, prefixes = [], set()
    for one in begun:
        key = one.wish.key
        if key.startswith(prefix):
            at = key.find(delimiter, len(prefix)) if delimiter else -1
            if at < 0:
                shown.append(_place(one))
            else:
                prefixes.add(key[: at + len(delimiter)])
    return shown, sorted(prefixes)


def test_no_page_of_none() -> None:
    """A page of no uploads is empty and the last."""
    assert uploads.page(Ask(most=0), lambda *span: [upload("k", 1)]) == Page()


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "bucket", "key", "version"),
    [
        ("b/k", "b", "k", ""), ("/b/k", "b", "k", ""), ("b/a%20b%2Fc", "b", "a b/c", ""),
        ("b/%3FversionId", "b", "?versionId", ""), ("b/k?versionId=v", "b", "k", "v"),
        ("b/../k", "b", "../k", ""),
    ],
)  # fmt: skip
def test_sources(header: str, bucket: str, key: str, version: str) -> None:
    """A key is opaque; a version stands behind it."""
    found = copying.origin(header)
    assert (found.target.bucket, found.target.key, found.version) == (bucket, key, version)


@pytest.mark.parametrize(
    "header", ["", "/", "b", "b/", "//k", "b/%ff", "b/%00", "b/k?versionId=", "b/" + "k" * 1025,
               "image/b/k"]
)  # fmt: skip
def test_no_sources(header: str) -> None:
    """What names no object (S-44)."""
    assert code(copying.origin, header) == "InvalidArgument"


def test_ranges_of_sources() -> None:
    """Exactly one, inside the object."""
    assert copying.copied_range(None, 5) is None
    assert copying.copied_range("bytes=0-4", 5) == Slice(0, 5)
    for header in ("0-4", "bytes=0-", "bytes=-4", "bytes=3-1", "bytes=0-1,2-3", "bytes=a-b", ""):
        assert code(copying.copied_range, header, 5) == "InvalidArgument"
    assert code(copying.copied_range, "bytes=0-5", 5) == "InvalidRange"
    assert code(copying.check_size, Slice(0, 5 * 1024**3 + 1)) == "InvalidRequest"
    assert code(copying.replaces, {"x-amz-metadata-directive": "x"}, "metadata") == (
        "InvalidArgument"
    )
