# SPDX-License-Identifier: BSD-2-Clause
"""Debian packages as a quarry: downloaded and unpacked beside the system, never installed.

Unpacked rather than installed because ``busybox-static`` and ``busybox`` cannot both be installed,
and because a guest's kernel has no business in the host's boot menu.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eucalyptus.command import CommandFailed, run_now

KERNEL = "linux-image-cloud-amd64"
PACKAGES = (
    "busybox-static", "dropbear-bin", "e2fsprogs",
    "libc6", "libtomcrypt1", "libtommath1", "libgmp10", "libcrypt1", "zlib1g",
    "libext2fs2", "libcom-err2", "libblkid1", "libuuid1", "libss2",
    "syslinux", "syslinux-common", "mtools", "dosfstools",
)  # fmt: skip
PATIENCE = 300.0
"""Seconds for one download; mirrors are sometimes slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Unpacked packages: ``tree`` looks like a root directory; ``release`` names its kernel."""

    tree: Path
    release: str

    @property
    def kernel(self) -> Path:
        """The kernel, a bzImage."""
        return self.tree / "boot" / f"vmlinuz-{self.release}"

    @property
    def modules(self) -> Path:
        """The kernel's modules with their ``modules.dep``."""
        return self.tree / "lib" / "modules" / self.release

    def find(self, *candidates: str) -> Path:
        """The first of the paths under the tree that exists; packages move files about."""
        for candidate in candidates:
            if (self.tree / candidate).exists():
                return self.tree / candidate
        raise FileNotFoundError(f"none of {', '.join(candidates)} is in the packages")


def kernel_package(depends: str) -> str:
    """The versioned package behind the kernel's metapackage, from ``apt-cache depends``."""
    for line in depends.splitlines():
        kind, _, name = line.strip().partition(": ")
        if kind == "Depends" and name.startswith("linux-image-"):
            return name
    raise LookupError(f"apt knows no {KERNEL}; run apt-get update")


def _find_kernel() -> str:
    def ask() -> str:
        return kernel_package(run_now(["apt-cache", "depends", KERNEL], check=False).out.decode())

    try:
        return ask()
    except LookupError:
        run_now(["apt-get", "-q", "update"], timeout=PATIENCE)
        return ask()


def _download(downloads: Path) -> None:
    # apt-get downloads into its working directory, which env -C sets. The kernel goes first, and
    # alone: without a network, one package fails within seconds where twenty take minutes.
    for names in ((_find_kernel(),), PACKAGES):
        fetch = ["env", "-C", str(downloads), "apt-get", "-q", "-o", "Acquire::Retries=1"]
        run_now([*fetch, "download", *names], timeout=PATIENCE)


def unpack(downloads: Path, tree: Path) -> Stage:
    """Download the packages into ``downloads``, unpack them under ``tree``, index the modules."""
    downloads.mkdir(parents=True)
    tree.mkdir(parents=True)
    try:
        _download(downloads)
    except CommandFailed:  # the index may be older than the archive
        run_now(["apt-get", "-q", "update"], timeout=PATIENCE)
        _download(downloads)
    for package in sorted(downloads.glob("*.deb")):
        run_now(["dpkg-deb", "-x", str(package), str(tree)])
    (release,) = (path.name for path in (tree / "lib" / "modules").iterdir())
    run_now(["/sbin/depmod", "-b", str(tree), release])
    return Stage(tree=tree, release=release)
