# SPDX-License-Identifier: BSD-2-Clause
"""Layers that QEMU's own tools take for theirs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from eucalyptus.command import run_now
from nodecontroller.core import qcow2

needs_qemu = pytest.mark.skipif(not shutil.which("qemu-img"), reason="there is no qemu-img")


@needs_qemu
@pytest.mark.parametrize("size", [512, 1 << 20, (5 << 30) + 1000, (512 << 20) + 1, 10 << 40])
def test_qemu_reads_it_as_an_empty_layer(tmp_path: Path, size: int) -> None:
    """Sound, of the wanted size in whole sectors, over the base as it was named."""
    base, path = tmp_path / "disk.base", tmp_path / "disk.qcow2"
    base.write_bytes(b"base" * 128)
    path.write_bytes(qcow2.layer(base.name, size))
    checked = json.loads(run_now(["qemu-img", "check", "--output=json", str(path)]).out)
    assert (checked["check-errors"], checked.get("leaks", 0)) == (0, 0)
    facts = json.loads(run_now(["qemu-img", "info", "--output=json", str(path)]).out)
    assert facts["virtual-size"] == -(-size // 512) * 512
    assert (facts["backing-filename"], facts["backing-filename-format"]) == (base.name, "raw")
    assert facts["format-specific"]["data"]["corrupt"] is False


@needs_qemu
def test_it_shows_the_base_and_keeps_what_is_written(tmp_path: Path) -> None:
    """Also where the layer is longer than its base; the base stays as it was."""
    base, path = tmp_path / "disk.base", tmp_path / "disk.qcow2"
    base.write_bytes(b"\x11" * (1 << 20))
    path.write_bytes(qcow2.layer(base.name, 4 << 20))
    script = ["read -P 0x11 0 1M", "read -P 0 1M 3M", "write -P 0x22 512k 1M",
              "read -P 0x22 512k 1M", "read -P 0x11 0 512k"]  # fmt: skip
    words = [word for command in script for word in ("-c", command)]
    said = run_now(["qemu-io", "-f", "qcow2", *words, str(path)]).out.decode()
    assert "failed" not in said and said.count(" ops;") == len(script)
    run_now(["qemu-img", "check", str(path)])
    assert base.read_bytes() == b"\x11" * (1 << 20)


@pytest.mark.parametrize(
    ("base", "size"), [("", 1), ("b", 0), ("b", -1), ("b" * 1024, 1), ("b", qcow2.MOST + 1)]
)
def test_what_does_not_fit_is_refused(base: str, size: int) -> None:
    with pytest.raises(ValueError, match="no layer"):
        qcow2.layer(base, size)
