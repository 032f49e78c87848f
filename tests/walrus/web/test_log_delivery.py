# SPDX-License-Identifier: BSD-2-Clause
"""Requests to a logged bucket end up in log objects: each once, whoever is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from eucalyptus.database.run import Database
from tests.fixtures.postgres import TOP
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.logged import Logged
from tests.walrus.web.test_boto3 import code_of
from walrus.drivers.stores.store import StoreFailed
from walrus.periodic.deliveries import KEPT
from walrus.service import named_now


def test_log_objects_belong_to_whom_they_are_put(logged: Logged) -> None:
    """The bucket's owner, who alone may read them."""
    blocking(lambda: logged.s3.list_objects_v2(Bucket="first"))
    logged.waiting(1)
    (key,) = logged.delivered()
    bob = logged.served.boto3(BOB)

    def talk() -> None:
        there = logged.s3.get_object_acl(Bucket="logs", Key=key)
        assert [g["Permission"] for g in there["Grants"]] == ["FULL_CONTROL"]
        assert there["Owner"]["ID"] == ALICE.principal.canonical_id
        assert code_of(bob.get_object, Bucket="logs", Key=key) == "AccessDenied"
        assert logged.s3.head_object(Bucket="logs", Key=key)["ContentType"] == "text/plain"

    blocking(talk)


@pytest.mark.parametrize("source", ["EventTime", "DeliveryTime"])
def test_names_with_folders(served: Served, database: Database, source: str) -> None:
    """Account, region, bucket and day; the hour of events is not told."""
    key_format = {"PartitionedPrefix": {"PartitionDateSource": source}}
    logged = Logged(served, database, TargetObjectKeyFormat=key_format)
    blocking(lambda: logged.s3.list_objects_v2(Bucket="first"))
    logged.waiting(1)
    logged.later = timedelta(days=3)
    (key,) = logged.delivered()
    day = datetime.now(UTC) + (logged.later if source == "DeliveryTime" else timedelta())
    account = ALICE.principal.account_id
    assert key.startswith(f"a/{account}/eucalyptus/first/{day:%Y/%m/%d}/{day:%Y-%m-%d}-")
    assert ("-00-00-00-" in key) == (source == "EventTime")


def test_after_the_log_is_not_wanted(logged: Logged) -> None:
    """What was written down before is delivered, and nothing else is; the bucket may be gone."""

    def talk() -> None:
        logged.s3.list_objects_v2(Bucket="first")
        logged.s3.put_bucket_logging(Bucket="first", BucketLoggingStatus={})
        logged.s3.list_objects_v2(Bucket="first")
        logged.s3.delete_bucket(Bucket="first")

    blocking(talk)
    logged.waiting(2)
    (told,) = logged.delivered().values()
    assert [one["operation"] for one in told] == ["REST.GET.BUCKET", "REST.PUT.LOGGING_STATUS"]


def test_deletion_is_told(logged: Logged) -> None:
    """Of the bucket itself."""
    blocking(lambda: logged.s3.delete_bucket(Bucket="first"))
    logged.waiting(1)
    (told,) = logged.delivered().values()
    assert (told[0]["operation"], told[0]["status"]) == ("REST.DELETE.BUCKET", "204")


@pytest.mark.parametrize("gone", ["right", "bucket"])
def test_a_target_that_takes_no_logs(logged: Logged, gone: str) -> None:
    """Records wait a day for it and are then lost; without that they are delivered."""

    def talk() -> None:
        logged.s3.list_objects_v2(Bucket="first")
        if gone == "right":
            logged.s3.put_bucket_acl(Bucket="logs", ACL="private")
        else:
            logged.s3.delete_bucket(Bucket="logs")

    blocking(talk)
    logged.waiting(1)
    spin(logged.deliveries.round())
    logged.waiting(1)
    if gone == "bucket":
        blocking(lambda: logged.s3.create_bucket(Bucket="logs"))
    assert logged.found() == {}
    blocking(lambda: logged.s3.put_bucket_acl(Bucket="logs", ACL="log-delivery-write"))
    assert len(logged.delivered()) == 1
    blocking(lambda: logged.s3.list_objects_v2(Bucket="first"))
    logged.waiting(1)
    blocking(lambda: logged.s3.put_bucket_acl(Bucket="logs", ACL="private"))
    logged.later = KEPT
    spin(logged.deliveries.round())
    assert len(logged.delivered()) == 1


class _Full:
    """A store without room."""

    def begin(self, _: str) -> None:
        raise StoreFailed("no room", full=True)


def test_a_store_that_takes_nothing(logged: Logged) -> None:
    """Records wait until it does, however long: it is not the owner's fault."""
    blocking(lambda: logged.s3.list_objects_v2(Bucket="first"))
    logged.waiting(1)
    logged.later = KEPT * 9
    full: Any = _Full()
    spin(replace(logged.deliveries, store=full).round())
    logged.waiting(1)
    assert len(logged.delivered()) == 1


def test_logs_are_encrypted_where_objects_are(logged: Logged) -> None:
    """A bucket may have got its default after it was chosen."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}

    def talk() -> None:
        logged.s3.put_bucket_encryption(
            Bucket="logs", ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        logged.s3.list_objects_v2(Bucket="first")

    blocking(talk)
    logged.waiting(1)
    (key,) = logged.delivered()
    head = blocking(lambda: logged.s3.head_object(Bucket="logs", Key=key))
    assert head["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("point", ["walrus.put.synced", "walrus.log.kept", "walrus.log.committed"])
def test_killed_while_it_delivers(logged: Logged, point: str) -> None:
    """Nothing is lost, nothing is there twice, no file is left (F-1)."""
    blocking(lambda: [logged.s3.list_objects_v2(Bucket="first") for _ in range(3)])
    logged.waiting(3)
    served, database = logged.served, logged.database
    argv = [sys.executable, "-m", "tests.walrus.periodic.delivering", database.url]
    ended = subprocess.run(
        [*argv, str(served.root)], cwd=TOP, capture_output=True, timeout=60,
        env={**os.environ, "EUCA_CRASH": point, "PYTHONPATH": str(TOP)},
    )  # fmt: skip
    assert ended.returncode == -9, ended.stderr
    logged.waiting(0 if point.endswith("committed") else 3)
    (told,) = logged.delivered().values()
    assert len(told) == 3
    spin(served.graveyard.sweep(named_now(reactor, database)))
    files = [one for one in (served.root / "objects").rglob("*") if one.is_file()]
    assert len(files) == 1 and not list((served.root / "incoming").iterdir())


def test_two_that_deliver(logged: Logged) -> None:
    """Only one does: the other finds the records gone, and takes its object back."""
    blocking(lambda: logged.s3.list_objects_v2(Bucket="first"))
    logged.waiting(1)
    both = [Deferred.fromCoroutine(logged.deliveries.round()) for _ in range(2)]
    spin(gatherResults(both))
    (told,) = logged.delivered().values()
    assert len(told) == 1
    files = [one for one in (logged.served.root / "objects").rglob("*") if one.is_file()]
    assert len(files) == 1
