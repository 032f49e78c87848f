# SPDX-License-Identifier: BSD-2-Clause
"""Requests to a logged bucket end up in log objects: each once, whoever is killed."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from eucalyptus.contracts.s3 import UNAVAILABLE
from eucalyptus.database.run import Database
from tests.fixtures.postgres import TOP
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.soap.speaking import ask
from tests.walrus.web.test_boto3 import code_of
from walrus.core.keys import MOUNTS
from walrus.core.log_lines import LogRecord
from walrus.core.records import Owner
from walrus.database import log_records
from walrus.drivers.stores.store import StoreFailed
from walrus.operations.ledger import MOST, Ledger
from walrus.operations.world import Answer
from walrus.periodic.deliveries import KEPT, PAUSE, Deliveries
from walrus.service import named_now
from walrus.web.noting import said

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


@pytest.fixture
def logged(served: Served, database: Database) -> Logged:
    """A logged bucket."""
    return Logged(served, database)


_SEEN = ("operation", "key", "status", "error", "requester", "size", "authentication", "acl")


def _ask(logged: Logged) -> None:
    """Ten requests to the bucket, and one to another; blocking."""
    s3, bob = logged.s3, logged.served.boto3(BOB)
    stranger = logged.served.boto3(replace(ALICE, secret="wrong"))
    s3.put_object(Bucket="first", Key="a b/é", Body=b"12345")
    s3.get_object(Bucket="first", Key="a b/é", Range="bytes=1-2")["Body"].read()
    s3.head_object(Bucket="first", Key="a b/é")
    assert code_of(s3.get_object, Bucket="first", Key="none") == "NoSuchKey"
    assert code_of(bob.get_object, Bucket="first", Key="a b/é") == "AccessDenied"
    assert code_of(stranger.list_objects, Bucket="first") == "SignatureDoesNotMatch"
    s3.put_object_acl(Bucket="first", Key="a b/é", ACL="public-read")
    urllib.request.urlopen(f"{logged.served.url}/first/a%20b/%C3%A9").read()
    params = {"Bucket": "first", "Key": "a b/é"}
    urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=params)).read()
    s3.delete_objects(Bucket="first", Delete={"Objects": [{"Key": "a b/é"}]})
    s3.list_objects_v2(Bucket="logs")


def test_every_request_leaves_a_record(logged: Logged) -> None:
    """Also those that were refused; in the words of S3."""
    blocking(_ask, logged)
    logged.waiting(10)
    ((key, told),) = logged.delivered().items()
    assert re.fullmatch(r"a/\d{4}(-\d\d){5}-[0-9A-F]{16}", key)
    named = "a%20b/%C3%A9"
    alice, other = ALICE.principal.canonical_id, BOB.principal.canonical_id
    assert [tuple(one[name] for name in _SEEN) for one in told] == [
        ("REST.PUT.OBJECT", named, "200", "-", alice, "5", "AuthHeader", "-"),
        ("REST.GET.OBJECT", named, "206", "-", alice, "5", "AuthHeader", "-"),
        ("REST.HEAD.OBJECT", named, "200", "-", alice, "5", "AuthHeader", "-"),
        ("REST.GET.OBJECT", "none", "404", "NoSuchKey", alice, "-", "AuthHeader", "-"),
        ("REST.GET.OBJECT", named, "403", "AccessDenied", other, "-", "AuthHeader", "-"),
        ("REST.GET.BUCKET", "-", "403", "SignatureDoesNotMatch", "-", "-", "-", "-"),
        ("REST.PUT.ACL", named, "200", "-", alice, "5", "AuthHeader", "-"),
        ("REST.GET.OBJECT", named, "200", "-", "-", "5", "-", "Yes"),
        ("REST.GET.OBJECT", named, "200", "-", alice, "5", "QueryString", "-"),
        ("REST.POST.DELETE_MULTI_OBJECT", "-", "200", "-", alice, "-", "AuthHeader", "-"),
    ]
    assert [one["sent"] for one in told if one["size"] == "5"] == ["-", "2", "-", "-", "5", "5"]
    assert all(int(one["sent"]) > 100 for one in told if one["error"] != "-")
    first = told[0]
    assert (first["owner"], first["bucket"], first["source"]) == (alice, "first", "127.0.0.1")
    assert first["uri"] == "PUT /services/objectstorage/first/a%20b/%C3%A9 HTTP/1.1"
    assert (first["signature"], first["host"]) == ("SigV4", f"127.0.0.1:{logged.served.port}")
    assert "boto3" in first["agent"].lower() and int(first["total"]) >= int(first["turnaround"])
    assert re.search("Signature=-(&| )", told[8]["uri"])
    assert list(logged.delivered()) == [key]


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


INJECTIONS = [
    pytest.param("/first/a%0A%22%20b", "x", id="S-73 key with a line's end"),
    pytest.param("/first/k", 'x" 200 - "y', id="S-73 agent with quotes"),
    pytest.param("/first/k", "x\\", id="S-73 agent with a backslash"),
    pytest.param("/first/k", "[1/Jan/2000]\t\xe9", id="S-73 agent with a date"),
    pytest.param("/first/k", "plain", id="S-73 plain twin"),
]


@pytest.mark.parametrize(("path", "agent"), INJECTIONS)
def test_nobody_writes_lines_of_his_own(logged: Logged, path: str, agent: str) -> None:
    """Whatever is sent is inside its field."""
    head = (
        f"GET {MOUNTS[0]}{path} HTTP/1.1\nHost: 127.0.0.1\n"
        f"User-Agent: {agent}\nReferer: {agent}\nConnection: close\n\n"
    )
    said = logged.served.raw(head)
    assert b" 403 " in said.splitlines()[0]
    (line,) = logged.waiting(1)
    told = fields(line)
    assert line.isascii() and line.isprintable()
    assert (told["operation"], told["status"]) == ("REST.GET.OBJECT", "403")
    assert told["key"] == path.removeprefix("/first/")
    plain = agent == "plain"
    assert (told["agent"] == agent) == (told["referrer"] == agent) == (plain or agent == "x")


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


class _Away:
    """A database that is away."""

    async def brief(self, *_: object, **__: object) -> None:
        raise UNAVAILABLE(reason="The database is away.")


def test_a_ledger_without_a_database() -> None:
    """Requests go on; what cannot be written is lost, and no more is held than fits."""
    tables: Any = _Away()
    later: list[Any] = []
    ledger = Ledger(tables, later.append)
    owner = Owner(account_id="1" * 12, canonical_id="a", name="a")
    record = LogRecord(bucket="b", owner=owner, target="", at=datetime.now(UTC), line="l")
    for _ in range(MOST + 5):
        ledger.note(record)
    assert (ledger.waiting, len(later)) == (MOST, 1)
    later.pop()()
    assert ledger.waiting == 0


def test_soap_is_told_too(logged: Logged) -> None:
    """By the names of its operations, also what was refused."""
    served = logged.served
    assert ask(served, "ListBucket", "<Bucket>first</Bucket>").status == 200
    assert ask(served, "ListBucket", "<Bucket>first</Bucket>", BOB).status == 500
    logged.waiting(2)
    (told,) = logged.delivered().values()
    assert [(one["operation"], one["error"]) for one in told] == [
        ("SOAP.ListBucket", "-"), ("SOAP.ListBucket", "AccessDenied")
    ]  # fmt: skip
    assert told[1]["requester"] == BOB.principal.canonical_id


def test_forms_are_told(logged: Logged) -> None:
    """By the key that they name."""
    posted = logged.s3.generate_presigned_post("first", "by/form")
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**posted["fields"], "file": "12345"}.items()
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    sent = urllib.request.Request(posted["url"], f"{parts}--x--\r\n".encode(), kind)
    blocking(lambda: urllib.request.urlopen(sent).read())
    (told,) = map(fields, logged.waiting(1))
    seen = (told["operation"], told["key"], told["size"], told["authentication"])
    assert seen == ("REST.POST.OBJECT", "by/form", "5", "POST")


def test_how_a_connection_is_secured() -> None:
    """Told of TLS, and of no other."""

    class Handle:
        def get_cipher_name(self) -> str:
            return "TLS_AES_256_GCM_SHA384"

        def get_protocol_version_name(self) -> str:
            return "TLSv1.3"

    def told(transport: Any) -> tuple[str, str]:
        request = SimpleNamespace(channel=SimpleNamespace(transport=transport))
        sent = said(request, Answer(), datetime.now(UTC))
        return sent.cipher, sent.tls

    assert told(SimpleNamespace(getHandle=Handle)) == ("TLS_AES_256_GCM_SHA384", "TLSv1.3")
    assert told(SimpleNamespace(getHandle=object)) == told(object()) == ("", "")
