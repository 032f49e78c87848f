# SPDX-License-Identifier: BSD-2-Clause
"""Objects put in parts, by boto3."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.walrus.serving import BOB, Served, blocking
from tests.walrus.web.test_boto3 import code_of

MIB = 1 << 20
BIG, SMALL = b"ab" * (5 * MIB // 2), b"the end"
WHERE = {"Bucket": "first", "Key": "k"}


class Sending:
    """One upload of Alice's to first/k; every call blocks."""

    def __init__(self, served: Served) -> None:
        self.s3 = served.boto3(max_pool_connections=8)
        self.s3.create_bucket(Bucket="first")
        self.id = str(self.s3.create_multipart_upload(**WHERE)["UploadId"])
        self.listed: list[dict[str, Any]] = []

    def part(self, number: int, body: bytes) -> None:
        """Send a part and list it."""
        sent = self.s3.upload_part(**WHERE, UploadId=self.id, PartNumber=number, Body=body)
        self.listed.append({"PartNumber": number, "ETag": sent["ETag"]})

    def complete(self, **more: Any) -> Any:
        """Complete the upload with the parts as listed."""
        asked: dict[str, Any] = {**WHERE, "UploadId": self.id} | more
        return self.s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": self.listed})

    def read(self, **more: Any) -> bytes:
        """The object's bytes."""
        return bytes(self.s3.get_object(**WHERE, **more)["Body"].read())


def files(served: Served) -> int:
    """How many files the store has, once what is doomed has gone."""
    return len(list((served.root / "objects").glob("*/*")))


def test_parts_become_an_object(served: Served) -> None:
    """Where they are; it has a tag of its own; ranges run across them; parts are read by number."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(2, SMALL)
        sending.part(1, BIG)
        sending.listed.reverse()
        assert code_of(sending.s3.get_object, **WHERE) == "NoSuchKey"
        made = sending.complete()
        digests = hashlib.md5(BIG).digest() + hashlib.md5(SMALL).digest()
        assert made["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
        assert sending.read() == BIG + SMALL
        assert files(served) == 2
        head = sending.s3.head_object(**WHERE)
        assert (head["ContentLength"], head["ETag"]) == (len(BIG + SMALL), made["ETag"])
        across = f"bytes={len(BIG) - 2}-{len(BIG) + 2}"
        assert sending.read(Range=across) == b"abthe"
        assert sending.read(Range="bytes=-3") == b"end"
        second = sending.s3.get_object(**WHERE, PartNumber=2)
        assert (second["Body"].read(), second["PartsCount"]) == (SMALL, 2)
        assert code_of(sending.s3.get_object, **WHERE, PartNumber=3) == "InvalidPart"
        both = {"PartNumber": 1, "Range": "bytes=0-1"}
        assert code_of(sending.s3.get_object, **WHERE, **both) == "InvalidRequest"
        sending.s3.delete_object(**WHERE)

    blocking(talk)
    assert _gone(served)


def _gone(served: Served) -> bool:
    """Whether every file goes in a while."""

    def look() -> None:
        for _ in range(200):
            if not files(served):
                return
            served.boto3().list_buckets()

    blocking(look)
    return not files(served)


def test_what_the_request_said_is_the_objects(served: Served) -> None:
    """Type, metadata, tags and ACL of the first request; a checksum over all parts."""

    def talk() -> None:
        s3 = served.boto3()
        s3.create_bucket(Bucket="first")
        begun = s3.create_multipart_upload(
            **WHERE, ContentType="text/plain", Metadata={"colour": "blue"}, Tagging="a=b",
            ACL="public-read", CacheControl="no-cache", ChecksumAlgorithm="SHA256",
        )  # fmt: skip
        more = {**WHERE, "UploadId": begun["UploadId"], "PartNumber": 1}
        wrong = s3.upload_part
        assert code_of(wrong, **more, Body=b"x", ChecksumAlgorithm="SHA1") == "InvalidRequest"
        sent = s3.upload_part(**more, Body=b"hello", ChecksumAlgorithm="SHA256")
        (listed,) = s3.list_parts(**WHERE, UploadId=begun["UploadId"])["Parts"]
        assert listed["ChecksumSHA256"] == sent["ChecksumSHA256"]
        part = {"PartNumber": 1, "ETag": sent["ETag"], "ChecksumSHA256": sent["ChecksumSHA256"]}
        made = s3.complete_multipart_upload(
            **WHERE, UploadId=begun["UploadId"], MultipartUpload={"Parts": [part]}
        )
        got = s3.get_object(**WHERE, ChecksumMode="ENABLED")
        assert got["Body"].read() == b"hello"
        assert (got["ContentType"], got["CacheControl"]) == ("text/plain", "no-cache")
        assert (got["Metadata"], got["TagCount"]) == ({"colour": "blue"}, 1)
        assert got["ChecksumSHA256"] == made["ChecksumSHA256"]
        assert got["ChecksumSHA256"].endswith("-1") and got["ChecksumType"] == "COMPOSITE"
        assert len(s3.get_object_acl(**WHERE)["Grants"]) == 2

    blocking(talk)


def test_a_part_sent_again_replaces_the_first(served: Served) -> None:
    """And its bytes go."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(1, b"first")
        sending.part(1, b"second")
        sending.complete()
        assert sending.read() == b"second"

    blocking(talk)


def test_aborted_uploads_leave_nothing(served: Served) -> None:
    """Neither do those to a bucket that is deleted."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(1, b"x")
        sending.s3.abort_multipart_upload(**WHERE, UploadId=sending.id)
        assert code_of(sending.part, 2, b"y") == "NoSuchUpload"
        assert code_of(sending.complete) == "NoSuchUpload"
        again = sending.s3.create_multipart_upload(**WHERE)["UploadId"]
        sending.s3.upload_part(**WHERE, UploadId=again, PartNumber=1, Body=b"z")
        sending.s3.delete_bucket(Bucket="first")

    blocking(talk)
    assert _gone(served)


def test_completed_twice_is_completed_once(served: Served) -> None:
    """The same answer, as long as the object is there."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(1, b"x")
        assert sending.complete()["ETag"] == sending.complete()["ETag"]
        sending.s3.put_object(**WHERE, Body=b"y")
        assert code_of(sending.complete) == "NoSuchUpload"
        assert sending.read() == b"y"

    blocking(talk)


def test_completing_on_a_condition(served: Served) -> None:
    """What is refused leaves the upload as it was."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(1, b"x")
        assert code_of(sending.complete, IfMatch="*") == "NoSuchKey"
        sending.s3.put_object(**WHERE, Body=b"old")
        assert code_of(sending.complete, IfNoneMatch="*") == "PreconditionFailed"
        assert sending.read() == b"old"
        wrong = {"MpuObjectSize": 5}
        assert code_of(sending.complete, **wrong) == "InvalidRequest"
        sending.complete(IfMatch="*", MpuObjectSize=1)
        assert sending.read() == b"x"

    blocking(talk)


# --- lists ----------------------------------------------------------------------------------------


def test_pages_of_parts(served: Served) -> None:
    """In order, so many at once."""

    def talk() -> None:
        sending = Sending(served)
        for number in (7, 3, 10_000):
            sending.part(number, b"x" * number)
        more: dict[str, Any] = {**WHERE, "UploadId": sending.id, "MaxParts": 2}
        first = sending.s3.list_parts(**more)
        assert [(p["PartNumber"], p["Size"]) for p in first["Parts"]] == [(3, 3), (7, 7)]
        assert first["IsTruncated"] and first["NextPartNumberMarker"] == 7
        last = sending.s3.list_parts(**more, PartNumberMarker=7)
        assert [p["PartNumber"] for p in last["Parts"]] == [10_000] and not last["IsTruncated"]
        assert code_of(sending.s3.list_parts, **{**more, "Key": "other"}) == "NoSuchUpload"
        assert code_of(sending.s3.list_parts, **(more | {"MaxParts": -1})) == "InvalidArgument"
        wrong = more | {"PartNumberMarker": -1}
        assert code_of(sending.s3.list_parts, **wrong) == "InvalidArgument"

    blocking(talk)


def test_pages_of_uploads(served: Served) -> None:
    """By key, then by time; folded at a delimiter."""

    def talk() -> None:
        s3 = served.boto3()
        s3.create_bucket(Bucket="first")
        ids = [
            s3.create_multipart_upload(Bucket="first", Key=key)["UploadId"]
            for key in ("b", "a/ü", "a/x", "b", "c")
        ]
        found = s3.list_multipart_uploads(Bucket="first", Delimiter="/", MaxUploads=2)
        assert [p["Prefix"] for p in found["CommonPrefixes"]] == ["a/"]
        assert [u["UploadId"] for u in found["Uploads"]] == [ids[0]]
        assert found["Uploads"][0]["Initiator"]["DisplayName"] == "a"
        rest = s3.list_multipart_uploads(
            Bucket="first", Delimiter="/", KeyMarker=found["NextKeyMarker"],
            UploadIdMarker=found["NextUploadIdMarker"],
        )  # fmt: skip
        assert [u["UploadId"] for u in rest["Uploads"]] == [ids[3], ids[4]]
        inside = s3.list_multipart_uploads(Bucket="first", Prefix="a/", EncodingType="url")
        assert [u["Key"] for u in inside["Uploads"]] == ["a/x", "a/%C3%BC"]

    blocking(talk)


def test_attributes(served: Served) -> None:
    """Those that are asked for, with pages of parts."""

    def talk() -> None:
        sending = Sending(served)
        for number, body in ((1, BIG), (2, SMALL)):
            sending.part(number, body)
        made = sending.complete()
        ask = sending.s3.get_object_attributes
        told = ask(**WHERE, ObjectAttributes=["ETag", "ObjectSize", "StorageClass"])
        assert (told["ETag"], told["ObjectSize"]) == (made["ETag"].strip('"'), len(BIG + SMALL))
        assert "ObjectParts" not in told and "Checksum" not in told
        told = ask(**WHERE, ObjectAttributes=["ObjectParts", "Checksum"], MaxParts=1)
        assert [p["Size"] for p in told["ObjectParts"]["Parts"]] == [len(BIG)]
        assert told["ObjectParts"]["TotalPartsCount"] == 2 and told["ObjectParts"]["IsTruncated"]
        assert told["Checksum"]["ChecksumType"]
        assert code_of(ask, **WHERE, ObjectAttributes=["Colour"]) == "InvalidArgument"

    blocking(talk)


# --- abuse ----------------------------------------------------------------------------------------

ABUSES: dict[str, tuple[str, Callable[[Sending], Any]]] = {
    "part nought": ("InvalidArgument", lambda s: s.part(0, b"x")),
    "part 10,001": ("InvalidArgument", lambda s: s.part(10_001, b"x")),
    "part below nought": ("InvalidArgument", lambda s: s.part(-1, b"x")),
    "upload of another key": ("NoSuchUpload", lambda s: s.complete(Key="other")),
    "upload that is a path": ("NoSuchUpload", lambda s: s.complete(UploadId="../../etc/passwd")),
    "part of another key": (
        "NoSuchUpload",
        lambda s: s.s3.upload_part(
            Bucket="first", Key="other", UploadId=s.id, PartNumber=1, Body=b"x"
        ),
    ),
    "wrong MD5": (
        "BadDigest",
        lambda s: s.s3.upload_part(
            **WHERE, UploadId=s.id, PartNumber=1, Body=b"x", ContentMD5="A" * 22 + "=="
        ),
    ),
    "unknown algorithm": (
        "InvalidRequest",
        lambda s: s.s3.create_multipart_upload(**WHERE, ChecksumAlgorithm="ROT13"),
    ),
}


@pytest.mark.parametrize(
    ("says", "abuse"), [pytest.param(*row, id=f"S-40 {name}") for name, row in ABUSES.items()]
)
def test_abuse_of_uploads(served: Served, says: str, abuse: Callable[[Sending], Any]) -> None:
    """Refused, and the upload is none the worse: its unmodified twin is completed."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(1, SMALL)
        kept = list(sending.listed)
        assert code_of(abuse, sending) == says
        sending.listed = kept
        sending.complete()
        assert sending.read() == SMALL

    blocking(talk)


def test_s40_uploads_of_others(served: Served) -> None:
    """Another account may neither see, feed, complete nor abort an upload."""

    def talk() -> None:
        sending = Sending(served)
        sending.part(1, SMALL)
        bob = served.boto3(BOB)
        named = {**WHERE, "UploadId": sending.id}
        parts = {"Parts": sending.listed}
        for call, more in (
            (bob.list_parts, {}), (bob.abort_multipart_upload, {}),
            (bob.upload_part, {"PartNumber": 1, "Body": b"x"}),
            (bob.complete_multipart_upload, {"MultipartUpload": parts}),
        ):  # fmt: skip
            assert code_of(call, **named, **more) == "AccessDenied"
        assert code_of(bob.list_multipart_uploads, Bucket="first") == "AccessDenied"
        sending.complete()
        assert sending.read() == SMALL

    blocking(talk)


RACES = {
    "two completions": (Sending.complete, Sending.complete),
    "completion and abortion": (
        Sending.complete, lambda s: s.s3.abort_multipart_upload(**WHERE, UploadId=s.id)
    ),
    "completion and a part": (
        Sending.complete,
        lambda s: s.s3.upload_part(**WHERE, UploadId=s.id, PartNumber=2, Body=b"late"),
    ),
    "the same part twice": (
        lambda s: s.s3.upload_part(**WHERE, UploadId=s.id, PartNumber=2, Body=b"a"),
        lambda s: s.s3.upload_part(**WHERE, UploadId=s.id, PartNumber=2, Body=b"b"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("race", [pytest.param(r, id=f"S-40 {n}") for n, r in RACES.items()])
def test_races(served: Served, race: tuple[Callable[[Sending], Any], ...]) -> None:
    """One whole object or none, and no file that nobody names."""

    def attempt(act: Callable[[Sending], Any], sending: Sending) -> None:
        try:
            act(sending)
        except ClientError as failure:
            assert failure.response["Error"]["Code"] == "NoSuchUpload"

    def talk() -> None:
        sending = Sending(served)
        sending.s3.abort_multipart_upload(**WHERE, UploadId=sending.id)
        for _ in range(4):
            sending.id = sending.s3.create_multipart_upload(**WHERE)["UploadId"]
            sending.listed = []
            sending.part(1, SMALL)
            with ThreadPoolExecutor(2) as pool:
                for one in [pool.submit(attempt, act, sending) for act in race]:
                    one.result()
            if sending.s3.list_multipart_uploads(Bucket="first").get("Uploads"):
                sending.s3.abort_multipart_upload(**WHERE, UploadId=sending.id)
            elif sending.s3.list_objects_v2(Bucket="first")["KeyCount"]:
                assert sending.read() == SMALL
                sending.s3.delete_object(**WHERE)

    blocking(talk)
    assert _gone(served)


def test_a_transfer_in_parts_and_back(served: Served) -> None:
    """As boto3's transfer manager does it, four at once."""
    from io import BytesIO

    body = bytes(range(256)) * (17 * MIB // 256) + b"tail"
    config = TransferConfig(multipart_threshold=MIB, multipart_chunksize=5 * MIB)

    def talk() -> None:
        s3 = served.boto3(max_pool_connections=10)
        s3.create_bucket(Bucket="first")
        s3.upload_fileobj(BytesIO(body), "first", "k", Config=config)
        back = BytesIO()
        s3.download_fileobj("first", "k", back, Config=config)
        assert back.getvalue() == body

    blocking(talk)
