# SPDX-License-Identifier: BSD-2-Clause
"""The manifest of an image bundle (format 2007-10-10) as a value, and the rules it must keep."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_PARTS = 10_000
LONGEST = 4 * 1024 * 1024
"""Bytes of the longest manifest that is read; 10,000 parts take about half of it."""

MACHINE, KERNEL, RAMDISK = "machine", "kernel", "ramdisk"
KINDS = (MACHINE, KERNEL, RAMDISK)
ARCHITECTURES = ("i386", "x86_64", "arm64", "aarch64")

_FILENAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


class BadManifest(Exception):
    """A manifest, or a bundle, that cannot be trusted or read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a bundle: its object's name beside the manifest and the SHA-1 of its bytes, ""
    when the manifest does not say it."""

    filename: str
    sha1: str

    def __post_init__(self) -> None:
        if not _FILENAME.fullmatch(self.filename) or self.filename in (".", ".."):
            raise BadManifest(f"part name {self.filename!r} is not a plain file name")
        if self.sha1 and not _SHA1.fullmatch(self.sha1):
            raise BadManifest(f"the digest of part {self.filename} is not a SHA-1 in hex")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """The AES key and initialisation vector, each RSA-encrypted (PKCS #1 v1.5) for one reader."""

    key: bytes
    iv: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a manifest says.

    ``digest`` is the SHA-1 of the tar archive, ``size`` the image's bytes, ``bundled_size`` the
    bytes of all parts together. ``mappings`` pairs virtual names with devices.
    """

    name: str
    account_id: str
    kind: str
    architecture: str
    kernel_id: str = ""
    ramdisk_id: str = ""
    mappings: tuple[tuple[str, str], ...] = ()
    product_codes: tuple[str, ...] = ()
    digest: str
    size: int
    bundled_size: int
    for_cloud: Wrapped
    for_user: Wrapped
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadManifest(f"image type {self.kind!r} is none of {', '.join(KINDS)}")
        if self.architecture not in ARCHITECTURES:
            raise BadManifest(f"architecture {self.architecture!r} is unknown")
        if not _SHA1.fullmatch(self.digest):
            raise BadManifest("the image's digest is not a SHA-1 in hex")
        if self.size <= 0 or self.bundled_size <= 0:
            raise BadManifest("a size is not a positive number")
        if not 0 < len(self.parts) <= MOST_PARTS:
            raise BadManifest(f"there are not between 1 and {MOST_PARTS} parts")
        if len({part.filename for part in self.parts}) != len(self.parts):
            raise BadManifest("two parts have the same name")
