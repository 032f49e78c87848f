# SPDX-License-Identifier: BSD-2-Clause
"""boto 2.49 works against Walrus unchanged: signature versions 2 and 4, old path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.walrus.serving import ALICE, Served, blocking
from walrus.core.keys import MOUNTS


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
