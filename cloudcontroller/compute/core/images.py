# SPDX-License-Identifier: BSD-2-Clause
"""Images: kinds, ids, who may see them, and what a registration must say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from cloudcontroller.compute.core.manifest import Manifest
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MALFORMED_IMAGE_ID,
    MISSING_PARAMETER,
)

_ID = re.compile(r"e[mkr]i-[0-9a-f]{8}(?:[0-9a-f]{9})?")
_NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
ARCHITECTURES = ("i386", "x86_64", "arm64")


class Kind(Enum):
    """What an image is for; the value is EC2's ``imageType``."""

    MACHINE = "machine"
    KERNEL = "kernel"
    RAMDISK = "ramdisk"


PREFIXES: Mapping[Kind, str] = {Kind.MACHINE: "emi", Kind.KERNEL: "eki", Kind.RAMDISK: "eri"}
_BY_PREFIX = {prefix: kind for kind, prefix in PREFIXES.items()}

EVERYBODY = "all"
"""The group that every account belongs to."""

MOST_WORDS = 255
"""Characters of a description."""

AVAILABLE = "available"
DEREGISTERED = "deregistered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A registered image. ``size`` is its length unbundled, in bytes; ``created`` POSIX seconds.

    ``launchers`` are the accounts beside the owner's that may launch it.
    """

    image_id: str
    account_id: str
    kind: Kind
    name: str
    description: str
    location: str
    architecture: str
    platform: str
    virtualization: str
    root_device: str
    kernel_id: str
    ramdisk_id: str
    state: str
    is_public: bool
    size: int
    digest: str
    created: float
    launchers: frozenset[str] = frozenset()
    product_codes: frozenset[str] = frozenset()

    def visible_to(self, account_id: str) -> bool:
        """Whether ``account_id`` may see and launch it."""
        return self.is_public or account_id == self.account_id or account_id in self.launchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a caller says of an image; "" where nothing was said."""

    location: str
    name: str = ""
    description: str = ""
    architecture: str = ""
    kernel_id: str = ""
    ramdisk_id: str = ""
    root_device: str = ""
    virtualization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What an image will be: the registration completed by its manifest."""

    kind: Kind
    name: str
    description: str
    location: str
    architecture: str
    platform: str
    virtualization: str
    root_device: str
    kernel_id: str
    ramdisk_id: str
    size: int
    digest: str


def canonical_id(text: str) -> str:
    """An image id as stored (lower case); refuses what is none."""
    lower = text.strip().lower()
    if lower.startswith(("ami-", "aki-", "ari-")):
        lower = "e" + lower[1:]
    if not _ID.fullmatch(lower):
        raise MALFORMED_IMAGE_ID(image_id=text)
    return lower


def kind_of(image_id: str) -> Kind:
    """The kind that an id's prefix says."""
    return _BY_PREFIX[canonical_id(image_id)[:3]]


def canonical_account(text: str) -> str:
    """An account's number as stored: ``1234-5678-9012`` is how old documents write it."""
    return text.strip().replace("-", "")


def canonical_location(text: str) -> str:
    """``/bucket/key.manifest.xml`` -> ``bucket/key.manifest.xml``; refuses what is no such path."""
    location = text.strip().lstrip("/")
    if not location:
        raise MISSING_PARAMETER(action="RegisterImage", name="ImageLocation")
    bucket, slash, key = location.partition("/")
    if not (bucket and slash and key) or ".." in location.split("/") or not location.isprintable():
        raise INVALID_PARAMETER(
            name="ImageLocation", value=text, wanted="BUCKET/PATH of a bundle's manifest"
        )
    return location


def describe(asked: Registration, manifest: Manifest) -> Described:
    """Join what the caller says and what the manifest says; the caller's word wins."""
    location = canonical_location(asked.location)
    kind = _kind(asked, manifest)
    architecture = asked.architecture or manifest.architecture or "x86_64"
    if architecture not in ARCHITECTURES:
        raise INVALID_PARAMETER(
            name="Architecture", value=architecture, wanted="one of " + ", ".join(ARCHITECTURES)
        )
    kernel, ramdisk = "", ""
    if kind is Kind.MACHINE:
        kernel = _other(asked.kernel_id or manifest.kernel_id, Kind.KERNEL, "KernelId")
        ramdisk = _other(asked.ramdisk_id or manifest.ramdisk_id, Kind.RAMDISK, "RamdiskId")
    virtualization = _virtualization(asked, kernel, ramdisk)
    return Described(
        kind=kind,
        name=_name(asked.name, location),
        description=asked.description[:MOST_WORDS],
        location=location,
        architecture=architecture,
        platform="",
        virtualization=virtualization,
        root_device=asked.root_device or ("/dev/sda" if virtualization == "hvm" else "/dev/sda1"),
        kernel_id=kernel,
        ramdisk_id=ramdisk,
        size=manifest.size,
        digest=manifest.digest,
    )


def _kind(asked: Registration, manifest: Manifest) -> Kind:
    # "true" marks a bundle that is itself a kernel or ramdisk, in requests and in manifests.
    if "true" in (asked.kernel_id.lower(), manifest.kernel_id.lower()):
        return Kind.KERNEL
    if "true" in (asked.ramdisk_id.lower(), manifest.ramdisk_id.lower()):
        return Kind.RAMDISK
    return Kind(manifest.kind) if manifest.kind else Kind.MACHINE


def _other(image_id: str, kind: Kind, name: str) -> str:
    if not image_id:
        return ""
    image_id = canonical_id(image_id)
    if kind_of(image_id) is not kind:
        wanted = f"a {kind.value} image ({PREFIXES[kind]}-...)"
        raise INVALID_PARAMETER(name=name, value=image_id, wanted=wanted)
    return image_id


def _virtualization(asked: Registration, kernel: str, ramdisk: str) -> str:
    wanted = asked.virtualization or ("paravirtual" if kernel else "hvm")
    if wanted not in ("hvm", "paravirtual"):
        raise INVALID_PARAMETER(
            name="VirtualizationType", value=wanted, wanted="hvm or paravirtual"
        )
    if wanted == "hvm" and (kernel or ramdisk):
        raise INVALID_COMBINATION(
            reason="An hvm image is a whole disk and boots by itself; "
            "leave out KernelId and RamdiskId or register it as paravirtual."
        )
    return wanted


def _name(asked: str, location: str) -> str:
    name = asked.strip() or location.replace(".manifest.xml", "")[-128:]
    if not _NAME.fullmatch(name):
        raise INVALID_PARAMETER(
            name="Name", value=name, wanted="3-128 letters, digits and ()[] ./-'@_"
        )
    return name
