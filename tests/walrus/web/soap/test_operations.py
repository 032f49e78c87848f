# SPDX-License-Identifier: BSD-2-Clause
"""What each operation of S3's SOAP API does, and that REST sees the same."""

from __future__ import annotations

import base64

import pytest

from tests.walrus.serving import Served, blocking
from tests.walrus.web.soap.speaking import ask, message, post

ETAG = '"5d41402abc4b2a76b9719d911017c592"'
HELLO = base64.b64encode(b"hello").decode()


def put(served: Served, key: str = "k", more: str = "", data: bytes = b"hello") -> None:
    """Store an object inline."""
    inside = (
        f"<Bucket>bucket</Bucket><Key>{key}</Key>{more}"
        f"<Data>{base64.b64encode(data).decode()}</Data><ContentLength>{len(data)}</ContentLength>"
    )
    answer = ask(served, "PutObjectInline", inside)
    assert answer.status == 200, answer.why


@pytest.fixture
def bucket(served: Served) -> Served:
    """With a bucket made over SOAP."""
    made = ask(served, "CreateBucket", "<Bucket>bucket</Bucket>")
    assert (made.status, made.text("BucketName")) == (200, "bucket")
    return served


def test_buckets_are_made_listed_and_deleted(bucket: Served) -> None:
    """And their owner is told."""
    listed = ask(bucket, "ListAllMyBuckets")
    assert listed.texts("Name") == ["bucket"]
    assert listed.text("DisplayName") == "a"
    assert blocking(lambda: bucket.boto3().list_buckets()["Buckets"][0]["Name"]) == "bucket"
    gone = ask(bucket, "DeleteBucket", "<Bucket>bucket</Bucket>")
    assert (gone.text("Code"), gone.text("Description")) == ("204", "No Content")
    assert ask(bucket, "ListAllMyBuckets").texts("Name") == []


def test_an_object_goes_round(bucket: Served) -> None:
    """Inline, with metadata that REST sees as headers, and back."""
    metadata = (
        "<Metadata><Name>Content-Type</Name><Value>text/plain</Value></Metadata>"
        "<Metadata><Name>Family</Name><Value>Mütze</Value></Metadata>"
    )
    put(bucket, more=metadata)
    seen = blocking(lambda: bucket.boto3().get_object(Bucket="bucket", Key="k"))
    assert seen["ContentType"] == "text/plain"
    flags = "<GetMetadata>true</GetMetadata><GetData>true</GetData><InlineData>true</InlineData>"
    got = ask(bucket, "GetObject", f"<Bucket>bucket</Bucket><Key>k</Key>{flags}")
    assert base64.b64decode(got.text("Data")) == b"hello"
    assert got.text("ETag") == ETAG
    told = dict(zip(got.texts("Name"), got.texts("Value"), strict=True))
    assert told == {"Content-Type": "text/plain", "family": "Mütze"}
    gone = ask(bucket, "DeleteObject", "<Bucket>bucket</Bucket><Key>k</Key>")
    assert gone.text("Code") == "200"
    assert (
        ask(bucket, "GetObject", f"<Bucket>bucket</Bucket><Key>k</Key>{flags}").code == "NoSuchKey"
    )


def test_messages_pass_as_bytes(bucket: Served) -> None:
    """Nobody may ask nobody."""
    assert post(bucket, message("ListAllMyBuckets", key=None)).code == "AccessDenied"
