# SPDX-License-Identifier: BSD-2-Clause
"""boto 2.49 works against Walrus unchanged: signature versions 2 and 4, old path."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.walrus.serving import ALICE, BOB, Served, blocking
from walrus.core.keys import MOUNTS

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
LEAST = 5 << 20
"""Bytes of a part that is not the last."""


def connect(served: Served, version: str) -> Any:
    """A boto 2 connection. Imported late: boto brings its own old copy of six."""
    from boto.s3.connection import OrdinaryCallingFormat, S3Connection

    class Fourth(S3Connection):  # type: ignore[misc]
        def _required_auth_capability(self) -> list[str]:
            return ["hmac-v4-s3"]

    made = (Fourth if version == "4" else S3Connection)(
        ALICE.key_id, ALICE.secret, is_secure=False, port=served.port, path=MOUNTS[1],
        host="127.0.0.1", calling_format=OrdinaryCallingFormat(),
    )  # fmt: skip
    made._auth_handler.region_name = "eucalyptus"  # else guessed from the host's name
    return made


@pytest.mark.parametrize("version", ["2", "4"])
def test_round_trip(served: Served, version: str) -> None:
    """Buckets, objects, metadata, listing, canned ACL."""

    def talk() -> None:
        s3 = connect(served, version)
        bucket = s3.create_bucket("first")
        key = bucket.new_key("some/key with space+plus")
        key.set_metadata("colour", "blue")
        key.set_contents_from_string("hello", headers={"Content-Type": "text/plain"})
        got = bucket.get_key("some/key with space+plus")
        assert got.get_contents_as_string() == b"hello"
        assert got.get_metadata("colour") == "blue"
        assert got.content_type == "text/plain"
        assert [k.name for k in bucket.list()] == ["some/key with space+plus"]
        assert [p.name for p in bucket.list(delimiter="/")] == ["some/"]
        key.set_contents_from_string("exec", policy="aws-exec-read")
        bucket.set_acl("public-read")
        assert len(bucket.get_acl().acl.grants) == 2
        assert bucket.get_location() == ""
        key.delete()
        assert bucket.get_key("some/key with space+plus") is None
        s3.delete_bucket("first")
        assert s3.get_all_buckets() == []

    blocking(talk)


@pytest.mark.parametrize("version", ["2", "4"])
def test_parts(served: Served, version: str) -> None:
    """An object in parts, one of them copied; uploads that are listed, and given up.

    In version 4 boto signs ``x-amz-copy-source-range`` before ``x-amz-copy-source`` (its issue
    3182), which Amazon refuses too: it can only copy whole objects.
    """
    stretch = {"start": 0, "end": 2} if version == "2" else {}
    copied = b"012" if version == "2" else b"0123456789"

    def talk() -> None:
        bucket = connect(served, version).create_bucket("first")
        bucket.new_key("whole").set_contents_from_string("0123456789")
        upload = bucket.initiate_multipart_upload("k", metadata={"colour": "blue"})
        upload.upload_part_from_file(io.BytesIO(b"a" * LEAST), 1)
        upload.copy_part_from_key("first", "whole", 2, **stretch)
        assert [(part.part_number, part.size) for part in upload] == [(1, LEAST), (2, len(copied))]
        assert upload.complete_upload().etag.endswith('-2"')
        got = bucket.get_key("k")
        assert got.get_contents_as_string() == b"a" * LEAST + copied
        assert got.get_metadata("colour") == "blue"

        other = bucket.initiate_multipart_upload("other")
        assert [one.id for one in bucket.list_multipart_uploads()] == [other.id]
        other.cancel_upload()
        assert list(bucket.list_multipart_uploads()) == []

    blocking(talk)


@pytest.mark.parametrize("version", ["2", "4"])
def test_versions(served: Served, version: str) -> None:
    """Versions and delete markers are listed, read and deleted one by one."""

    def talk() -> None:
        bucket = connect(served, version).create_bucket("first")
        bucket.configure_versioning(True)
        assert bucket.get_versioning_status() == {"Versioning": "Enabled"}
        for text in ("old", "new"):
            bucket.new_key("k").set_contents_from_string(text)
        bucket.delete_key("k")
        marker, new, old = bucket.list_versions()
        assert type(marker).__name__ == "DeleteMarker"
        assert bucket.get_key("k") is None
        for one, text in ((new, b"new"), (old, b"old")):
            got = bucket.get_key("k", version_id=one.version_id)
            assert got.get_contents_as_string() == text

        bucket.delete_key("k", version_id=marker.version_id)
        assert bucket.get_key("k").get_contents_as_string() == b"new"
        assert not bucket.delete_keys([new, old]).errors
        assert list(bucket.list_versions()) == []

    blocking(talk)


@pytest.mark.parametrize("version", ["2", "4"])
def test_grants_and_copies(served: Served, version: str) -> None:
    """Grants by id and e-mail; a copy keeps metadata or gets its own."""

    def talk() -> None:
        bucket = connect(served, version).create_bucket("first")
        key = bucket.new_key("k")
        key.set_metadata("colour", "blue")
        key.set_contents_from_string("hello", policy="public-read")
        key.add_user_grant("READ", BOB.principal.canonical_id)
        key.add_email_grant("READ_ACP", "b@example.com")
        grants = {(grant.id or grant.uri, grant.permission) for grant in key.get_acl().acl.grants}
        bob = BOB.principal.canonical_id
        assert {(bob, "READ"), (bob, "READ_ACP"), (ALL_USERS, "READ")} < grants

        key.copy("first", "same")
        key.copy("first", "other", metadata={"shape": "round"}, encrypt_key=True)
        assert bucket.get_key("same").metadata == {"colour": "blue"}
        assert bucket.get_key("other").metadata == {"shape": "round"}
        assert bucket.get_key("other").get_contents_as_string() == b"hello"
        key.change_storage_class("STANDARD")
        assert bucket.get_key("k").metadata == {"colour": "blue"}

    blocking(talk)
