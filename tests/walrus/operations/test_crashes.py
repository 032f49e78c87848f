# SPDX-License-Identifier: BSD-2-Clause
"""Killed at every step of a put or delete: the object is the old one or the new one, whole; what
was acknowledged is there; after the sweep nothing is left over (F-1)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

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

POINTS = [
    ("put", "walrus.put.created"), ("put", "walrus.put.written"), ("put", "walrus.put.written:2"),
    ("put", "walrus.put.before_sync"), ("put", "walrus.put.synced"), ("put", "walrus.put.renamed"),
    ("put", "walrus.put.directory_synced"), ("put", "walrus.put.committed"),
    ("put", "walrus.doomed.removed"), ("delete", "walrus.delete.committed"),
    ("delete", "walrus.doomed.removed"), ("put", ""), ("delete", ""),
]  # fmt: skip


@pytest.mark.parametrize(("what", "point"), POINTS)
def test_killed_at(served: Served, database: Database, what: str, point: str) -> None:
    """Kill, look, sweep, look again."""
    s3 = served.boto3()

    def prepare() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"old")

    blocking(prepare)
    argv = [sys.executable, "-m", "tests.walrus.operations.crashing", database.url]
    ended = subprocess.run(
        [*argv, str(served.root), what], cwd=TOP, capture_output=True, timeout=60,
        env={**os.environ, "EUCA_CRASH": point, "PYTHONPATH": str(TOP)},
    )  # fmt: skip
    assert ended.returncode == (-9 if point else 0), ended.stderr
    acknowledged = b"acknowledged" in ended.stdout
    late = acknowledged or point.endswith("committed")

    def found() -> bytes:
        try:
            return bytes(s3.get_object(Bucket="first", Key="k")["Body"].read())
        except s3.exceptions.NoSuchKey:
            return b"none"

    after = b"none" if what == "delete" else NEW
    assert blocking(found) == (after if late else b"old")
    spin(served.graveyard.sweep(named_now(reactor, database)))
    assert blocking(found) == (after if late else b"old")
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
