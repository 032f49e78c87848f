# SPDX-License-Identifier: BSD-2-Clause
"""A logged bucket, and how its log is read."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin
from tests.walrus.serving import Served, blocking
from walrus.database import log_records
from walrus.periodic.deliveries import PAUSE, Deliveries

NAMES = (
    "owner", "bucket", "time", "source", "requester", "id", "operation", "key", "uri", "status",
    "error", "sent", "size", "total", "turnaround", "referrer", "agent", "version", "host_id",
    "signature", "cipher", "authentication", "host", "tls", "access_point", "acl",
)  # fmt: skip


def fields(line: str) -> Mapping[str, str]:
    """A line as programs read it that know S3's logs."""
    split = shlex.split(line.replace("[", '"').replace("]", '"'))
    return dict(zip(NAMES, split, strict=True))


class Logged:
    """The logged bucket ``first`` and the bucket ``logs``."""

    def __init__(self, served: Served, database: Database, **key_format: Any) -> None:
        self.served, self.database = served, database
        self.s3, self.later = served.boto3(), timedelta()
        self.deliveries = Deliveries(
            tables=database, store=served.store, in_thread=served.world.in_thread,
            keyring=served.world.keyring, now=lambda: datetime.now(UTC) + self.later,
            new_blob=lambda: secrets.token_hex(16),
        )  # fmt: skip
        blocking(self._prepare)
        self.log(**key_format)

    def _prepare(self) -> None:
        self.s3.create_bucket(Bucket="first")
        self.s3.create_bucket(Bucket="logs", ACL="log-delivery-write")

    def log(self, **more: Any) -> None:
        """Have the bucket logged; the request itself is told to no log."""
        enabled = {"TargetBucket": "logs", "TargetPrefix": "a/", **more}
        status = {"LoggingEnabled": enabled}
        blocking(lambda: self.s3.put_bucket_logging(Bucket="first", BucketLoggingStatus=status))

    def waiting(self, number: int) -> Sequence[str]:
        """The lines that wait, of which there will be so many."""
        for _ in range(500):
            found = spin(self.database.read(log_records.following, 0, 1000))
            if len(found) >= number:
                break
            blocking(int)
        assert len(found) == number
        return [one.record.line for one in found]

    def delivered(self) -> Mapping[str, list[Mapping[str, str]]]:
        """A round; gives what is in all log objects, by name."""
        assert spin(self.deliveries.round()) == PAUSE
        assert self.waiting(0) == []
        return self.found()

    def found(self) -> Mapping[str, list[Mapping[str, str]]]:
        """The same without a round."""

        def look() -> Mapping[str, list[Mapping[str, str]]]:
            there = self.s3.list_objects_v2(Bucket="logs").get("Contents", [])
            bodies = {
                one["Key"]: self.s3.get_object(Bucket="logs", Key=one["Key"])["Body"].read()
                for one in there
            }
            return {key: [fields(x) for x in body.decode().splitlines()]
                    for key, body in bodies.items()}  # fmt: skip

        return blocking(look)
