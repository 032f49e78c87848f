# SPDX-License-Identifier: BSD-2-Clause
"""Checksums between boto3 and Walrus: sent in a header or a trailer, kept, told again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.walrus.serving import Served, blocking
from tests.walrus.web.test_boto3 import code_of
from walrus.core.checksums import ALGORITHMS, Checksum


def checksum(algorithm: str, data: bytes) -> str:
    """In base64."""
    running = ALGORITHMS[algorithm].begin()
    running.update(data)
    return Checksum.of(algorithm, running.digest()).value


def told(answer: Any) -> dict[str, str]:
    """The checksums in an answer."""
    return {name: value for name, value in answer.items() if name.startswith("Checksum")}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_checksum(served: Served, algorithm: str) -> None:
    """Right ones are kept and told to who asks, wrong ones change nothing."""
    s3, name = served.boto3(), f"Checksum{algorithm.upper()}"
    right, wrong = checksum(algorithm, b"one"), checksum(algorithm, b"two")
    whole = {name: right, "ChecksumType": "FULL_OBJECT"}

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        made = s3.put_object(Bucket="first", Key="k", Body=b"one", **{name: right})
        assert told(made) == whole
        assert told(s3.head_object(Bucket="first", Key="k")) == {}
        asked: dict[str, str] = {"Bucket": "first", "Key": "k", "ChecksumMode": "ENABLED"}
        assert told(s3.head_object(**asked)) == whole
        assert told(s3.get_object(**asked)) == whole
        assert told(s3.get_object(**asked, Range="bytes=0-1")) == {}
        for value in (wrong, "bad"):
            more = {name: value}
            assert code_of(s3.put_object, Bucket="first", Key="k", Body=b"one", **more) == (
                "BadDigest"
            )
        assert told(s3.head_object(**asked)) == whole

    blocking(talk)


def test_unsaid_is_computed(served: Served) -> None:
    """Who names no checksum gets the cloud's."""
    s3 = served.boto3(request_checksum_calculation="when_required")

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"one")
        head = s3.head_object(Bucket="first", Key="k", ChecksumMode="ENABLED")
        assert head["ChecksumCRC64NVME"] == checksum("crc64nvme", b"one")

    blocking(talk)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA256", "XXHASH128"])
def test_named_algorithms(served: Served, algorithm: str) -> None:
    """The client computes the one it is told to."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"x" * 300_000, ChecksumAlgorithm=algorithm)
        head = s3.head_object(Bucket="first", Key="k", ChecksumMode="ENABLED")
        assert head[f"Checksum{algorithm}"] == checksum(algorithm.lower(), b"x" * 300_000)

    blocking(talk)
