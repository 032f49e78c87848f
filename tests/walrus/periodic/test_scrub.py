# SPDX-License-Identifier: BSD-2-Clause
"""The scrub finds what nobody reads: flipped bits, lost files, files that are others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eucalyptus.database.run import Database
from eucalyptus.verification import compare
from tests.fixtures.reactor import spin
from tests.walrus.serving import Served, blocking, in_thread
from walrus.database import scrubbing
from walrus.drivers.stores.files import FileStore
from walrus.inspection import look
from walrus.periodic.scrub import RATE, REST, Scrub


@pytest.fixture
def scrub(served: Served, database: Database) -> Scrub:
    """Of the store that is served."""
    return Scrub(tables=database, store=served.store, in_thread=in_thread, now=served.world.now)


def passed(scrub: Scrub) -> list[float]:
    """Whole passes: the pauses between its rounds."""
    pauses = [spin(scrub.round())]
    while pauses[-1] != REST:
        assert len(pauses) < 20
        pauses.append(spin(scrub.round()))
    return pauses


def filled(served: Served) -> list[Path]:
    """Three objects, one of them encrypted, and a part of an upload; gives their files."""
    s3 = served.boto3()

    def lay() -> None:
        s3.create_bucket(Bucket="first")
        for key in "ab":
            s3.put_object(Bucket="first", Key=key, Body=b"bytes" * 100_000)
        s3.put_object(Bucket="first", Key="c", Body=b"x" * 10, ServerSideEncryption="AES256")
        upload: Any = s3.create_multipart_upload(Bucket="first", Key="d")["UploadId"]
        s3.upload_part(Bucket="first", Key="d", UploadId=upload, PartNumber=1, Body=b"part")

    blocking(lay)
    return sorted((served.root / "objects").glob("*/*"))


def flip(path: Path, at: int) -> None:
    """Change one bit."""
    held = bytearray(path.read_bytes())
    held[at] ^= 1
    path.write_bytes(held)


def test_what_is_whole_is_left_alone(served: Served, database: Database, scrub: Scrub) -> None:
    """And read no faster than it should."""
    filled(served)
    pauses = passed(scrub)
    assert pauses[0] == pytest.approx((1_000_000 + 14) / RATE)
    assert spin(database.read(scrubbing.damaged)) == {}


def test_what_is_damaged_is_reported(served: Served, database: Database, scrub: Scrub) -> None:
    """Once, for whoever verifies; forgotten when it was mended, or has gone."""
    files = filled(served)
    for path in files:
        flip(path, 3)
    passed(scrub)
    damaged = spin(database.read(scrubbing.damaged))
    assert set(damaged) == {path.name for path in files}
    found = compare([spin(look(database, FileStore(served.root)))], 4_000_000_000.0)
    assert [one.problem for one in found] == ["faulty"] * 4
    flip(files[0], 3)
    files[1].unlink()
    passed(scrub)
    damaged = spin(database.read(scrubbing.damaged))
    assert files[0].name not in damaged and files[1].name in damaged
    blocking(lambda: [served.boto3().delete_object(Bucket="first", Key=key) for key in "abc"])
    passed(scrub)
    assert len(spin(database.read(scrubbing.damaged))) <= 1


def test_a_file_that_is_another_is_found(served: Served, database: Database, scrub: Scrub) -> None:
    """Without a seal it is held against the database; of another size it needs no digest."""
    files = filled(served)
    big = [path for path in files if path.stat().st_size > 500_000]
    big[0].write_bytes(b"other" * 100_000)
    big[1].write_bytes(b"short")
    passed(scrub)
    damaged = spin(database.read(scrubbing.damaged))
    assert damaged[big[0].name] == "its SHA-256 is another one"
    assert damaged[big[1].name] == "it has 5 bytes instead of 500000"


def test_what_went_meanwhile_is_not_reported(
    served: Served, database: Database, scrub: Scrub
) -> None:
    """A blob that nobody names any more."""
    assert not spin(database.statement(scrubbing.note, "0" * 32, "it is gone", served.world.now()))
    assert spin(database.read(scrubbing.damaged)) == {}
