# SPDX-License-Identifier: BSD-2-Clause
"""Killed at every step of a put or delete: the object is the old one or the new one, whole; what
was acknowledged is there; after the sweep nothing is left over (F-1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor

from eucalyptus.database.run import Database
from eucalyptus.verification import compare
from tests.fixtures.postgres import TOP
from tests.fixtures.reactor import spin
from tests.walrus.operations.crashing import NEW
from tests.walrus.serving import Served, blocking
from walrus.drivers.stores.files import FileStore
from walrus.inspection import look
from walrus.service import named_now

WRITING = [
    "walrus.put.created", "walrus.put.written", "walrus.put.written:2",
    "walrus.put.before_sync", "walrus.put.synced", "walrus.put.renamed",
    "walrus.put.directory_synced",
]  # fmt: skip
POINTS = {
    "PutObject": [*WRITING, "walrus.put.committed", "walrus.doomed.removed", ""],
    "DeleteObject": ["walrus.delete.committed", "walrus.doomed.removed", ""],
    "DeleteObjects": ["walrus.delete.committed", "walrus.doomed.removed", ""],
    "CopyObject": [*WRITING, "walrus.copy.committed", "walrus.doomed.removed", ""],
    "UploadPart": [*WRITING, "walrus.part.committed", ""],
    "CompleteMultipartUpload": [
        "walrus.complete.locked", "walrus.complete.recorded", "walrus.complete.committed",
        "walrus.doomed.removed", "",
    ],
    "AbortMultipartUpload": ["walrus.abort.committed", "walrus.doomed.removed", ""],
}  # fmt: skip
KILLS = [(what, point) for what in POINTS for point in POINTS[what]]
PART, TAIL = b"p" * (5 << 20), b"the tail"
K = {"Bucket": "first", "Key": "k"}


class Doing:
    """What is done to first/k, and how it can be told whether it was."""

    def __init__(self, s3: Any, what: str) -> None:
        self.s3, self.what = s3, what
        self.upload = ""
        self.said: dict[str, Any] = {}

    def prepare(self) -> None:
        """Blocking: lay everything out."""
        self.s3.create_bucket(Bucket="first")
        if self.what == "DeleteObjects":
            versioned = {"Status": "Enabled"}
            self.s3.put_bucket_versioning(Bucket="first", VersioningConfiguration=versioned)
        old = self.s3.put_object(**K, Body=b"old")
        if self.what == "DeleteObjects":
            which = f"<Key>k</Key><VersionId>{old['VersionId']}</VersionId>"
            document = f"<Delete><Object>{which}</Object></Delete>"
            self.said = {"query": {"delete": ""}, "headers": {"content-md5": ""}, "body": document}
        if self.what == "CopyObject":
            self.s3.put_object(Bucket="first", Key="from", Body=NEW)
            self.said = {"headers": {"x-amz-copy-source": "first/from"}}
        if "Part" in self.what or "Upload" in self.what:
            self._upload()

    def _upload(self) -> None:
        self.upload = self.s3.create_multipart_upload(**K)["UploadId"]
        named = {**K, "UploadId": self.upload}
        tags = [
            self.s3.upload_part(**named, PartNumber=number, Body=body)["ETag"].strip('"')
            for number, body in ((1, PART), (2, TAIL), (3, b"not in the list"))
        ]
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tags[number - 1]}</ETag></Part>"
            for number in (1, 2)
        )
        document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
        self.said = {"query": {"uploadId": self.upload, "partNumber": "3"}, "body": document}

    def state(self) -> tuple[bytes, int]:
        """Blocking: the object's bytes, and the size of the upload's part 3, -1 without one."""
        try:
            held = bytes(self.s3.get_object(**K)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            held = b"none"
        if not self.upload:
            return held, -1
        try:
            parts = self.s3.list_parts(**K, UploadId=self.upload)["Parts"]
        except self.s3.exceptions.NoSuchUpload:
            return held, -1
        return held, parts[2]["Size"]

    def wanted(self, done: bool) -> tuple[bytes, int]:
        """What ``state`` must give, before and after."""
        third = len(b"not in the list") if self.upload else -1
        after = {
            "PutObject": (NEW, -1), "DeleteObject": (b"none", -1), "CopyObject": (NEW, -1),
            "DeleteObjects": (b"none", -1), "UploadPart": (b"old", len(NEW)),
            "CompleteMultipartUpload": (PART + TAIL, -1),
            "AbortMultipartUpload": (b"old", -1),
        }  # fmt: skip
        return after[self.what] if done else (b"old", third)


@pytest.mark.parametrize(("what", "point"), KILLS)
def test_killed_at(served: Served, database: Database, what: str, point: str) -> None:
    """Kill, look, sweep, look again."""
    doing = Doing(served.boto3(), what)
    blocking(doing.prepare)
    argv = [sys.executable, "-m", "tests.walrus.operations.crashing", database.url]
    ended = subprocess.run(
        [*argv, str(served.root), what, json.dumps(doing.said)], cwd=TOP, capture_output=True,
        timeout=60, env={**os.environ, "EUCA_CRASH": point, "PYTHONPATH": str(TOP)},
    )  # fmt: skip
    assert ended.returncode == (-9 if point else 0), ended.stderr
    acknowledged = b"acknowledged" in ended.stdout
    late = acknowledged or point.endswith("committed")
    assert blocking(doing.state) == doing.wanted(late)
    spin(served.graveyard.sweep(named_now(reactor, database)))
    assert blocking(doing.state) == doing.wanted(late)
    _check_clean(served.root, database)


def _check_clean(root: Path, database: Database) -> None:
    """No unfinished file, nothing doomed, and no difference between records and files."""
    assert not list((root / "incoming").iterdir())
    inspection = spin(look(database, FileStore(root)))
    assert all(belief.needs for belief in inspection.beliefs)
    assert compare([inspection], time.time() + 1000) == []


def test_inspection_sees_what_is_wrong(served: Served, database: Database) -> None:
    """A lost file, a cut file, a foreign file; the foreign one can be removed."""
    s3 = served.boto3()

    def prepare() -> None:
        s3.create_bucket(Bucket="first")
        for key in "abc":
            s3.put_object(Bucket="first", Key=key, Body=b"some bytes")

    blocking(prepare)
    lost, cut, _ = sorted((served.root / "objects").glob("*/*"))
    lost.unlink()
    cut.write_bytes(b"some")
    shard = served.root / "objects" / "ee"
    (shard / ("e" * 32)).write_bytes(b"foreign")
    later = time.time() + 1000
    found = compare([spin(look(database, FileStore(served.root)))], later)
    assert sorted(f.problem for f in found) == ["faulty", "missing", "orphan"]
    for finding in found:
        if finding.problem == "orphan":
            assert finding.fix is not None
            spin(finding.fix())  # type: ignore[arg-type]
    found = compare([spin(look(database, FileStore(served.root)))], later)
    assert sorted(f.problem for f in found) == ["faulty", "missing"]
    assert spin(look(database, FileStore(served.root / "nothing"))).seen == []


def test_damaged_bytes_are_never_a_whole_answer(served: Served) -> None:
    """Cut, flipped or gone: an error or a broken connection (S-80)."""
    from botocore.exceptions import ClientError

    s3 = served.boto3()

    def lay(key: str, size: int) -> Path:
        before = set((served.root / "objects").glob("*/*"))
        s3.put_object(Bucket="first", Key=key, Body=b"x" * size)
        (path,) = set((served.root / "objects").glob("*/*")) - before
        return path

    def flip(path: Path, at: int) -> None:
        held = bytearray(path.read_bytes())
        held[at] ^= 1
        path.write_bytes(held)

    def read(key: str, span: str = "bytes=0-") -> bytes:
        return bytes(s3.get_object(Bucket="first", Key=key, Range=span)["Body"].read())

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        lay("cut", 10).write_bytes(b"x")
        lay("gone", 10).unlink()
        lay("other", 10).write_bytes(b"x" * 9 + b"y")
        flip(lay("small", 10), 9)
        flip(lay("seal", 10), 12)
        for key in ("cut", "gone", "other", "small", "seal"):
            with pytest.raises(ClientError, match="InternalError"):
                read(key)
        flip(lay("big", 900_000), 700_000)
        with pytest.raises(Exception, match=r"(?i)incomplete|connection|read|closed"):
            read("big")
        with pytest.raises(ClientError, match="InternalError"):
            read("big", "bytes=699000-699999")
        assert read("big", "bytes=100-499999") == b"x" * 499_900

    blocking(talk)


def test_blobs_from_before_there_were_seals_are_read(served: Served) -> None:
    """By their SHA-256, in ranges too."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="old", Body=b"0123456789")
        (path,) = (served.root / "objects").glob("*/*")
        path.write_bytes(b"0123456789")
        assert s3.get_object(Bucket="first", Key="old")["Body"].read() == b"0123456789"
        part = s3.get_object(Bucket="first", Key="old", Range="bytes=3-4")
        assert part["Body"].read() == b"34"

    blocking(talk)
