# SPDX-License-Identifier: BSD-2-Clause
"""What only a store behind another S3 store can get wrong."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs, formatEvent

from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.properties import store as set_text
from eucalyptus.database.run import Database
from eucalyptus.properties import (
    OBJECT_STORE,
    S3_ACCESS_KEY,
    S3_BUCKET,
    S3_ENDPOINT,
    S3_SECRET_KEY,
    S3_USE_HTTPS,
    Property,
)
from eucalyptus.secrets import open_sealer
from tests.fixtures.reactor import spin
from tests.walrus.drivers.conftest import Spun, access_of, store_at
from tests.walrus.drivers.test_stores import ONE, TWO, everybody, keep, nobody, read
from tests.walrus.serving import People, Served, blocking, in_thread, serve
from walrus.database import scrubbing
from walrus.drivers.stores import choice
from walrus.drivers.stores.backend import PART, Access, Remote, asking, upload
from walrus.drivers.stores.files import FileStore
from walrus.drivers.stores.s3 import S3Store
from walrus.drivers.stores.sealed import sealed_size
from walrus.drivers.stores.store import Damaged, NoBlob, StoreAway, StoreFailed
from walrus.inspection import inspect
from walrus.periodic.scrub import PAUSE, Scrub

NOWHERE = Access(endpoint="", key_id="K", secret="S", https=False, bucket="blobs")


@pytest.fixture
def closed() -> Access:
    """A backend that does not listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return replace(NOWHERE, endpoint=f"127.0.0.1:{port}")


def key_of(blob: str) -> str:
    """Where a blob lies in the bucket."""
    return f"blobs/{blob[:2]}/{blob}"


def test_large_blobs_go_in_parts_and_come_in_ranges(access: Access, tmp_path: Path) -> None:
    """Readers go on when the blob is removed; it goes when nobody reads it."""
    store = store_at(access, tmp_path)
    data = os.urandom(1 << 20) * 17 + b"end"
    assert len(data) > PART
    keep(store, ONE, data)
    (listed,) = store.listed()
    assert (listed.blob, listed.size) == (ONE, sealed_size(len(data)))
    assert listed.where == f"s3://{access.bucket}/{key_of(ONE)}"
    reading = store.open(ONE)
    store.remove(ONE)
    with pytest.raises(NoBlob):
        store.open(ONE)
    for first in (9_999_999, 0, len(data) - 70_000, 5):
        piece = reading.piece(first, first + 1000)
        assert piece and data[first : first + 1000].startswith(piece)
    found = b""
    while len(found) < len(data):
        found += reading.piece(len(found), len(data))
    assert found == data
    reading.close()
    store.remove(TWO)
    assert store.listed() == ()


def test_bytes_that_change_in_the_backend_are_noticed(access: Access, tmp_path: Path) -> None:
    """By the seal."""
    store = store_at(access, tmp_path)
    keep(store, ONE, b"hello")
    client = store.inner.remote().client
    where = {"Bucket": access.bucket, "Key": key_of(ONE)}
    held = blocking(lambda: client.get_object(**where)["Body"].read())
    blocking(lambda: client.put_object(**where, Body=b"j" + held[1:]))
    with pytest.raises(Damaged):
        read(store, ONE)


def test_bytes_that_change_on_the_way_are_refused(access: Access, tmp_path: Path) -> None:
    """By the backend; nothing is stored."""
    store = store_at(access, tmp_path)
    remote, file = store.inner.remote(), tmp_path / "file"
    file.write_bytes(b"other bytes")
    with file.open("rb") as opened, pytest.raises(StoreFailed, match="BadDigest"):
        wrong = "XrY7u+Ae7tCTyyK7j1rNww=="  # the MD5 of "hello world"
        blocking(upload, remote, key_of(ONE), opened.fileno(), [wrong])
    assert store.listed() == ()


def test_only_what_is_old_is_swept(access: Access, tmp_path: Path) -> None:
    """Another host may be about to record it; what somebody writes on this one stays anyway."""
    store, patient = store_at(access, tmp_path), store_at(access, tmp_path, 3600.0)
    keep(store, ONE, b"of nobody")
    client = store.inner.remote().client
    where = {"Bucket": access.bucket, "Key": key_of(TWO)}
    blocking(lambda: client.create_multipart_upload(**where))
    (tmp_path / "incoming" / TWO).write_bytes(b"half")
    assert patient.sweep(nobody) == 1
    assert [one.blob for one in store.listed()] == [ONE]
    writing = store.begin(TWO)
    assert store_at(access, tmp_path).sweep(nobody) == 1
    assert blocking(lambda: client.list_multipart_uploads(Bucket=access.bucket))["Uploads"]
    writing.release()
    assert store.sweep(nobody) == 1
    left = blocking(lambda: client.list_multipart_uploads(Bucket=access.bucket))
    assert "Uploads" not in left


def test_what_nobody_writes_can_be_removed(access: Access, tmp_path: Path) -> None:
    """As ``euca-verify --fix`` does; keys that are no blobs are not ours."""
    store = store_at(access, tmp_path)
    keep(store, ONE, b"orphan")
    writing = store.begin(TWO)
    writing.write(b"alive")
    writing.keep()
    client = store.inner.remote().client
    blocking(lambda: client.put_object(Bucket=access.bucket, Key="blobs/mine", Body=b""))
    looking = Spun(S3Store(lambda: access, tmp_path))
    assert looking.attach()
    for blob in (ONE, TWO):
        looking.remove_idle(blob)
    assert [one.blob for one in looking.listed()] == [TWO]
    writing.release()


# --- a backend that does not do its part ---------------------------------------------------------


def test_a_backend_that_is_down_is_said(closed: Access, tmp_path: Path) -> None:
    """For each call; what was spooled leaves nothing behind."""
    store = S3Store(lambda: closed, tmp_path)
    choice.prepare(store)
    writing = store.begin(ONE)
    writing.write(b"x")
    for call in (store.prepare, writing.keep, lambda: store.open(ONE), lambda: store.remove(ONE),
                 lambda: store.sweep(everybody), store.listed):  # fmt: skip
        with pytest.raises(StoreAway, match="does not answer"):
            call()
    writing.release()
    assert not list((tmp_path / "incoming").iterdir())


def test_wrong_credentials_are_said_until_they_are_right(access: Access, tmp_path: Path) -> None:
    """No restart is needed then."""
    now = [replace(access, secret="wrong")]
    store = Spun(S3Store(lambda: now[0], tmp_path))
    with capturedLogs() as logged:
        blocking(choice.prepare, store.inner)
    said = " ".join(str(formatEvent(one)) for one in logged)
    assert f"backend {access.url} refuses" in said and "neither kept nor read" in said
    assert access.secret not in said and "wrong" not in said
    with pytest.raises(StoreAway, match="refuses the cloud's credentials"):
        keep(store, ONE, b"x")
    now[0] = access
    with pytest.raises(StoreAway, match="has no bucket"):
        keep(store, TWO, b"x")
    store.prepare()
    keep(store, "a" * 32, b"x")
    assert read(store, "a" * 32) == b"x"


def test_a_backend_must_be_set_up(tmp_path: Path) -> None:
    """No endpoint, no objects."""
    store = S3Store(lambda: NOWHERE, tmp_path)
    with pytest.raises(StoreAway, match="not set up"):
        store.prepare()


@pytest.mark.parametrize(
    ("code", "status", "kind", "full"),
    [
        ("NoSuchKey", 404, NoBlob, False),
        ("QuotaExceeded", 403, StoreFailed, True),
        ("SlowDown", 503, StoreAway, False),
        ("InvalidAccessKeyId", 403, StoreAway, False),
        ("InvalidArgument", 400, StoreFailed, False),
    ],
)
def test_refusals_are_understood(code: str, status: int, kind: type, full: bool) -> None:
    """As what they mean for the store."""
    said: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(kind) as caught, asking(NOWHERE):
        raise ClientError(said, "PutObject")
    assert type(caught.value) is kind
    assert getattr(caught.value, "full", False) is full
    with pytest.raises(StoreAway), asking(NOWHERE):
        raise BotoCoreError


def test_a_backend_that_breaks_off_is_noticed() -> None:
    """Fewer bytes than were asked for are no end."""
    client = SimpleNamespace(
        get_object=lambda **asked: {"Body": BytesIO(b"x" * 10), "ETag": "e", "ContentRange": "/99"}
    )
    opened = Remote(access=NOWHERE, client=client).sealed("key")
    assert (opened.total, opened.read(10, 89)) == (99, b"x" * 10)
    with pytest.raises(StoreFailed, match="less than it said"):
        opened.read(20, 0)
    opened.close()


def test_the_library_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For this driver only; what to install is said."""
    monkeypatch.setitem(sys.modules, "walrus.drivers.stores.s3", None)
    assert isinstance(choice.store_of(Told({}), tmp_path), FileStore)
    with pytest.raises(StoreFailed, match=r"pip install eucalyptus\[gateway\]"):
        choice.store_of(Told({OBJECT_STORE.name: "s3"}), tmp_path)


# --- Walrus on it --------------------------------------------------------------------------------


class Told:
    """Properties in a dict, by default as they are declared."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def get(self, wanted: Property[Any]) -> Any:
        """The value."""
        return wanted.read(self._texts.get(wanted.name, wanted.default))


@pytest.mark.parametrize("provider", ["riakcs", "ceph-rgw", "s3"])
def test_a_property_chooses(served: Served, tmp_path: Path, provider: str) -> None:
    """The three are one driver."""
    assert isinstance(choice.store_of(Told({}), tmp_path), FileStore)
    access = access_of(served)
    told = Told({
        OBJECT_STORE.name: provider, S3_ENDPOINT.name: access.endpoint,
        S3_ACCESS_KEY.name: access.key_id, S3_SECRET_KEY.name: access.secret,
        S3_USE_HTTPS.name: "false", S3_BUCKET.name: access.bucket,
    })  # fmt: skip
    chosen = Spun(choice.store_of(told, tmp_path / "spool"))
    assert isinstance(chosen.inner, S3Store)
    chosen.prepare()
    keep(chosen, ONE, b"hello")
    assert read(chosen, ONE) == b"hello"


def test_objects_go_through(access: Access, database: Database, tmp_path: Path) -> None:
    """A whole round with boto3: one request, parts, a range, encryption, a copy, deletion."""
    store = store_at(access, tmp_path / "spool")
    front, listening = serve(database, tmp_path / "front", People(), store.inner)
    s3, data = front.boto3(), os.urandom(6 << 20)

    def use() -> None:
        s3.create_bucket(Bucket="through")
        s3.put_object(Bucket="through", Key="one", Body=data, Metadata={"a": "b"})
        s3.put_object(Bucket="through", Key="dark", Body=data, ServerSideEncryption="AES256")
        s3.copy_object(Bucket="through", Key="copy", CopySource="through/dark")
        begun = {"Bucket": "through", "Key": "parts"}
        begun["UploadId"] = s3.create_multipart_upload(**begun)["UploadId"]
        parts = [
            {"PartNumber": n, "ETag": s3.upload_part(**begun, PartNumber=n, Body=data)["ETag"]}
            for n in (1, 2)
        ]
        s3.complete_multipart_upload(**begun, MultipartUpload={"Parts": parts})
        for key, whole in (("one", data), ("dark", data), ("copy", data), ("parts", 2 * data)):
            found = s3.get_object(Bucket="through", Key=key)
            assert found["Body"].read() == whole
            ranged = s3.get_object(Bucket="through", Key=key, Range="bytes=5000000-5999999")
            assert ranged["Body"].read() == whole[5_000_000:6_000_000]
        assert s3.head_object(Bucket="through", Key="one")["Metadata"] == {"a": "b"}
        for key in ("one", "dark", "copy", "parts"):
            s3.delete_object(Bucket="through", Key=key)

    blocking(use)
    spin(listening.stopListening())


def test_callers_hear_that_the_backend_is_down(
    closed: Access, database: Database, tmp_path: Path
) -> None:
    """503 with a sentence, and the scrub blames no blob for it."""
    made: Any = S3Store(lambda: closed, tmp_path / "spool")
    files = FileStore(tmp_path / "front" / "bukkits")
    front, listening = serve(database, tmp_path / "front", People(), files)
    s3 = front.boto3()
    blocking(lambda: s3.create_bucket(Bucket="first"))
    blocking(lambda: s3.put_object(Bucket="first", Key="k", Body=b"x"))
    choice.prepare(made)
    spin(listening.stopListening())
    scrub = Scrub(tables=database, store=made, in_thread=in_thread, now=front.world.now)
    assert spin(scrub.round()) == PAUSE
    assert spin(database.read(scrubbing.damaged)) == {}


@pytest.mark.parametrize("method", ["put_object", "get_object"])
def test_callers_get_503(method: str, served: Served, database: Database, tmp_path: Path) -> None:
    """For reading and writing alike."""
    now = [access_of(served)]
    store = Spun(S3Store(lambda: now[0], tmp_path / "spool"))
    store.prepare()
    front, listening = serve(database, tmp_path / "front", People(), store.inner)
    s3 = front.boto3()
    blocking(lambda: s3.create_bucket(Bucket="first"))
    blocking(lambda: s3.put_object(Bucket="first", Key="k", Body=b"x"))
    now[0] = replace(now[0], secret="wrong")
    with pytest.raises(ClientError, match="credentials") as caught:
        blocking(lambda: getattr(s3, method)(Bucket="first", Key="k"))
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    spin(listening.stopListening())


def test_the_inspection_asks_the_backend(
    access: Access, database: Database, tmp_path: Path
) -> None:
    """``euca-verify`` sees the blobs there; of a backend that is away it believes nothing."""
    keep(store_at(access, tmp_path / "bukkits"), ONE, b"orphan")
    told = {
        OBJECT_STORE: "s3", S3_ENDPOINT: access.endpoint, S3_ACCESS_KEY: access.key_id,
        S3_BUCKET: access.bucket,
        S3_SECRET_KEY: open_sealer(tmp_path / "keys").seal(access.secret.encode()).decode(),
    }  # fmt: skip
    for one, text in told.items():
        spin(database.run(set_text, one.name, text, "tests"))
    config = tmp_path / "eucalyptus.conf"
    config.write_text(f'EUCALYPTUS_STATE="{tmp_path}"\nDATABASE_URL="{database.url}"\n')
    (seen,) = spin(Deferred.fromCoroutine(inspect(config))).seen
    assert (seen.id, seen.where) == (ONE, f"s3://{access.bucket}/{key_of(ONE)}")
    spin(database.run(set_text, S3_BUCKET.name, "another-one", "tests"))
    with pytest.raises(Refused, match="has no bucket"):
        spin(Deferred.fromCoroutine(inspect(config)))
