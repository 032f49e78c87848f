# SPDX-License-Identifier: BSD-2-Clause
"""boto3's transfer manager: parts up, ranges down and parts copied, several at once."""

from __future__ import annotations

import io
import os
from pathlib import Path

from boto3.s3.transfer import TransferConfig

from tests.walrus.serving import Served, blocking

PART = 5 << 20
THREADS = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
FIRST = {"Bucket": "first"}


def test_up_and_down(served: Served, tmp_path: Path) -> None:
    """Files and streams, with metadata, encryption and a checksum; each byte is counted."""
    body = os.urandom(3 * PART + 1)
    (tmp_path / "up").write_bytes(body)
    s3, counted = served.boto3(), [0, 0]

    def count(which: int, size: int) -> None:
        counted[which] += size

    def talk() -> None:
        s3.create_bucket(**FIRST)
        more = {
            "Metadata": {"colour": "blue"}, "ServerSideEncryption": "AES256",
            "ChecksumAlgorithm": "CRC64NVME",
        }  # fmt: skip
        s3.upload_file(
            str(tmp_path / "up"), "first", "file", Config=THREADS, ExtraArgs=more,
            Callback=lambda size: count(0, size),
        )  # fmt: skip
        s3.download_file(
            "first", "file", str(tmp_path / "down"), Config=THREADS,
            Callback=lambda size: count(1, size),
        )  # fmt: skip
        assert (tmp_path / "down").read_bytes() == body
        head = s3.head_object(**FIRST, Key="file", ChecksumMode="ENABLED")
        assert (head["Metadata"], head["ServerSideEncryption"]) == ({"colour": "blue"}, "AES256")
        assert (head["ETag"][-3:], head["ChecksumType"]) == ('-4"', "FULL_OBJECT")

        s3.upload_fileobj(io.BytesIO(body), "first", "stream", Config=THREADS)
        came = io.BytesIO()
        s3.download_fileobj("first", "stream", came, Config=THREADS)
        assert came.getvalue() == body

    blocking(talk)
    assert counted == [len(body), len(body)]


def test_managed_copies(served: Served) -> None:
    """A copy in parts, into another bucket."""
    s3, body = served.boto3(), os.urandom(2 * PART + 1)

    def talk() -> None:
        for name in ("first", "second"):
            s3.create_bucket(Bucket=name)
        s3.put_object(**FIRST, Key="k", Body=body)
        s3.copy({**FIRST, "Key": "k"}, "second", "copied", Config=THREADS)
        got = s3.get_object(Bucket="second", Key="copied")
        assert got["ETag"].endswith('-3"')
        assert got["Body"].read() == body

    blocking(talk)
