# SPDX-License-Identifier: BSD-2-Clause
"""Our own supervisor and libvirtd: guests outlive both; destroy leaves nothing."""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudinabox import ending, guest, status
from cloudinabox.layout import Layout
from cloudinabox.processes import is_alive
from cloudinabox.progress import Progress
from cloudinabox.start import PROGRAMS_HERE, Starter
from cloudinabox.supervisor import CannotStart, Supervisor
from cloudinabox.wish import Wish
from eucalyptus.command import run_now

DOMAIN = """<domain type="qemu"><name>boxed</name><memory unit="MiB">64</memory>
<os><type arch="x86_64" machine="pc">hvm</type><kernel>{0}/kernel</kernel>
<initrd>{0}/ramdisk</initrd><cmdline>root=/dev/none console=ttyS0</cmdline></os>
<features><acpi/><tcg><tb-cache unit="MiB">32</tb-cache></tcg></features>
<devices><serial type="file"><source path="{0}/console.log" append="on"/></serial></devices>
</domain>"""


@pytest.fixture
def progress() -> Progress:
    """Waits in real time, says nothing."""
    return Progress(io.StringIO(), time.monotonic, time.sleep, time.monotonic())


@pytest.fixture
def starter(progress: Progress) -> Iterator[Starter]:
    """A configured, supervised cloud in which nothing is started; destroyed at the end.

    Not below pytest's own directories: guests run as a user who may not pass through those.
    """
    wish = Wish(state=Path(tempfile.mkdtemp(prefix="box")))
    wish.state.rmdir()
    starter = Starter(wish, Supervisor(wish.layout, PROGRAMS_HERE), progress)
    starter.configure()
    yield starter
    if wish.state.exists():
        ending.destroy(wish.layout, starter.supervisor, progress)


def virsh(layout: Layout, *words: str) -> str:
    """Ask our libvirtd."""
    uri = f"qemu+unix:///system?socket={layout.libvirt_socket}"
    return run_now(["virsh", "-c", uri, *words]).out.decode()


def start_libvirtd(starter: Starter) -> int:
    """Start it, wait until it answers; its process id."""
    starter.supervisor.launch("libvirtd")
    starter.progress.wait("it", lambda: starter.supervisor.stays_up("libvirtd"), 20)
    answers = lambda: status.connects(starter.wish.layout.libvirt_socket)  # noqa: E731
    starter.progress.wait("libvirtd", answers, 30)
    (pid,) = (p.pid for p in starter.supervisor.processes() if p.group == "libvirtd")
    return pid


def launch(layout: Layout) -> int:
    """A small guest; the process id of its QEMU."""
    built = guest.build()
    folder = layout.state / "instances" / "work"
    for name, source in (("kernel", built.kernel), ("ramdisk", built.ramdisk)):
        (folder / name).write_bytes(source.read_bytes())
    (layout.state / "boxed.xml").write_text(DOMAIN.format(folder))
    virsh(layout, "create", str(layout.state / "boxed.xml"))
    (pid,) = ending.guests(layout)
    return pid


def test_a_guest_outlives_its_libvirtd_and_our_supervisor(
    starter: Starter, progress: Progress
) -> None:
    """kill -9 of libvirtd, then down, then up again: the same QEMU runs throughout."""
    layout = starter.wish.layout
    first = start_libvirtd(starter)
    pid = launch(layout)
    assert Path(f"/proc/{pid}").stat().st_uid != 0

    os.kill(first, signal.SIGKILL)
    progress.wait("the end", lambda: not is_alive(first), 10)
    again = lambda: any(  # noqa: E731
        p.group == "libvirtd" and p.state == "RUNNING" and p.pid != first
        for p in starter.supervisor.processes()
    )
    progress.wait("the next libvirtd", again, 15)
    progress.wait("its socket", lambda: status.connects(layout.libvirt_socket), 15)
    assert "running" in virsh(layout, "domstate", "boxed")

    assert ending.down(starter.supervisor, progress)
    assert not starter.supervisor.is_running()
    assert is_alive(pid)

    starter.configure()
    start_libvirtd(starter)
    assert "running" in virsh(layout, "domstate", "boxed")
    assert ending.guests(layout) == [pid]

    ending.destroy(layout, starter.supervisor, progress)
    assert not is_alive(pid)
    assert not layout.state.exists()


def test_a_second_configuration_changes_nothing(starter: Starter) -> None:
    """Neither files nor processes."""
    before = {p: p.stat().st_mtime_ns for p in (starter.wish.state / "etc").rglob("*")}
    start_libvirtd(starter)
    processes = starter.supervisor.processes()
    starter.configure()
    assert {p: p.stat().st_mtime_ns for p in (starter.wish.state / "etc").rglob("*")} == before
    assert starter.supervisor.processes() == processes
    assert not starter.supervisor.launch("libvirtd")


def test_a_daemon_that_does_not_stay_up_is_named_with_its_last_words(starter: Starter) -> None:
    """What the administrator needs to know is in the message."""
    conf = starter.wish.layout.supervisor_conf
    said = f"command={sys.executable} -c \"raise SystemExit('no such thing')\""
    lines = conf.read_text().splitlines()
    at = lines.index("[program:cluster]")
    lines[at + 1] = said
    lines[at + 7] = "startretries=0"
    conf.write_text("\n".join(lines) + "\n")
    starter.supervisor.reload(everything=False)
    starter.supervisor.launch("cluster")
    with pytest.raises(CannotStart, match="no such thing"):
        starter.progress.wait("the end", lambda: starter.supervisor.stays_up("cluster"), 20)


def test_daemons_of_a_killed_supervisor_are_found_and_ended(
    starter: Starter, progress: Progress
) -> None:
    """kill -9 of supervisord: the next start takes over instead of running everything twice."""
    first = start_libvirtd(starter)
    supervisor_pid = int((starter.wish.state / "run" / "supervisord.pid").read_text())
    os.kill(supervisor_pid, signal.SIGKILL)
    progress.wait("the end", lambda: not starter.supervisor.is_running(), 10)
    progress.wait("orphans", lambda: list(starter.supervisor.orphans()) == [first], 10)
    starter.configure()
    second = start_libvirtd(starter)
    assert second != first
    assert not is_alive(first)

    os.kill(int((starter.wish.state / "run" / "supervisord.pid").read_text()), signal.SIGKILL)
    progress.wait("the end", lambda: not starter.supervisor.is_running(), 10)
    progress.wait("orphans", lambda: list(starter.supervisor.orphans()) == [second], 10)
    assert ending.down(starter.supervisor, progress)
    assert not is_alive(second)
    assert not ending.down(starter.supervisor, progress)


def test_a_directory_that_is_not_ours_is_not_destroyed(tmp_path: Path, progress: Progress) -> None:
    """destroy removes only what faststart has made."""
    (tmp_path / "precious").touch()
    layout = Layout(tmp_path)
    with pytest.raises(ending.NotOurs):
        ending.destroy(layout, Supervisor(layout, PROGRAMS_HERE), progress)
    assert (tmp_path / "precious").exists()
