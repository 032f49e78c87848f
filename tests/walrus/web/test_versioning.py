# SPDX-License-Identifier: BSD-2-Clause
"""boto3 works with versions, tags, locks and rules unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from twisted.internet.defer import Deferred

from eucalyptus.contracts.refusals import Refused
from tests.fixtures.reactor import spin
from tests.walrus.serving import BOB, Served, blocking
from walrus.database import objects

FIRST = {"Bucket": "first"}
K = {**FIRST, "Key": "k"}


def refusal(work: Any, **asked: Any) -> dict[str, Any]:
    """What a call is answered that is refused."""
    with pytest.raises(ClientError) as caught:
        work(**asked)
    answer: dict[str, Any] = caught.value.response
    return answer


def versioned(s3: Any) -> None:
    """A bucket that keeps versions."""
    s3.create_bucket(**FIRST)
    s3.put_bucket_versioning(**FIRST, VersioningConfiguration={"Status": "Enabled"})


def test_versions_come_and_go(served: Served) -> None:
    """Put twice, delete, look at each, take the marker away, and empty the bucket page by page."""
    s3 = served.boto3()

    def talk() -> None:
        versioned(s3)
        assert s3.get_bucket_versioning(**FIRST)["Status"] == "Enabled"
        old, new = (s3.put_object(**K, Body=body)["VersionId"] for body in (b"old", b"new"))
        assert s3.get_object(**K, VersionId=old)["Body"].read() == b"old"
        assert s3.head_object(**K)["VersionId"] == new
        marker = s3.delete_object(**K)
        assert marker["DeleteMarker"]
        gone = refusal(s3.get_object, **K)
        assert gone["Error"]["Code"] == "NoSuchKey"
        assert gone["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
        met = refusal(s3.head_object, **K, VersionId=marker["VersionId"])["ResponseMetadata"]
        assert (met["HTTPStatusCode"], met["HTTPHeaders"]["allow"]) == (405, "DELETE")
        assert "Contents" not in s3.list_objects_v2(**FIRST)
        s3.delete_object(**K, VersionId=marker["VersionId"])
        assert s3.get_object(**K)["Body"].read() == b"new"
        s3.copy_object(**K, CopySource={**K, "VersionId": old})
        assert s3.get_object(**K)["Body"].read() == b"old"
        s3.delete_object(**K)
        pages = s3.get_paginator("list_object_versions").paginate(
            **FIRST, PaginationConfig={"PageSize": 1}
        )
        for page in pages:
            for one in page.get("Versions", []) + page.get("DeleteMarkers", []):
                which = {"Key": one["Key"], "VersionId": one["VersionId"]}
                done = s3.delete_objects(**FIRST, Delete={"Objects": [which]})
                assert "Errors" not in done
        s3.delete_bucket(**FIRST)

    blocking(talk)


def test_many_deletions(served: Served) -> None:
    """A thousand at once, told or in silence."""
    s3 = served.boto3()
    keys = [{"Key": f"{number:04} &<ü"} for number in range(1000)]

    def talk() -> None:
        s3.create_bucket(**FIRST)
        for key in keys[:3]:
            s3.put_object(**FIRST, **key)
        assert len(s3.delete_objects(**FIRST, Delete={"Objects": keys})["Deleted"]) == 1000
        assert "Contents" not in s3.list_objects_v2(**FIRST)
        quiet = s3.delete_objects(**FIRST, Delete={"Objects": keys, "Quiet": True})
        assert "Deleted" not in quiet
        assert "Errors" not in quiet

    blocking(talk)


def test_tags(served: Served) -> None:
    """Of an object, from its put on, and of its bucket."""
    s3 = served.boto3()
    tags = [{"Key": "colour", "Value": "light blue"}, {"Key": "size", "Value": "1/2"}]

    def talk() -> None:
        s3.create_bucket(**FIRST)
        s3.put_object(**K, Tagging="colour=light%20blue&size=1%2F2")
        assert s3.get_object_tagging(**K)["TagSet"] == tags
        assert s3.get_object(**K)["TagCount"] == 2
        s3.put_object_tagging(**K, Tagging={"TagSet": tags[:1]})
        s3.put_bucket_tagging(**FIRST, Tagging={"TagSet": tags})
        assert s3.get_bucket_tagging(**FIRST)["TagSet"] == tags
        assert s3.get_object_tagging(**K)["TagSet"] == tags[:1]

    blocking(talk)


def test_locks(served: Served) -> None:
    """By default, by request, and by hand."""
    s3 = served.boto3()
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}

    def talk() -> None:
        s3.create_bucket(**FIRST, ObjectLockEnabledForBucket=True)
        s3.put_object_lock_configuration(**FIRST, ObjectLockConfiguration=lock)
        assert s3.get_object_lock_configuration(**FIRST)["ObjectLockConfiguration"] == lock
        version = s3.put_object(**K, Body=b"x")["VersionId"]
        assert s3.head_object(**K)["ObjectLockMode"] == "GOVERNANCE"
        s3.put_object_retention(**K, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
        assert s3.head_object(**K)["ObjectLockRetainUntilDate"] == until
        s3.put_object_legal_hold(**K, LegalHold={"Status": "ON"})
        which = {**K, "VersionId": version}
        held = refusal(s3.delete_object, **which, BypassGovernanceRetention=True)
        assert held["Error"]["Code"] == "AccessDenied"
        s3.put_object_legal_hold(**K, LegalHold={"Status": "OFF"})
        assert refusal(s3.delete_object, **which)["Error"]["Code"] == "AccessDenied"
        s3.delete_object(**which, BypassGovernanceRetention=True)

    blocking(talk)


def test_rules(served: Served) -> None:
    """They come back as they went."""
    s3 = served.boto3()
    chosen = {"And": {"Prefix": "a&b/", "Tags": [{"Key": "t", "Value": "1"}]}}
    rules = [
        {"ID": "one", "Status": "Enabled", "Filter": chosen, "Expiration": {"Days": 3},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1}},
        {"ID": "two", "Status": "Disabled", "Filter": {"Prefix": "p"},
         "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
    ]  # fmt: skip

    def talk() -> None:
        s3.create_bucket(**FIRST)
        s3.put_bucket_lifecycle_configuration(**FIRST, LifecycleConfiguration={"Rules": rules})
        assert s3.get_bucket_lifecycle_configuration(**FIRST)["Rules"] == rules

    blocking(talk)


def test_who_puts_into_anothers_bucket_cannot_keep_it_there(served: Served) -> None:
    """Retention and legal hold are the bucket owner's to allow."""
    alice, bob = served.boto3(), served.boto3(BOB)
    until = datetime.now(UTC) + timedelta(days=1)
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": until}

    def talk() -> None:
        alice.create_bucket(**FIRST, ObjectLockEnabledForBucket=True, ACL="public-read-write")
        bob.put_object(**K, Body=b"bob's")
        for wrong in (
            lambda: bob.put_object_retention(**K, Retention=retention),
            lambda: bob.put_object_legal_hold(**K, LegalHold={"Status": "ON"}),
        ):
            assert refusal(wrong)["Error"]["Code"] == "AccessDenied"
        own = {**FIRST, "Key": "own"}
        alice.put_object(**own, Body=b"alice's")
        alice.put_object_retention(**own, Retention=retention)
        alice.put_object_legal_hold(**own, LegalHold={"Status": "ON"})

    blocking(talk)


def test_who_was_let_in_to_one_object_cannot_change_the_next(served: Served) -> None:
    """A null version may have another in its place when the body of a request has come."""
    alice, bob = served.boto3(), served.boto3(BOB)
    tables = served.world.tables

    def look() -> Any:
        found = spin(Deferred.fromCoroutine(tables.read(objects.look, "first", "k")))
        return found[1]

    def change(stored: Any, tags: dict[str, str]) -> None:
        work = tables.statement(objects.change, stored, {"tags": tags})
        spin(Deferred.fromCoroutine(work))

    blocking(lambda: alice.create_bucket(**FIRST, ACL="public-read-write"))
    blocking(lambda: bob.put_object(**K, Body=b"bob's"))
    bobs = look()
    change(bobs, {"a": "b"})
    assert look().tags == {"a": "b"}
    blocking(lambda: alice.put_object(**K, Body=b"alice's"))
    with pytest.raises(Refused, match="Try again"):
        change(bobs, {"c": "d"})
    assert look().tags == {}
