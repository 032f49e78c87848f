# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus-box-libvirtd STATE``: become a libvirtd that shares nothing with another.

Runs in a mount namespace of its own (``unshare --mount``): our directories are laid over the ones
that libvirt was built with, so that its sockets, its guests and its configuration are ours alone.
The guests are separate processes; they stay when libvirtd ends and are taken up by the next one.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudinabox.layout import Layout
from eucalyptus.command import run_now


def covers(layout: Layout) -> Mapping[Path, Path]:
    """Our file or directory -> the one it is laid over."""
    at = layout.libvirt
    return {
        at / "etc": Path("/etc/libvirt"),
        at / "run": Path("/run/libvirt"),
        at / "lib": Path("/var/lib/libvirt"),
        at / "log": Path("/var/log/libvirt"),
        at / "cache": Path("/var/cache/libvirt"),
        at / "hosts": Path("/etc/hosts"),
    }


def may_use(device: os.stat_result, uid: int, groups: Sequence[int]) -> bool:
    """Whether a user may read and write a device."""
    if device.st_uid == uid:
        return device.st_mode & 0o600 == 0o600
    if device.st_gid in groups:
        return device.st_mode & 0o060 == 0o060
    return uid == 0 or device.st_mode & 0o006 == 0o006


def hide_useless_kvm(layout: Layout) -> None:
    """Cover /dev/kvm when the user that runs guests may not open it.

    libvirtd itself, being root, would see a KVM that its guests cannot use, and would ask QEMU
    again what it can do at every single start, for half a minute.
    """
    kvm = Path("/dev/kvm")
    name = next(
        line.partition("=")[2].strip(' "')
        for line in (layout.libvirt / "etc" / "qemu.conf").read_text().splitlines()
        if line.startswith("user = ")
    )
    user = pwd.getpwnam(name)
    if kvm.exists() and not may_use(kvm.stat(), user.pw_uid, os.getgrouplist(name, user.pw_gid)):
        cover = layout.libvirt / "no-kvm"
        cover.touch(mode=0o000)
        run_now(["mount", "--bind", str(cover), str(kvm)])


def in_own_namespace() -> bool:
    """Whether this process sees other mounts than the one that started it."""
    return os.readlink("/proc/self/ns/mnt") != os.readlink(f"/proc/{os.getppid()}/ns/mnt")


def become(layout: Layout) -> None:
    """Lay our directories over libvirt's and become libvirtd, in the foreground."""
    if not in_own_namespace():
        raise SystemExit("run me by: unshare --mount --propagation private")
    for ours, theirs in covers(layout).items():
        if ours.is_dir():
            theirs.mkdir(parents=True, exist_ok=True)
        run_now(["mount", "--bind", str(ours), str(theirs)])
    hide_useless_kvm(layout)
    (layout.libvirt / "run" / "libvirtd.pid").unlink(missing_ok=True)
    os.execvp("libvirtd", ["libvirtd", "--pid-file", "/run/libvirt/libvirtd.pid"])  # noqa: S606, S607


def main() -> None:
    """The program."""
    become(Layout(Path(sys.argv[1])))
