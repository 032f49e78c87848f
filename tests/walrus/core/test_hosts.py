# SPDX-License-Identifier: BSD-2-Clause
"""Which Host headers name a bucket."""

from __future__ import annotations

import pytest

from walrus.core.hosts import bucket_of, names

OWN = names("cloud.example.com.", "Old.example.org, ")


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("first.objectstorage.cloud.example.com", "first"),
        ("first.s3.cloud.example.com:8773", "first"), ("First.Walrus.Cloud.example.com", "first"),
        ("a.b.s3.cloud.example.com.", "a.b"), ("first.old.example.org:80:80", "first"),
        ("s3.cloud.example.com", ""), ("old.example.org:8773", ""),
        ("cloud.example.com", None), ("clc.cloud.example.com:8773", None), ("", None),
        ("xs3.cloud.example.com", None), ("127.0.0.1:8773", None), ("[::1]:8773", None),
        (".s3.cloud.example.com", ""), ("first.s3.cloud.example.com.evil.org", None),
    ],
)  # fmt: skip
def test_buckets_in_hosts(host: str, bucket: str | None) -> None:
    """Only below the object store's own names; a machine of the domain is no bucket."""
    assert bucket_of(host, OWN) == bucket
