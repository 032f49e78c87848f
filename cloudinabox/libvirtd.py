# SPDX-License-Identifier: BSD-2-Clause
"""``python -m cloudinabox.libvirtd STATE``: become a libvirtd that shares nothing with another.

Runs in a mount namespace of its own (``unshare --mount``): our directories are laid over the ones
that libvirt was built with, so that its sockets, its guests and its configuration are ours alone.
The guests are separate processes; they stay when libvirtd ends and are taken up by the next one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
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
    (layout.libvirt / "run" / "libvirtd.pid").unlink(missing_ok=True)
    os.execvp("libvirtd", ["libvirtd", "--pid-file", "/run/libvirt/libvirtd.pid"])  # noqa: S606, S607


if __name__ == "__main__":
    become(Layout(Path(sys.argv[1])))
