# SPDX-License-Identifier: BSD-2-Clause
"""The root filesystem: busybox for everything, dropbear for SSH, e2fsprogs to grow and check."""

from __future__ import annotations

import shutil
from pathlib import Path

from cloudinabox.guest.packages import Stage
from eucalyptus.command import run_now

FILES = Path(__file__).parent / "files"
LABEL = "root"
FOLDERS = (
    "bin", "sbin", "dev", "proc", "sys", "run", "tmp", "mnt", "root", "etc/dropbear",
    "etc/acpi/PWRF", "usr/bin", "usr/sbin", "usr/share/udhcpc",
    "var/log", "lib64", "lib/x86_64-linux-gnu",
)  # fmt: skip
LIBRARIES = (
    "libc.so.6", "libm.so.6", "libresolv.so.2", "libnss_files.so.2", "libnss_dns.so.2",
    "libcrypt.so.1", "libz.so.1", "libtomcrypt.so.1", "libtommath.so.1", "libgmp.so.10",
    "libext2fs.so.2", "libe2p.so.2", "libcom_err.so.2", "libblkid.so.1", "libuuid.so.1",
)  # fmt: skip
PROGRAMS = ("usr/sbin/dropbear", "usr/bin/dropbearkey", "sbin/resize2fs", "sbin/mke2fs",
            "sbin/e2fsck")  # fmt: skip
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/shadow": "root:*:0:0:99999:7:::\n",
    "etc/group": "root:x:0:\n",
    "etc/shells": "/bin/sh\n",
    "etc/hostname": "guest\n",
    "etc/nsswitch.conf": "passwd: files\nhosts: files dns\n",
}
SCRIPTS = {
    "rc": "etc/rc",
    "inittab": "etc/inittab",
    "udhcpc.script": "usr/share/udhcpc/default.script",
    "poweroff": "etc/acpi/PWRF/00000080",
}


def tree(stage: Stage, directory: Path) -> Path:
    """Lay the filesystem out under ``directory`` and return it."""
    for folder in FOLDERS:
        (directory / folder).mkdir(parents=True, exist_ok=True)
    (directory / "tmp").chmod(0o1777)
    _busybox(stage, directory)
    for path in PROGRAMS:
        shutil.copy(stage.find(path, f"usr/{path}"), directory / "usr/sbin" / Path(path).name)
    for name in LIBRARIES:
        folder = "lib/x86_64-linux-gnu"
        shutil.copy(stage.find(f"{folder}/{name}", f"usr/{folder}/{name}"), directory / folder)
    shutil.copy(stage.find("lib64/ld-linux-x86-64.so.2"), directory / "lib64")
    for name, target in SCRIPTS.items():
        shutil.copy(FILES / name, directory / target)
        (directory / target).chmod(0o644 if name == "inittab" else 0o755)
    for name, text in TEXTS.items():
        (directory / name).write_text(text)
    (directory / "etc/shadow").chmod(0o600)
    return directory


def _busybox(stage: Stage, directory: Path) -> None:
    busybox = directory / "bin" / "busybox"
    shutil.copy(stage.find("bin/busybox", "usr/bin/busybox"), busybox)
    for applet in run_now([str(busybox), "--list"]).out.decode().split():
        if applet == "busybox":
            continue
        (directory / "bin" / applet).symlink_to("busybox")
    (directory / "sbin" / "init").symlink_to("../bin/busybox")


def partition(directory: Path, image: Path, mebibytes: int) -> None:
    """Make ``image``, a bare ext4 filesystem with the directory's content, owned by root."""
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    # resize= leaves room to grow to 4 GiB and more at boot.
    options = ("-L", LABEL, "-m", "0", "-E", "root_owner=0:0,resize=4194304")
    run_now(["/sbin/mke2fs", "-qF", "-t", "ext4", *options, "-d", str(directory), str(image)])
