# SPDX-License-Identifier: BSD-2-Clause
"""Messages and attachments told apart, whatever the pieces in which a body comes."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from walrus.core.enclosures import dime, mime
from walrus.core.enclosures.enclosure import Bare, Unwrapping, Wrapped

MESSAGE = b"<soap>\r\n--b\r\n</soap>"
KIND = 'multipart/related; type="text/xml"; start="<message>"; boundary="edge"'
SOAP = b"http://schemas.xmlsoap.org/soap/envelope/"


def whole(wrapped: Wrapped, data: bytes) -> bytes:
    """A body."""
    return wrapped.before + data + wrapped.after


def by_mime(data: bytes) -> tuple[bytes, Unwrapping]:
    """A MIME body and what reads it."""
    wrapped = mime.wrap(MESSAGE, "text/plain", "edge")
    return whole(wrapped, data), mime.MimeUnwrapping(wrapped.content_type)


def by_dime(data: bytes) -> tuple[bytes, Unwrapping]:
    """A DIME body and what reads it."""
    return whole(dime.wrap(MESSAGE, "text/plain", len(data)), data), dime.DimeUnwrapping()


def read(unwrapping: Unwrapping, body: bytes, cuts: list[int] | None = None) -> list[bytes]:
    """The parts of a body that comes in pieces."""
    parts, at = [b"", b""], 0
    for cut in [*sorted(set(cuts or ())), len(body)]:
        for part, run in unwrapping.feed(body[at:cut]):
            parts[part] += run
        at = cut
    unwrapping.finish()
    return parts


TRICKY = st.lists(
    st.sampled_from([b"\r\n", b"--", b"edge", b"\r\n--edg", b"\0", b"x" * 40, b"\r", b"\n-"])
).map(b"".join).filter(lambda data: b"\r\n--edge" not in data)  # fmt: skip


@given(TRICKY, st.lists(st.integers(0, 600), max_size=40))
def test_mime_in_pieces(data: bytes, cuts: list[int]) -> None:
    """Also data that looks like a delimiter for a while."""
    body, unwrapping = by_mime(data)
    assert read(unwrapping, body, [cut for cut in cuts if cut < len(body)]) == [MESSAGE, data]
    assert unwrapping.has_message and unwrapping.has_attachment


@given(st.binary(max_size=200), st.lists(st.integers(0, 400), max_size=40))
def test_dime_in_pieces(data: bytes, cuts: list[int]) -> None:
    """Padding is none of the data."""
    body, unwrapping = by_dime(data)
    assert read(unwrapping, body, [cut for cut in cuts if cut < len(body)]) == [MESSAGE, data]
    assert unwrapping.has_message and unwrapping.has_attachment


@pytest.mark.parametrize("made", [by_mime, by_dime])
def test_a_body_that_is_cut_short_is_refused(
    made: Callable[[bytes], tuple[bytes, Unwrapping]],
) -> None:
    """Wherever it is cut; what stands behind it is refused too."""
    body, _ = made(b"hello")
    for cut in range(len(body) - (2 if made is by_mime else 0)):
        with pytest.raises(Refused):
            read(made(b"hello")[1], body[:cut])
    with pytest.raises(Refused, match="behind"):
        read(made(b"hello")[1], body + b"more")
    assert read(made(b"hello")[1], body) == [MESSAGE, b"hello"]


def test_a_bare_body_is_the_message() -> None:
    """Nothing is attached to it."""
    unwrapping = Bare()
    assert read(unwrapping, MESSAGE) == [MESSAGE, b""]
    assert unwrapping.has_message and not unwrapping.has_attachment


GOOD = b"--edge\r\nContent-ID: <message>\r\n\r\n<a/>\r\n--edge\r\n\r\ndata\r\n--edge--"


def test_mime_as_others_write_it() -> None:
    """A line before the first boundary, headers or none, a last line or none."""
    for kind in (KIND, "multipart/related; boundary=edge"):
        for body in (GOOD, b"\r\n" + GOOD + b"\r\n", b"See MIME\r\n" + GOOD):
            assert read(mime.MimeUnwrapping(kind), body) == [b"<a/>", b"data"]
    alone = mime.MimeUnwrapping(KIND)
    read(alone, GOOD[:42] + b"\r\n--edge--")
    assert alone.has_message and not alone.has_attachment


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", GOOD),
        ("multipart/related; boundary=\"a\nb\"", GOOD),
        (f"multipart/related; boundary={'x' * 71}", GOOD),
        (KIND, b""),
        (KIND, b"x" * 9000),
        (KIND, GOOD.replace(b"<message>", b"<other>")),
        (KIND, GOOD.replace(b"<message>\r\n", b"<message>\r\nx: " + b"y" * 9000)),
        (KIND, GOOD.replace(b"Content-ID", b"Content ID")),
        (KIND, GOOD.replace(b"edge\r\n\r\n", b"edge\r\nContent-Transfer-Encoding: base64\r\n\r\n")),
        (KIND, GOOD[:-2] + b"\r\n\r\nthird\r\n--edge--"),
        (KIND, GOOD.replace(b"--edge\r\n\r\n", b"--edge!\r\n\r\n")),
        (KIND, b"--edge--"),
    ],
)  # fmt: skip
def test_mime_that_is_refused(kind: str, body: bytes) -> None:
    """No boundary, parts out of order, too many, encoded, or without an end."""
    with pytest.raises(Refused) as caught:
        read(mime.MimeUnwrapping(kind), body)
    assert caught.value.refusal.code == "InvalidSOAPRequest"


def record(flags: int, kind: int, name: bytes, data: bytes, version: int = 1) -> bytes:
    """A DIME record."""
    head = struct.pack(">BBHHHI", version << 3 | flags, kind << 4, 0, 0, len(name), len(data))
    padded = [text.ljust((len(text) + 3) & ~3, b"\0") for text in (name, data)]
    return head + b"".join(padded)


FIRST = record(4, 2, SOAP, b"<a/>")


def test_dime_as_others_write_it() -> None:
    """An attachment in pieces, a message in pieces, ids and options, a message alone."""
    pieces = (
        FIRST + record(1, 1, b"a/b", b"abcde") + record(1, 0, b"", b"") + record(2, 0, b"", b"f")
    )
    assert read(dime.DimeUnwrapping(), pieces) == [b"<a/>", b"abcdef"]
    said = record(5, 2, SOAP, b"<a") + record(0, 0, b"", b"/>") + record(2, 4, b"", b"x")
    assert read(dime.DimeUnwrapping(), said) == [b"<a/>", b"x"]
    options = (
        struct.pack(">BBHHHI", 0x0A, 0x10, 5, 3, 3, 1) + b"optio\0\0\0" + b"id1\0a/b\0" + b"x\0\0\0"
    )
    assert read(dime.DimeUnwrapping(), FIRST + options) == [b"<a/>", b"x"]
    alone = dime.DimeUnwrapping()
    read(alone, record(6, 2, SOAP, b"<a/>"))
    assert alone.has_message and not alone.has_attachment


@pytest.mark.parametrize(
    "body",
    [
        b"",
        record(4, 2, SOAP, b"<a/>", version=2),
        record(0, 2, SOAP, b"<a/>"),
        record(4, 1, b"text/xml", b"<a/>"),
        record(4, 2, b"urn:other", b"<a/>"),
        record(7, 2, SOAP, b"<a/>"),
        FIRST + FIRST,
        FIRST + record(2, 0, b"", b"x"),
        FIRST + record(1, 1, b"a/b", b"x") + record(2, 1, b"a/b", b"y"),
        FIRST + record(1, 1, b"a/b", b"x") + record(2, 0, b"a/b", b"y"),
        FIRST + record(0, 1, b"a/b", b"x") + record(2, 1, b"a/b", b"y"),
        struct.pack(">BBHHHI", 0x0C, 0x20, 9999, 0, 0, 0),
        struct.pack(">BBHHHI", 0x0C, 0x21, 0, 0, 0, 0),
    ],
)  # fmt: skip
def test_dime_that_is_refused(body: bytes) -> None:
    """Another version, records out of order, too many, or of an odd kind."""
    with pytest.raises(Refused) as caught:
        read(dime.DimeUnwrapping(), body)
    assert caught.value.refusal.code == "InvalidSOAPRequest"


def test_four_gigabytes_do_not_fit_into_a_record() -> None:
    """Their length has 32 bits."""
    assert dime.fits((1 << 32) - 4) and not dime.fits(1 << 32)
