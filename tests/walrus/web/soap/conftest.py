# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures for S3's SOAP API."""

from __future__ import annotations

import pytest

from tests.walrus.serving import Served
from tests.walrus.web.soap.speaking import ETAG, ask, inline, metadata


@pytest.fixture
def bucket(served: Served) -> Served:
    """With a bucket and an object made over SOAP."""
    made = ask(served, "CreateBucket", "<Bucket>bucket</Bucket>")
    assert (made.status, made.text("BucketName")) == (200, "bucket")
    put = ask(served, "PutObjectInline", inline(b"hello", metadata(Content_Type="text/plain")))
    assert (put.status, put.text("ETag")) == (200, ETAG)
    return served
