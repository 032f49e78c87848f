# SPDX-License-Identifier: BSD-2-Clause
"""boto3 works against Walrus unchanged."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.walrus.serving import BOB, Served, blocking


def code_of(work: Any, *args: Any, **more: Any) -> str:
    """The error code that a call ends with."""
    with pytest.raises(ClientError) as caught:
        work(*args, **more)
    return str(caught.value.response["Error"]["Code"])


def test_buckets_come_and_go(served: Served) -> None:
    """Create, list, look at, delete."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.create_bucket(Bucket="first")
        assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["first"]
        assert s3.get_bucket_location(Bucket="first")["LocationConstraint"] is None
        s3.head_bucket(Bucket="first")
        s3.delete_bucket(Bucket="first")
        assert code_of(s3.head_bucket, Bucket="first") == "404"
        assert code_of(s3.delete_bucket, Bucket="first") == "NoSuchBucket"
        assert s3.list_buckets()["Buckets"] == []

    blocking(talk)


def test_objects_come_and_go(served: Served) -> None:
    """Put, get, look at, range, conditions, delete."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        body = b"0123456789" * 1000
        made = s3.put_object(
            Bucket="first", Key="a/b c+d/ü.txt", Body=body, ContentType="text/plain",
            Metadata={"colour": "blue"}, CacheControl="no-cache",
        )  # fmt: skip
        got = s3.get_object(Bucket="first", Key="a/b c+d/ü.txt")
        assert got["Body"].read() == body
        assert (got["ETag"], got["ContentType"]) == (made["ETag"], "text/plain")
        assert (got["Metadata"], got["CacheControl"]) == ({"colour": "blue"}, "no-cache")
        head = s3.head_object(Bucket="first", Key="a/b c+d/ü.txt")
        assert head["ContentLength"] == len(body)
        part = s3.get_object(Bucket="first", Key="a/b c+d/ü.txt", Range="bytes=10-19")
        assert part["Body"].read() == b"0123456789"
        assert part["ContentRange"] == "bytes 10-19/10000"
        same = {"Bucket": "first", "Key": "a/b c+d/ü.txt"}
        assert code_of(s3.get_object, **same, IfNoneMatch=made["ETag"]) == "304"
        assert code_of(s3.get_object, **same, IfMatch='"no"') == "PreconditionFailed"
        assert code_of(s3.get_object, **same, Range="bytes=10000-") == "InvalidRange"
        assert code_of(s3.put_object, **same, Body=b"", IfNoneMatch="*") == "PreconditionFailed"
        assert code_of(s3.delete_bucket, Bucket="first") == "BucketNotEmpty"
        s3.delete_object(**same)
        s3.delete_object(**same)
        assert code_of(s3.get_object, **same) == "NoSuchKey"

    blocking(talk)


def test_big_objects_stream(served: Served) -> None:
    """Several MiB, by every way of signing a body."""
    body = bytes(range(256)) * 4 * 5000
    plain = served.boto3()
    never = served.boto3(request_checksum_calculation="when_required")

    def talk() -> None:
        plain.create_bucket(Bucket="first")
        plain.put_object(Bucket="first", Key="a", Body=io.BytesIO(body))
        never.put_object(Bucket="first", Key="b", Body=io.BytesIO(body))
        for key in "ab":
            assert plain.get_object(Bucket="first", Key=key)["Body"].read() == body

    blocking(talk)


def test_listing_in_pages(served: Served) -> None:
    """Version 1 and 2, prefix and delimiter."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        names = [f"{letter}/{number}" for letter in "abc" for number in range(4)] + ["z\x01z", "zz"]
        for name in names:
            s3.put_object(Bucket="first", Key=name, Body=b"")
        for kind in ("list_objects", "list_objects_v2"):
            pages = list(
                s3.get_paginator(kind).paginate(Bucket="first", PaginationConfig={"PageSize": 3})
            )
            assert [o["Key"] for page in pages for o in page.get("Contents", [])] == names
            folded = list(
                s3.get_paginator(kind).paginate(
                    Bucket="first", Delimiter="/", PaginationConfig={"PageSize": 2}
                )
            )
            prefixes = [p["Prefix"] for page in folded for p in page.get("CommonPrefixes", [])]
            assert prefixes == ["a/", "b/", "c/"]
            assert [o["Key"] for page in folded for o in page.get("Contents", [])] == names[-2:]
        inside = s3.list_objects_v2(Bucket="first", Prefix="b/", FetchOwner=True)
        assert inside["KeyCount"] == 4
        assert inside["Contents"][0]["Owner"]["DisplayName"] == "a"

    blocking(talk)


def test_strangers_see_nothing(served: Served) -> None:
    """What another account owns is refused, except for public reading."""
    alice, bob = served.boto3(), served.boto3(BOB)

    def talk() -> None:
        alice.create_bucket(Bucket="first")
        alice.put_object(Bucket="first", Key="closed", Body=b"x")
        alice.put_object(Bucket="first", Key="open", Body=b"y", ACL="public-read")
        for call, more in (
            (bob.get_object, {"Key": "closed"}), (bob.get_object, {"Key": "missing"}),
            (bob.put_object, {"Key": "open", "Body": b"z"}), (bob.delete_object, {"Key": "open"}),
            (bob.list_objects_v2, {}), (bob.delete_bucket, {}), (bob.get_bucket_acl, {}),
            (bob.get_object_acl, {"Key": "open"}),
        ):  # fmt: skip
            assert code_of(call, Bucket="first", **more) == "AccessDenied"
        assert code_of(bob.create_bucket, Bucket="first") == "BucketAlreadyExists"
        assert bob.get_object(Bucket="first", Key="open")["Body"].read() == b"y"
        with urllib.request.urlopen(f"{served.url}/first/open") as reply:
            assert reply.read() == b"y"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{served.url}/first/closed")

    blocking(talk)


def test_access_control_lists(served: Served) -> None:
    """Canned ACLs are stored and shown."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first", ACL="public-read")
        grants = s3.get_bucket_acl(Bucket="first")["Grants"]
        assert [g["Permission"] for g in grants] == ["READ", "FULL_CONTROL"]
        s3.put_bucket_acl(Bucket="first", ACL="private")
        assert len(s3.get_bucket_acl(Bucket="first")["Grants"]) == 1
        s3.put_object(Bucket="first", Key="k", Body=b"")
        s3.put_object_acl(Bucket="first", Key="k", ACL="authenticated-read")
        uri = s3.get_object_acl(Bucket="first", Key="k")["Grants"][0]["Grantee"]["URI"]
        assert uri.endswith("/AuthenticatedUsers")

    blocking(talk)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_addresses(served: Served, version: str) -> None:
    """Get and put by an address alone; another method or key is refused."""
    s3 = served.boto3(signature_version=version)

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        same = {"Bucket": "first", "Key": "k"}
        put = s3.generate_presigned_url("put_object", Params=same)
        request = urllib.request.Request(put, data=b"hello", method="PUT")
        request.add_header("Content-Type", "")
        urllib.request.urlopen(request).close()
        get = s3.generate_presigned_url("get_object", Params=same)
        with urllib.request.urlopen(get) as reply:
            assert reply.read() == b"hello"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(get.replace("/k?", "/l?"))
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(urllib.request.Request(get, method="DELETE"))

    blocking(talk)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_wrong_secret_shows_what_was_signed(served: Served, version: str) -> None:
    """SignatureDoesNotMatch carries the string to sign."""
    from dataclasses import replace

    wrong = served.boto3(replace(BOB, secret="guess"), signature_version=version)

    def talk() -> dict[str, str]:
        with pytest.raises(ClientError) as caught:
            wrong.list_buckets()
        error: dict[str, str] = caught.value.response["Error"]
        return error

    error = blocking(talk)
    assert error["Code"] == "SignatureDoesNotMatch"
    assert error["StringToSign"] and error["AWSAccessKeyId"] == BOB.key_id


def test_unknown_key(served: Served) -> None:
    """InvalidAccessKeyId."""
    from dataclasses import replace

    s3 = served.boto3(replace(BOB, key_id="NOBODY"))
    assert blocking(lambda: code_of(s3.list_buckets)) == "InvalidAccessKeyId"


def test_limits(served: Served) -> None:
    """Too many buckets, bad names, what is not built."""
    s3 = served.boto3()

    def talk() -> None:
        for number in range(5):
            s3.create_bucket(Bucket=f"bucket-{number}")
        assert code_of(s3.create_bucket, Bucket="bucket-5") == "TooManyBuckets"
        assert code_of(s3.create_bucket, Bucket="image") == "InvalidBucketName"
        bucket = {"Bucket": "bucket-0"}
        assert code_of(s3.list_bucket_analytics_configurations, **bucket) == "NotImplemented"
        metadata = {"a": "x" * 3000}
        assert code_of(s3.put_object, **bucket, Key="k", Metadata=metadata) == "MetadataTooLarge"
        assert code_of(s3.put_object, **bucket, Key="k" * 1025) == "KeyTooLongError"

    blocking(talk)


def test_pages_of_buckets(served: Served) -> None:
    s3 = served.boto3()
    for name in ("one-a", "one-b", "two-a"):
        blocking(partial(s3.create_bucket, Bucket=name))

    def page(**asked: Any) -> tuple[list[str], str | None]:
        found = blocking(partial(s3.list_buckets, **asked))
        return [bucket["Name"] for bucket in found["Buckets"]], found.get("ContinuationToken")

    first, token = page(MaxBuckets=2)
    assert first == ["one-a", "one-b"] and token
    assert page(MaxBuckets=2, ContinuationToken=token) == (["two-a"], None)
    assert page(Prefix="one-") == (["one-a", "one-b"], None)
    assert page(Prefix="%") == ([], None)
    for wrong in ({"MaxBuckets": 100_000}, {"ContinuationToken": "bm90IG1pbmUAeA=="}):
        with pytest.raises(ClientError, match="InvalidArgument"):
            page(**wrong)


def test_a_listing_tells_what_it_was_asked(served: Served) -> None:
    """Clients decode the prefix of the second version only, and send empty tokens."""
    s3 = served.boto3()
    blocking(partial(s3.create_bucket, Bucket="first"))
    blocking(partial(s3.put_object, Bucket="first", Key="\na", ContentEncoding="deflate, gzip"))
    assert blocking(partial(s3.list_objects, Bucket="first", Prefix="\n"))["Prefix"] == "\n"
    second = blocking(
        partial(s3.list_objects_v2, Bucket="first", Prefix="\n", ContinuationToken="")
    )
    assert (second["Prefix"], second["ContinuationToken"]) == ("\n", "")
    assert [one["Key"] for one in second["Contents"]] == ["\na"]
    assert (
        blocking(partial(s3.head_object, Bucket="first", Key="\na"))["ContentEncoding"]
        == "deflate, gzip"
    )


def test_who_waits_is_told_to_go_on_only_when_let_in(served: Served) -> None:
    s3 = served.boto3()
    blocking(partial(s3.create_bucket, Bucket="first"))
    asked = {"Bucket": "first", "Key": "k"}
    url = s3.generate_presigned_url("put_object", Params=asked, ExpiresIn=60)
    host, _, path = url.removeprefix("http://").partition("/")

    def put(target: str) -> bytes:
        more = "Content-Length: 5\nExpect: 100-continue\nConnection: close\n\n"
        return served.raw(f"PUT /{target} HTTP/1.1\nHost: {host}\n{more}")

    anonymous = path.partition("?")[0]
    assert put(anonymous).startswith(b"HTTP/1.1 403"), "nothing of the body has come"
    head = f"PUT /{path} HTTP/1.1\nHost: {host}\nContent-Length: 5\n"
    said = served.raw(f"{head}Expect: 100-continue\nConnection: close\n\n", b"12345")
    assert b"HTTP/1.1 200 " in said
    assert blocking(partial(s3.get_object, **asked))["Body"].read() == b"12345"
