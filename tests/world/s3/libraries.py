# SPDX-License-Identifier: BSD-2-Clause
"""Libraries of S3 in Python, in this process: buckets stand in the path, below the old mount."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from tests.world.s3.place import REGION, Place
from walrus.core.keys import MOUNTS

PART = 5 << 20
"""Bytes of a part, the least that S3 takes."""
PARTS = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)


class Boto3:
    """boto3 with its transfer manager: parts up and ranges down, four threads at once."""

    def __init__(self, place: Place) -> None:
        self._s3: Any = boto3.client(
            "s3", endpoint_url=place.endpoint, region_name=REGION,
            aws_access_key_id=place.key_id, aws_secret_access_key=place.secret,
            config=Config(retries={"total_max_attempts": 1}, signature_version="s3v4"),
        )  # fmt: skip
        self._bucket = place.bucket

    def make(self) -> None:
        self._s3.create_bucket(Bucket=self._bucket)

    def put(self, path: Path, key: str) -> None:
        self._s3.upload_file(str(path), self._bucket, key, Config=PARTS)

    def get(self, key: str, path: Path) -> None:
        self._s3.download_file(self._bucket, key, str(path), Config=PARTS)

    def names(self) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def copy(self, key: str, to: str) -> None:
        self._s3.copy({"Bucket": self._bucket, "Key": key}, self._bucket, to, Config=PARTS)

    def link(self, key: str) -> str:
        asked = {"Bucket": self._bucket, "Key": key}
        return str(self._s3.generate_presigned_url("get_object", asked))

    def remove(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def unmake(self) -> None:
        self._s3.delete_bucket(Bucket=self._bucket)


class Boto:
    """boto 2.49: signature version 2."""

    def __init__(self, place: Place) -> None:
        # Imported late: boto brings its own old copy of six.
        from boto.s3.connection import OrdinaryCallingFormat, S3Connection

        self._s3: Any = S3Connection(
            place.key_id, place.secret, is_secure=False, port=place.port, path=MOUNTS[1],
            host="127.0.0.1", calling_format=OrdinaryCallingFormat(),
        )  # fmt: skip
        self._name = place.bucket

    @property
    def _bucket(self) -> Any:
        return self._s3.get_bucket(self._name)

    def make(self) -> None:
        self._s3.create_bucket(self._name)

    def put(self, path: Path, key: str) -> None:
        self._bucket.new_key(key).set_contents_from_filename(str(path))

    def get(self, key: str, path: Path) -> None:
        self._bucket.get_key(key).get_contents_to_filename(str(path))

    def names(self) -> list[str]:
        return [one.name for one in self._bucket.list()]

    def copy(self, key: str, to: str) -> None:
        self._bucket.copy_key(to, self._name, key)

    def link(self, key: str) -> str:
        return str(self._bucket.new_key(key).generate_url(600))

    def remove(self, key: str) -> None:
        self._bucket.delete_key(key)

    def unmake(self) -> None:
        self._s3.delete_bucket(self._name)
