# SPDX-License-Identifier: BSD-2-Clause
"""Prepared images: killed between writing one and naming it, nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.streets import ROOT
from walrus.drivers.images import ImageFiles, NoRoom

PROGRAM = """
import sys
from pathlib import Path
from walrus.drivers.images import ImageFiles
images = ImageFiles(Path(sys.argv[1]), 1 << 20)
images.prepare()
writing = images.begin("a" * 64, 4, "one")
writing.write(b"data")
writing.keep("a" * 64, "b" * 64)
"""


def test_killed_before_the_image_has_its_name(tmp_path: Path) -> None:
    """The next start finds an empty cache, and can prepare the image again."""
    argv = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    for point, code, left in (("walrus.image.synced", -signal.SIGKILL, 0), ("", 0, 1)):
        ended = subprocess.run(
            argv, cwd=ROOT, env={**os.environ, "EUCA_CRASH": point, "PYTHONPATH": str(ROOT)},
            capture_output=True, check=False,
        )  # fmt: skip
        assert ended.returncode == code, ended.stderr
        images = ImageFiles(tmp_path, 1 << 20)
        images.prepare()
        assert len(list((tmp_path / "images").iterdir())) == left
        assert (images.open("a" * 64) is not None) == bool(left)


A, B, C = "a" * 64, "b" * 64, "c" * 64
HALF = b"x" * 500


@pytest.fixture
def images(tmp_path: Path) -> ImageFiles:
    """A cache of 8 KiB: two images of a block each."""
    made = ImageFiles(tmp_path, 8192)
    made.prepare()
    return made


def kept(images: ImageFiles, manifest: str, age: float) -> None:
    """Prepare an image that was last used so long ago."""
    writing = images.begin(manifest, 1000, "one")
    writing.write(b"x" * 1000)
    prepared = writing.keep(manifest, "0" * 64)
    os.utime(prepared.file.fileno(), (1_700_000_000 - age,) * 2)
    prepared.file.close()


def test_progress_is_seen_by_every_process(images: ImageFiles, tmp_path: Path) -> None:
    """Nothing, the half, nearly all, all; also where the image has holes."""
    other = ImageFiles(tmp_path, 8192)
    other.prepare()
    assert other.progress(A) is None
    writing = images.begin(A, 1000, "one")
    for piece, percent in ((b"", 0), (HALF, 50), (bytes(500), 99)):
        writing.write(piece)
        assert (other.progress(A), other.progress(B)) == (percent, None)
    writing.keep(A, B).file.close()
    assert other.progress(A) == 100
    other.drop(A)
    assert other.progress(A) is None


def test_the_least_recently_used_image_goes(images: ImageFiles) -> None:
    """Of those that are there; to look at one is to use it."""
    kept(images, A, age=20)
    kept(images, B, age=10)
    found = images.open(A)
    assert found is not None
    found.file.close()
    kept(images, C, age=0)
    assert [images.progress(one) for one in (A, B, C)] == [100, None, 100]


def test_what_is_being_prepared_takes_room(images: ImageFiles) -> None:
    """For one that does not fit beside it nothing is thrown away; a dead one takes none."""
    kept(images, A, age=20)
    writing = images.begin(B, 6000, "one")
    with pytest.raises(NoRoom) as busy:
        images.begin(C, 6000, "two")
    with pytest.raises(NoRoom) as never:
        images.begin(C, 9000, "two")
    assert (busy.value.later, never.value.later) == (True, False)
    writing.discard()
    (images._root / "images" / f"{B}.6000.dead.part").write_bytes(b"left")
    images.begin(C, 6000, "two").discard()
    assert images.progress(B) is None
    assert images.progress(A) is None, "the room was needed"
