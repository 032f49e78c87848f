# SPDX-License-Identifier: BSD-2-Clause
"""What each operation of S3's SOAP API does, that REST sees the same, and what it refuses.

Every answer is checked against the published schema (``speaking.Reply``).
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.walrus.serving import BOB, Served, blocking
from tests.walrus.web.soap.speaking import (
    ALL,
    ETAG,
    WHERE,
    ask,
    inline,
    message,
    metadata,
    post,
)
from walrus.core.keys import SOAP_MOUNTS
from walrus.core.soap.wishes import LARGEST_INLINE


def instant(seconds: float) -> str:
    """A time so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_buckets_are_made_listed_and_deleted(served: Served) -> None:
    """And their owner is told."""
    assert ask(served, "CreateBucket", "<Bucket>bucket</Bucket>").status == 200
    listed = ask(served, "ListAllMyBuckets")
    assert listed.texts("Name") == ["bucket"]
    assert listed.text("DisplayName") == "a"
    assert blocking(lambda: served.boto3().list_buckets()["Buckets"][0]["Name"]) == "bucket"
    gone = ask(served, "DeleteBucket", "<Bucket>bucket</Bucket>")
    assert (gone.text("Code"), gone.text("Description")) == ("204", "No Content")
    assert ask(served, "ListAllMyBuckets").texts("Name") == []


def test_both_paths_are_one_service(bucket: Served) -> None:
    """With a slash behind them or without."""
    for path in (*SOAP_MOUNTS, SOAP_MOUNTS[1] + "/"):
        listed = post(bucket, message("ListAllMyBuckets"), path=path)
        assert listed.texts("Name") == ["bucket"]


def test_metadata_goes_round(bucket: Served) -> None:
    """Headers in REST, pairs in SOAP; what is beyond ASCII travels as UTF-8."""
    said = metadata(Content_Type="text/html", Family="Mütze", Expires="never") + metadata(
        family="x"
    )
    assert ask(bucket, "PutObjectInline", inline(b"hello", said)).status == 200
    seen = blocking(lambda: bucket.boto3().get_object(Bucket="bucket", Key="k"))
    assert seen["ContentType"] == "text/html"
    got = ask(bucket, "GetObject", WHERE + ALL)
    told = dict(zip(got.texts("Name"), got.texts("Value"), strict=True))
    assert told == {"Content-Type": "text/html", "Expires": "never", "family": "Mütze,x"}


def test_get_gives_what_is_wanted(bucket: Served) -> None:
    """Metadata, data, both, or neither; data that is not there is null."""
    got = ask(bucket, "GetObject", WHERE + ALL)
    assert base64.b64decode(got.text("Data")) == b"hello"
    assert (got.text("Code"), got.text("ETag")) == ("200", ETAG)
    nothing = ask(bucket, "GetObject", WHERE + ALL.replace("true", "false"))
    assert (nothing.text("Data"), nothing.texts("Name")) == ("", [])
    assert nothing.text("ETag") == ETAG
    empty = ask(bucket, "PutObjectInline", inline(b""))
    assert empty.status == 200
    assert base64.b64decode(ask(bucket, "GetObject", WHERE + ALL).text("Data")) == b""


def test_the_time_told_at_put_is_the_time_listed(bucket: Served) -> None:
    """To the millisecond."""
    put = ask(bucket, "PutObjectInline", inline(b"x"))
    listed = ask(bucket, "ListBucket", "<Bucket>bucket</Bucket>")
    assert put.text("LastModified") == listed.text("LastModified")


def extended(more: str) -> str:
    """What GetObjectExtended says; PAST and SOON are an hour ago and in an hour."""
    return WHERE + ALL + more.replace("PAST", instant(-3600)).replace("SOON", instant(3600))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("<ByteRangeStart>1</ByteRangeStart><ByteRangeEnd>3</ByteRangeEnd>", b"ell"),
        ("<ByteRangeStart>3</ByteRangeStart>", b"lo"),
        ("<ByteRangeEnd>0</ByteRangeEnd>", b"h"),
        (f"<IfMatch>{ETAG}</IfMatch><IfMatch>other</IfMatch>", b"hello"),
        ("<IfNoneMatch>other</IfNoneMatch>", b"hello"),
        ("<IfModifiedSince>PAST</IfModifiedSince>", b"hello"),
        ("<IfUnmodifiedSince>SOON</IfUnmodifiedSince>", b"hello"),
        ("<ByteRangeStart>1</ByteRangeStart><IfMatch>other</IfMatch>"
         "<ReturnCompleteObjectOnConditionFailure>true</ReturnCompleteObjectOnConditionFailure>",
         b"hello"),
        (f"<ByteRangeStart>1</ByteRangeStart><IfMatch>{ETAG}</IfMatch>"
         "<ReturnCompleteObjectOnConditionFailure>1</ReturnCompleteObjectOnConditionFailure>",
         b"ello"),
    ],
)  # fmt: skip
def test_ranges_and_conditions(bucket: Served, more: str, expected: bytes) -> None:
    """As REST's headers have them."""
    got = ask(bucket, "GetObjectExtended", extended(more))
    assert base64.b64decode(got.text("Data")) == expected
    assert got.text("Code") == ("206" if len(expected) < 5 else "200")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("<IfMatch>other</IfMatch>", "PreconditionFailed"),
        ("<IfUnmodifiedSince>PAST</IfUnmodifiedSince>", "PreconditionFailed"),
        ("<IfMatch>other</IfMatch><ReturnCompleteObjectOnConditionFailure>true"
         "</ReturnCompleteObjectOnConditionFailure>", "PreconditionFailed"),
        ("<ByteRangeStart>9</ByteRangeStart>", "InvalidRange"),
        ("<ByteRangeStart>-1</ByteRangeStart>", "InvalidArgument"),
        ("<ByteRangeStart>3</ByteRangeStart><ByteRangeEnd>2</ByteRangeEnd>", "InvalidArgument"),
        ("<IfMatch>a\"b</IfMatch>", "InvalidArgument"),
        ("<IfMatch>x</IfMatch>" * 101, "InvalidSOAPRequest"),
    ],
)  # fmt: skip
def test_conditions_that_fail(bucket: Served, more: str, code: str) -> None:
    """And ranges that are none."""
    refused = ask(bucket, "GetObjectExtended", extended(more))
    assert (refused.status, refused.code) == (500, code), refused.why


def test_what_did_not_change_is_not_sent(bucket: Served) -> None:
    """The status says so."""
    got = ask(bucket, "GetObjectExtended", extended(f"<IfNoneMatch>{ETAG}</IfNoneMatch>"))
    assert (got.text("Code"), got.text("Description")) == ("304", "Not Modified")
    assert got.text("Data") == ""


def test_pages_of_a_bucket(bucket: Served) -> None:
    """Prefix, marker, delimiter, and how many."""
    for key in ("a/1", "a/2", "b/1", "c"):
        where = f"<Bucket>bucket</Bucket><Key>{key}</Key>"
        assert ask(bucket, "PutObjectInline", inline(b"1", where=where)).status == 200
    said = "<Bucket>bucket</Bucket><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter>"
    first = ask(bucket, "ListBucket", said)
    assert first.texts("Prefix") == ["None", "a/", "b/"]
    assert (first.text("IsTruncated"), first.text("NextMarker")) == ("true", "b/")
    rest = ask(bucket, "ListBucket", f"{said}<Marker>b/</Marker>")
    assert rest.texts("Key") == ["c", "k"]
    under = ask(bucket, "ListBucket", "<Bucket>bucket</Bucket><Prefix>a/</Prefix>")
    assert (under.texts("Key"), under.texts("Size")) == (["a/1", "a/2"], ["1", "1"])
    assert under.texts("StorageClass") == ["STANDARD", "STANDARD"]


ODD = "ä+ b?%20"


def copy(more: str = "", key: str = "k") -> str:
    """What CopyObject says."""
    source = f"<SourceBucket>bucket</SourceBucket><SourceKey>{key}</SourceKey>"
    target = f"<DestinationBucket>bucket</DestinationBucket><DestinationKey>{ODD}</DestinationKey>"
    return source + target + more


def test_copies(bucket: Served) -> None:
    """With the metadata of the source or of the request; conditions are on the source."""
    where = f"<Bucket>bucket</Bucket><Key>{ODD}</Key>"
    assert ask(bucket, "CopyObject", copy()).text("ETag") == ETAG
    assert ask(bucket, "GetObject", where + ALL).texts("Value") == ["text/plain"]
    # What has an odd name is found again as a source.
    odd = copy(key=ODD).replace(f"<DestinationKey>{ODD}", "<DestinationKey>x")
    assert ask(bucket, "CopyObject", odd).text("ETag") == ETAG
    replaced = "<MetadataDirective>REPLACE</MetadataDirective>" + metadata(Content_Type="text/x")
    assert ask(bucket, "CopyObject", copy(replaced)).status == 200
    assert ask(bucket, "GetObject", where + ALL).texts("Value") == ["text/x"]
    refused = ask(bucket, "CopyObject", copy("<CopySourceIfMatch>other</CopySourceIfMatch>"))
    assert refused.code == "PreconditionFailed"
    assert ask(bucket, "CopyObject", copy(key="absent")).code == "NoSuchKey"
    assert ask(bucket, "CopyObject", copy(), BOB).code == "AccessDenied"


def test_deletion(bucket: Served) -> None:
    """Of what is there and of what is not."""
    for _ in range(2):
        gone = ask(bucket, "DeleteObject", WHERE)
        assert (gone.text("Code"), gone.text("Description")) == ("200", "OK")
    refused = ask(bucket, "GetObject", WHERE + ALL)
    assert refused.code == "NoSuchKey"
    assert refused.content.findtext("detail/Resource") == "/bucket/k"
    assert refused.content.findtext("detail/RequestId") == refused.headers["x-amz-request-id"]
    assert refused.content.findtext("faultcode") == "soapenv:Client.NoSuchKey"


BIG = base64.b64encode(b"x" * (LARGEST_INLINE + 1)).decode()


@pytest.mark.parametrize(
    ("operation", "inside", "code"),
    [
        # An empty name must not mean the thing above it.
        ("DeleteObject", "<Bucket>bucket</Bucket><Key></Key>", "UserKeyMustBeSpecified"),
        ("PutObjectInline", inline(b"x", where="<Bucket>bucket</Bucket><Key/>"),
         "UserKeyMustBeSpecified"),
        ("CopyObject", copy(key=""), "UserKeyMustBeSpecified"),
        ("DeleteBucket", "<Bucket></Bucket>", "InvalidBucketName"),
        ("ListBucket", "<Bucket/>", "InvalidBucketName"),
        ("DeleteObject", f"<Bucket>bucket</Bucket><Key>{'ä' * 513}</Key>", "KeyTooLongError"),
        ("CreateBucket", "<Bucket>soap</Bucket>", "InvalidBucketName"),
        ("ListBucket", "<Bucket>absent</Bucket>", "NoSuchBucket"),
        ("ListBucket", "<Bucket>bucket</Bucket><MaxKeys>-1</MaxKeys>", "InvalidArgument"),
        ("PutObjectInline", f"{WHERE}<Data>{BIG}</Data><ContentLength>{LARGEST_INLINE + 1}"
         "</ContentLength>", "InlineDataTooLarge"),
        ("PutObjectInline", inline(b"hello", length=6), "InvalidArgument"),
        ("PutObjectInline", f"{WHERE}<Data>!</Data><ContentLength>0</ContentLength>",
         "InvalidSOAPRequest"),
        ("PutObjectInline", f"{WHERE}<Data>aGVsbG8=</Data>", "InvalidSOAPRequest"),
        ("PutObjectInline", inline(b"x", metadata(a="x" * 3000)), "MetadataTooLarge"),
        ("PutObjectInline", inline(b"x", metadata(a="1") * 101), "InvalidSOAPRequest"),
        ("PutObjectInline", inline(b"x", "<Metadata><Name>a b</Name><Value>1</Value></Metadata>"),
         "InvalidArgument"),
        ("PutObjectInline", inline(b"x", "<Metadata><Name>a:\nx</Name><Value>1</Value></Metadata>"),
         "InvalidArgument"),
        ("PutObjectInline", inline(b"x", metadata(a="1&#13;&#10;Set-Cookie: x")),
         "InvalidArgument"),
        ("PutObjectInline", inline(b"x", "<StorageClass>REDUCED_REDUNDANCY</StorageClass>"),
         "InvalidStorageClass"),
        ("PutObjectInline", inline(b"x", "<StorageClass>GOLD</StorageClass>"),
         "InvalidSOAPRequest"),
        ("PutObject", f"{WHERE}<ContentLength>0</ContentLength>", "MissingAttachment"),
        ("PutObject", f"{WHERE}<ContentLength>-1</ContentLength>", "InvalidArgument"),
        ("GetObject", WHERE, "InvalidSOAPRequest"),
        ("GetObject", WHERE + ALL + "<Sort>up</Sort>", "InvalidSOAPRequest"),
        ("DeleteBucket", "<Bucket>bucket</Bucket>", "BucketNotEmpty"),
        ("ListBuckets", "", "InvalidSOAPRequest"),
    ],
)  # fmt: skip
def test_what_is_refused(bucket: Served, operation: str, inside: str, code: str) -> None:
    """By S3's codes, with nothing changed."""
    refused = ask(bucket, operation, inside)
    assert (refused.status, refused.code) == (500, code), refused.why
    listed = blocking(lambda: bucket.boto3().list_objects_v2(Bucket="bucket"))
    assert [(one["Key"], one["ETag"]) for one in listed["Contents"]] == [("k", ETAG)]


def test_large_data_is_not_told_inline(bucket: Served) -> None:
    """It is attached, or got by REST; 1 MiB is not large."""
    for size, code in ((LARGEST_INLINE, ""), (LARGEST_INLINE + 1, "InlineDataTooLarge")):
        data = b"x" * size
        blocking(lambda data=data: bucket.boto3().put_object(Bucket="bucket", Key="k", Body=data))
        assert ask(bucket, "GetObject", WHERE + ALL).code == code
    assert ask(bucket, "PutObjectInline", inline(b"y" * LARGEST_INLINE)).status == 200


GOOD = "a good message"
NO_MESSAGE: dict[str, tuple[dict[str, str], str, bytes | str, str]] = {
    "GET": ({}, "GET", b"", "MethodNotAllowed"),
    "PUT": ({}, "PUT", GOOD, "MethodNotAllowed"),
    "gzip": ({"Content-Encoding": "gzip"}, "POST", GOOD, "InvalidSOAPRequest"),
    "SOAP 1.2": ({"Content-Type": "application/soap+xml"}, "POST", GOOD, "InvalidSOAPRequest"),
    "nothing": ({}, "POST", b"", "InvalidSOAPRequest"),
    "no XML": ({}, "POST", b"<a", "InvalidSOAPRequest"),
    "too long": ({}, "POST", b"<a>" + b"x" * (2 << 20), "MaxMessageLengthExceeded"),
    "too many": ({}, "POST", b"<a>" + b"<b/>" * 60_000 + b"</a>", "MaxMessageLengthExceeded"),
}


@pytest.mark.parametrize("name", NO_MESSAGE)
def test_what_is_no_message(served: Served, name: str) -> None:
    """A fault all the same, and no bucket of this name is meant."""
    headers, method, body, code = NO_MESSAGE[name]
    document = message("ListAllMyBuckets") if isinstance(body, str) else body
    refused = post(served, document, headers, method=method)
    assert (refused.status, refused.code) == (500, code), refused.why


def test_the_wsdl_is_given(served: Served) -> None:
    """With the address that was asked."""
    got = post(served, b"", path=SOAP_MOUNTS[1] + "?wsdl", method="GET")
    assert f'location="http://127.0.0.1:{served.port}{SOAP_MOUNTS[1]}"'.encode() in got.body
