# SPDX-License-Identifier: BSD-2-Clause
"""Objects attached to messages, both ways, by DIME and by MIME."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import pytest

from tests.walrus.serving import BOB, Served, blocking
from tests.walrus.web.soap.speaking import Reply, message, post
from walrus.core.enclosures import dime, mime
from walrus.core.enclosures.enclosure import Wrapped

WHERE = "<Bucket>bucket</Bucket><Key>k</Key>"
GET = "<GetMetadata>false</GetMetadata><GetData>true</GetData><InlineData>false</InlineData>"
Wrap = Callable[[bytes, bytes], Wrapped]


def by_mime(said: bytes, data: bytes) -> Wrapped:
    """MIME around a message and data."""
    return mime.wrap(said, "text/plain", "edge")


def by_dime(said: bytes, data: bytes) -> Wrapped:
    """DIME around them."""
    return dime.wrap(said, "text/plain", len(data))


BOTH = [pytest.param(by_mime, id="mime"), pytest.param(by_dime, id="dime")]


@pytest.fixture
def bucket(served: Served) -> Served:
    """Alice's, with an object."""
    client = served.boto3()
    blocking(lambda: (
        client.create_bucket(Bucket="bucket"),
        client.put_object(Bucket="bucket", Key="k", Body=b"old"),
    ))  # fmt: skip
    return served


def send(served: Served, wrap: Wrap, said: bytes, data: bytes, cut: int = 0) -> Reply:
    """A message with data attached, perhaps without the last bytes."""
    wrapped = wrap(said, data)
    body = wrapped.before + data + wrapped.after
    return post(served, body[: len(body) - cut], {"Content-Type": wrapped.content_type})


def stored(served: Served) -> bytes:
    """What the object is now."""
    return blocking(lambda: served.boto3().get_object(Bucket="bucket", Key="k")["Body"].read())


def put(length: int) -> bytes:
    """A message that stores what is attached."""
    return message("PutObject", f"{WHERE}<ContentLength>{length}</ContentLength>")


@pytest.mark.parametrize("wrap", BOTH)
@pytest.mark.parametrize("size", [0, 1, 5, 3_000_001])
def test_an_attachment_goes_round(bucket: Served, wrap: Wrap, size: int) -> None:
    """Stored whole; given back as it was sent, for who asks that way."""
    data = bytes(n * 7 & 255 for n in range(size))
    answer = send(bucket, wrap, put(size), data)
    assert answer.text("ETag") == f'"{hashlib.md5(data).hexdigest()}"', answer.why
    assert stored(bucket) == data
    accept = mime.MEDIA_TYPE if wrap is by_mime else dime.MEDIA_TYPE
    got = post(bucket, message("GetObject", WHERE + GET), {"Accept": accept})
    assert got.headers["content-type"].partition(";")[0] == accept
    assert got.attached == data
    assert (got.text("Code"), got.text("Data")) == ("200", "")


def test_dime_is_what_s3_answered(bucket: Served) -> None:
    """To who says nothing, or takes both; a range is attached as well."""
    for accept in ("", "text/*", f"{dime.MEDIA_TYPE}, {mime.MEDIA_TYPE}"):
        got = post(bucket, message("GetObject", WHERE + GET), {"Accept": accept})
        assert got.headers["content-type"] == dime.MEDIA_TYPE
    said = f"{WHERE}{GET}<ByteRangeStart>1</ByteRangeStart>"
    got = post(bucket, message("GetObjectExtended", said))
    assert (got.attached, got.text("Code")) == (b"ld", "206")


@pytest.mark.parametrize("wrap", BOTH)
@pytest.mark.parametrize(
    ("length", "cut", "code"),
    [(6, 0, "IncompleteBody"), (4, 0, "EntityTooLarge"), (5, 3, "InvalidSOAPRequest")],
)
def test_what_is_not_as_promised_is_not_stored(
    bucket: Served, wrap: Wrap, length: int, cut: int, code: str
) -> None:
    """Too long, too short, or cut off; the old object stays."""
    refused = send(bucket, wrap, put(length), b"hello", cut)
    assert (refused.status, refused.code) == (500, code), refused.why
    assert stored(bucket) == b"old"
    assert send(bucket, wrap, put(5), b"hello").status == 200


@pytest.mark.parametrize("wrap", BOTH)
def test_attachments_where_none_belong(bucket: Served, wrap: Wrap) -> None:
    """And messages that promise one and bring none."""
    refused = send(bucket, wrap, message("DeleteObject", WHERE), b"x")
    assert refused.code == "UnexpectedContent"
    assert stored(bucket) == b"old"
    alone = message("PutObject", f"{WHERE}<ContentLength>1</ContentLength>")
    assert post(bucket, alone).code == "MissingAttachment"
    assert send(bucket, wrap, message("ListAllMyBuckets"), b"").code == "UnexpectedContent"


@pytest.mark.parametrize("wrap", BOTH)
def test_who_may_not_is_told_before_the_attachment_is_taken(bucket: Served, wrap: Wrap) -> None:
    """The store is not even asked for a place."""
    names = {path.name for path in bucket.root.rglob("*")}
    said = message("PutObject", f"{WHERE}<ContentLength>3000000</ContentLength>", BOB)
    assert send(bucket, wrap, said, b"x" * 3_000_000).code == "AccessDenied"
    assert {path.name for path in bucket.root.rglob("*")} == names
    assert threading.active_count() < 64


@pytest.mark.parametrize("wrap", BOTH)
def test_a_message_may_not_be_large(bucket: Served, wrap: Wrap) -> None:
    """However much may be attached to it."""
    said = put(1).replace(b"<Bucket>", b" " * (2 << 20) + b"<Bucket>")
    assert send(bucket, wrap, said, b"x").code == "MaxMessageLengthExceeded"


def test_a_body_that_is_none(bucket: Served) -> None:
    """Its parts cannot be told apart."""
    for kind in (dime.MEDIA_TYPE, f"{mime.MEDIA_TYPE}; boundary=x", mime.MEDIA_TYPE):
        assert post(bucket, put(1), {"Content-Type": kind}).code == "InvalidSOAPRequest"
