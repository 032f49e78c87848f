# SPDX-License-Identifier: BSD-2-Clause
"""Prepared images: killed between writing one and naming it, nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.streets import ROOT
from walrus.drivers.images import ImageFiles

PROGRAM = """
import sys
from pathlib import Path
from walrus.drivers.images import ImageFiles
images = ImageFiles(Path(sys.argv[1]), 1 << 20)
images.prepare()
writing = images.begin("one", 4)
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
