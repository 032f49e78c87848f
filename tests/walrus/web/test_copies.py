# SPDX-License-Identifier: BSD-2-Clause
"""Copies, by boto3: of objects and versions, whole and in parts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.walrus.serving import BOB, Served, blocking
from tests.walrus.web.test_boto3 import code_of

SOURCE = {"Bucket": "first", "Key": "from"}
BODY = b"0123456789" * 30_000


def filled(served: Served) -> Any:
    """Alice, with an object to be copied."""
    s3 = served.boto3()
    s3.create_bucket(Bucket="first")
    s3.put_object(
        **SOURCE, Body=BODY, ContentType="text/plain", Metadata={"colour": "blue"}, Tagging="a=b"
    )
    return s3


def test_everything_goes_along(served: Served) -> None:
    """But the ACL; a file of its own keeps it from the fate of its source."""

    def talk() -> None:
        s3 = filled(served)
        s3.put_object_acl(**SOURCE, ACL="public-read")
        s3.create_bucket(Bucket="second")
        made = s3.copy_object(Bucket="second", Key="to", CopySource=SOURCE)
        etag = s3.head_object(**SOURCE)["ETag"]
        assert made["CopyObjectResult"]["ETag"] == etag
        s3.delete_object(**SOURCE)
        got = s3.get_object(Bucket="second", Key="to")
        assert got["Body"].read() == BODY
        assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"colour": "blue"})
        assert got["TagCount"] == 1
        assert len(s3.get_object_acl(Bucket="second", Key="to")["Grants"]) == 1

    blocking(talk)


def test_what_is_replaced(served: Served) -> None:
    """Metadata, tags, checksums: by the request's."""

    def talk() -> None:
        s3 = filled(served)
        s3.copy_object(
            Bucket="first", Key="to", CopySource=SOURCE, MetadataDirective="REPLACE",
            TaggingDirective="REPLACE", Tagging="c=d&e=f", Metadata={"size": "big"},
            ChecksumAlgorithm="SHA256",
        )  # fmt: skip
        got = s3.head_object(Bucket="first", Key="to", ChecksumMode="ENABLED")
        assert (got["Metadata"], got["ContentType"]) == ({"size": "big"}, "binary/octet-stream")
        assert got["ChecksumSHA256"]
        tags = s3.get_object_tagging(Bucket="first", Key="to")["TagSet"]
        assert [tag["Key"] for tag in tags] == ["c", "e"]
        s3.copy_object(**SOURCE, CopySource=SOURCE, MetadataDirective="REPLACE", Metadata={})
        assert s3.head_object(**SOURCE)["Metadata"] == {}

    blocking(talk)


def test_older_versions(served: Served) -> None:
    """An older version of a key becomes the newest one again."""

    def talk() -> None:
        s3 = filled(served)
        enabled = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="first", VersioningConfiguration=enabled)
        old = s3.put_object(**SOURCE, Body=b"old")["VersionId"]
        s3.put_object(**SOURCE, Body=b"new")
        made = s3.copy_object(**SOURCE, CopySource={**SOURCE, "VersionId": old})
        assert made["CopySourceVersionId"] == old and made["VersionId"] != old
        assert s3.get_object(**SOURCE)["Body"].read() == b"old"
        s3.delete_object(**SOURCE)
        again = {"Bucket": "first", "Key": "to", "CopySource": SOURCE}
        assert code_of(s3.copy_object, **again) == "NoSuchKey"

    blocking(talk)


def test_conditions(served: Served) -> None:
    """On the source, and on what is replaced."""
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)

    def talk() -> None:
        s3 = filled(served)
        etag = s3.head_object(**SOURCE)["ETag"]
        to: dict[str, Any] = {"Bucket": "first", "Key": "to", "CopySource": SOURCE}
        for wrong in (
            {"CopySourceIfMatch": "x"}, {"CopySourceIfNoneMatch": etag},
            {"CopySourceIfUnmodifiedSince": long_ago},
            {"CopySourceIfModifiedSince": datetime(2100, 1, 1, tzinfo=UTC)},
        ):  # fmt: skip
            assert code_of(s3.copy_object, **to, **wrong) == "PreconditionFailed"
        s3.copy_object(**to, CopySourceIfMatch=etag, CopySourceIfModifiedSince=long_ago)
        assert code_of(s3.copy_object, **to, IfNoneMatch="*") == "PreconditionFailed"

    blocking(talk)


def test_parts_from_ranges(served: Served) -> None:
    """Of an object in parts too, which becomes one in one piece when it is copied whole."""

    def talk() -> None:
        s3 = filled(served)
        big = b"x" * (5 << 20)
        s3.put_object(Bucket="first", Key="big", Body=big)
        where = {"Bucket": "first", "Key": "to"}
        upload = s3.create_multipart_upload(**where)["UploadId"]
        parts = []
        for number, more in (
            (1, {"CopySource": {"Bucket": "first", "Key": "big"}}),
            (2, {"CopySource": SOURCE, "CopySourceRange": "bytes=10-12"}),
        ):  # fmt: skip
            copied = s3.upload_part_copy(**where, UploadId=upload, PartNumber=number, **more)
            parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
        done = {"Parts": parts}
        s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=done)
        assert s3.get_object(**where)["Body"].read() == big + b"012"
        s3.copy_object(Bucket="first", Key="whole", CopySource=where)
        got = s3.get_object(Bucket="first", Key="whole")
        assert got["Body"].read() == big + b"012" and "-" not in got["ETag"]

    blocking(talk)


TO = {"Bucket": "first", "Key": "to"}
ABUSES: dict[str, tuple[str, dict[str, Any]]] = {
    "path that climbs": ("NoSuchBucket", {"CopySource": "../../etc/passwd"}),
    "no key": ("InvalidArgument", {"CopySource": "first/"}),
    "unknown version": (
        "NoSuchVersion", {"CopySource": f"first/from?versionId={'0' * 16}"}
    ),
    "no version": ("InvalidArgument", {"CopySource": "first/from?versionId=../x"}),
    "no such object": ("NoSuchKey", {"CopySource": "first/none"}),
    "onto itself": ("InvalidRequest", {"CopySource": SOURCE, "Key": "from"}),
    "unknown directive": ("InvalidArgument", {"CopySource": SOURCE, "MetadataDirective": "X"}),
    "unknown checksum": ("InvalidRequest", {"CopySource": SOURCE, "ChecksumAlgorithm": "X"}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("says", "more"), [pytest.param(*row, id=f"S-44 {name}") for name, row in ABUSES.items()]
)
def test_abuse_of_copies(served: Served, says: str, more: dict[str, Any]) -> None:
    """Refused, nothing is made; the unmodified twin is."""

    def talk() -> None:
        s3 = filled(served)
        assert code_of(s3.copy_object, **{**TO, **more}) == says
        assert s3.list_objects_v2(Bucket="first")["KeyCount"] == 1
        s3.copy_object(**TO, CopySource=SOURCE)

    blocking(talk)


def test_s44_sources_of_others(served: Served) -> None:
    """What may not be read may not be copied, neither whole nor in part."""

    def talk() -> None:
        alice, bob = filled(served), served.boto3(BOB)
        bob.create_bucket(Bucket="bobs")
        to = {"Bucket": "bobs", "Key": "to"}
        assert code_of(bob.copy_object, **to, CopySource=SOURCE) == "AccessDenied"
        part = {**to, "UploadId": bob.create_multipart_upload(**to)["UploadId"], "PartNumber": 1}
        assert code_of(bob.upload_part_copy, **part, CopySource=SOURCE) == "AccessDenied"
        wrong = {"CopySource": SOURCE, "CopySourceRange": "bytes=0-"}
        alice.put_object_acl(**SOURCE, ACL="public-read")
        assert code_of(bob.upload_part_copy, **part, **wrong) == "InvalidArgument"
        gone = {"CopySource": SOURCE, "CopySourceRange": f"bytes=0-{len(BODY)}"}
        assert code_of(bob.upload_part_copy, **part, **gone) == "InvalidRange"
        assert "Parts" not in bob.list_parts(**to, UploadId=part["UploadId"])
        bob.copy_object(**to, CopySource=SOURCE)
        assert bob.get_object(**to)["Body"].read() == BODY

    blocking(talk)
