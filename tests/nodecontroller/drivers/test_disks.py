# SPDX-License-Identifier: BSD-2-Clause
"""Disks made by the real programs, read back by others."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults

from eucalyptus.command import CommandFailed, Finished, run, run_now
from nodecontroller.core.disks import SECTOR, Disk, Fetched, plan
from nodecontroller.drivers.disks import DiskFailed
from nodecontroller.drivers.disks.files import FileDisks, Tools
from nodecontroller.drivers.images import DiskFull
from nodecontroller.drivers.images.cache import Cache
from tests.fixtures.reactor import Spin
from tests.nodecontroller.house import at_once, machine, record

MIB = 2**20
CONTENT = os.urandom(3 * MIB + 100)
COMPOSED = machine(
    record("machine", "sda1", size=len(CONTENT)),
    record("kernel", "none"),
    record("ephemeral0", "sda2", size=16 * MIB),
    record("swap", "sda3", size=8 * MIB, format="swap"),
)
WHOLE = machine(
    record("machine", "sda", size=len(CONTENT)),
    record("ephemeral0", "sdb", size=16 * MIB, format="ext4"),
    record("swap", "sdc", size=MIB, format="swap"),
    record("ephemeral1", "sdd", size=MIB, format="none"),
)
IMAGES = {
    "emi-machine": Fetched(size=len(CONTENT), digest="m"),
    "emi-kernel": Fetched(size=10, digest="k"),
}


class Bench:
    """A work directory, a cache, an image."""

    def __init__(self, root: Path, spin: Spin) -> None:
        self.work, self.spin = root / "work", spin
        self.folder = self.work / "owner" / "i-00000001"
        self.cache = Cache(root / "cache", 10**9)
        self.cache.open()
        self.image = root / "image"
        self.image.write_bytes(CONTENT)
        self.calls: list[str] = []
        self.argvs: list[tuple[str, ...]] = []
        self.fail: Callable[[str], bytes] = lambda program: b""

    def disks(self, *, layers: bool = True) -> FileDisks:
        """Disks with real programs, which are counted and may be made to fail."""

        async def counted(argv: Any, **how: Any) -> Finished:
            self.calls.append(argv[0])
            self.argvs.append(tuple(argv))
            said = self.fail(argv[0])
            if said:
                raise CommandFailed(argv, Finished(1, b"", said))
            return await run(argv, **how)

        slots = DeferredSemaphore(2)
        tools = Tools(run=counted, in_thread=at_once, slots=slots, layers=layers)
        return FileDisks(self.work, self.cache, tools)

    def make(self, disk: Disk, **how: Any) -> Any:
        """Make one disk."""
        made = self.disks(**how)
        self.spin(made.prepare(self.folder))
        return self.spin(made.make(disk, {"emi-machine": self.image}, self.folder))


@pytest.fixture
def bench(tmp_path: Path, spin: Spin) -> Bench:
    """Where disks are made."""
    return Bench(tmp_path, spin)


def raw(drive: Any, target: Path) -> Path:
    """What a guest would read from a disk, as a file."""
    run_now(["qemu-img", "convert", "-f", drive.format, "-O", "raw", drive.path, str(target)])
    return target


def test_a_composed_disk_has_what_its_partitions_say(bench: Bench, tmp_path: Path) -> None:
    """The table, the image in the first partition, a clean ext3 in the next, swap in the last."""
    (disk,) = plan(COMPOSED, IMAGES).disks
    drive = bench.make(disk)
    path = raw(drive, tmp_path / "disk")
    assert drive.format == "qcow2" and path.stat().st_size == disk.size
    table = json.loads(run_now(["sfdisk", "-J", str(path)]).out)["partitiontable"]
    rows = [(p["start"], p["size"], p["type"]) for p in table["partitions"]]
    assert rows == [
        (p.start, p.sectors, kind)
        for p, kind in zip(disk.partitions, ("83", "83", "82"), strict=True)
    ]
    root, ephemeral, swap = (
        cut(path, p.start * SECTOR, p.sectors * SECTOR) for p in disk.partitions
    )
    assert root.read_bytes().startswith(CONTENT)
    run_now(["e2fsck", "-fn", str(ephemeral)])
    kinds = [
        run_now(["blkid", "-p", "-o", "value", "-s", "TYPE", str(x)]).out for x in (ephemeral, swap)
    ]
    assert kinds == [b"ext3\n", b"swap\n"]


def cut(path: Path, start: int, size: int) -> Path:
    """A part of a file as a file of its own."""
    target = path.with_name(f"part-{start}")
    with path.open("rb") as file:
        file.seek(start)
        target.write_bytes(file.read(size))
    return target


def test_a_second_disk_of_the_same_is_a_layer(bench: Bench, tmp_path: Path) -> None:
    """Nothing is composed again; what one guest writes the other does not see."""
    (disk,) = plan(COMPOSED, IMAGES).disks
    one = bench.make(disk)
    first, bench.calls = bench.calls, []
    bench.folder = bench.folder.with_name("i-00000002")
    two = bench.make(disk)
    assert "sfdisk" in first and bench.calls == []
    run_now(["qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 1M", one.path])
    assert raw(one, tmp_path / "1").read_bytes() != raw(two, tmp_path / "2").read_bytes()


def test_the_same_disk_wanted_twice_at_once_is_composed_once(bench: Bench) -> None:
    """The second waits."""
    (disk,) = plan(COMPOSED, IMAGES).disks
    disks = bench.disks()
    folders = [bench.work / "owner" / name for name in ("i-00000001", "i-00000002")]
    for folder in folders:
        bench.spin(disks.prepare(folder))
    made = [
        Deferred.fromCoroutine(disks.make(disk, {"emi-machine": bench.image}, f)) for f in folders
    ]
    bench.spin(gatherResults(made))
    assert bench.calls.count("sfdisk") == 1
    assert all((folder / "disk-a.qcow2").exists() for folder in folders)


def test_whole_disks_and_blanks(bench: Bench, tmp_path: Path) -> None:
    """The image as it is, rounded up to a sector; blanks with and without a filesystem."""
    root, ephemeral, swap, bare = (bench.make(d) for d in plan(WHOLE, IMAGES).disks)
    said = raw(root, tmp_path / "root").read_bytes()
    assert said.startswith(CONTENT) and len(said) % SECTOR == 0
    run_now(["e2fsck", "-fn", str(raw(ephemeral, tmp_path / "ephemeral"))])
    assert b"swap" in run_now(["blkid", "-p", str(raw(swap, tmp_path / "swap"))]).out
    assert Path(bare.path).stat().st_size == MIB and Path(bare.path).stat().st_blocks == 0
    assert [d.format for d in (root, ephemeral, swap, bare)] == ["qcow2", "qcow2", "qcow2", "raw"]


def test_a_filesystem_is_made_once(bench: Bench) -> None:
    """The next instance has a layer over the same one; a disk beside it never has its twin."""
    _, ephemeral, swap, bare = plan(WHOLE, IMAGES).disks
    for disk in (ephemeral, swap, bare, ephemeral, swap, bare):
        bench.make(disk)
    assert sorted(bench.calls) == ["mke2fs", "mkswap"]
    twins = machine(
        record("machine", "sda", size=len(CONTENT)),
        record("ephemeral0", "sdb", size=16 * MIB, format="ext4"),
        record("ephemeral1", "sdc", size=16 * MIB, format="ext4"),
    )
    _, one, other = plan(twins, IMAGES).disks
    assert one.key == ephemeral.key != other.key


def test_every_layer_names_the_format_of_its_base(bench: Bench) -> None:
    """A raw base is never probed."""
    drive = bench.make(plan(WHOLE, IMAGES).disks[0])
    said = json.loads(run_now(["qemu-img", "info", "--output=json", drive.path]).out)
    assert said["backing-filename-format"] == "raw" and said["format"] == "qcow2"


def test_without_layers_disks_are_copies(bench: Bench, tmp_path: Path) -> None:
    """DISABLE_CACHE_SNAPSHOTS."""
    (disk,) = plan(COMPOSED, IMAGES).disks
    drive = bench.make(disk, layers=False)
    assert drive.format == "raw" and os.access(drive.path, os.W_OK)
    assert Path(drive.path).stat().st_size == disk.size
    assert not (bench.folder / "disk-a.base").exists()


def test_making_again_begins_anew(bench: Bench) -> None:
    """What a former attempt left, even to half, does not matter."""
    for disk in plan(WHOLE, IMAGES).disks:
        drive = bench.make(disk)
        Path(drive.path).write_bytes(b"rubbish")
        again = bench.make(disk)
        assert again == drive and Path(again.path).stat().st_size > 7


def test_a_full_disk_is_said_and_nothing_is_left(bench: Bench) -> None:
    """Whichever program meets it."""
    (disk,) = plan(COMPOSED, IMAGES).disks
    bench.fail = lambda program: b"dd: No space left on device" if program == "dd" else b""
    with pytest.raises(DiskFull):
        bench.make(disk)
    assert not list(bench.cache.folder.iterdir())
    bench.fail = lambda program: b""
    assert bench.make(disk)


def test_another_failure_is_the_programs_own_word(bench: Bench) -> None:
    """For the log and the reason."""
    bench.fail = lambda program: b"mke2fs: bad luck" if program == "mke2fs" else b""
    with pytest.raises(DiskFailed, match="bad luck"):
        bench.make(plan(COMPOSED, IMAGES).disks[0])


def test_folders_are_made_listed_and_removed(bench: Bench) -> None:
    """With their owner's, when it is empty; whoever runs guests can pass through."""
    disks = bench.disks()
    bench.spin(disks.prepare(bench.folder))
    (bench.folder / "file").touch()
    assert bench.spin(disks.folders()) == (bench.folder,)
    assert bench.folder.stat().st_mode & 0o777 == 0o711
    size, free = bench.spin(disks.room())
    assert 0 < free <= size
    bench.spin(disks.remove(bench.folder))
    bench.spin(disks.remove(bench.folder))
    assert not list(bench.work.iterdir())


def test_g05_qemu_guesses_no_format(bench: Bench) -> None:
    """Nothing that a guest or an image says of itself is asked: each layer names its base's."""
    for disk in (*plan(COMPOSED, IMAGES).disks, *plan(WHOLE, IMAGES).disks):
        drive = bench.make(disk)
        if drive.format == "qcow2":
            facts = json.loads(run_now(["qemu-img", "info", "--output=json", drive.path]).out)
            assert facts["backing-filename-format"] == "raw"
    assert not [argv for argv in bench.argvs if argv[0].startswith("qemu")]


def test_g21_a_new_disk_holds_nothing_of_an_old_one(bench: Bench, tmp_path: Path) -> None:
    """A pattern on every disk of an instance that ended is on none of the next one's."""
    pattern = b"\xa7" * 4096
    old = [bench.make(disk) for disk in plan(WHOLE, IMAGES).disks]
    for drive in old:
        run_now(["qemu-io", "-f", drive.format, "-c", "write -P 0xa7 0 512k", drive.path])
        assert pattern in raw(drive, tmp_path / "old").read_bytes()
    bench.spin(bench.disks().remove(bench.folder))
    for disk in plan(WHOLE, IMAGES).disks:
        assert pattern not in raw(bench.make(disk), tmp_path / "new").read_bytes()
