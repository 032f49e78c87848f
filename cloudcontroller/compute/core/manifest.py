# SPDX-License-Identifier: BSD-2-Clause
"""The manifest of a bundled image: what registering needs to know of it.

Its signature and its parts are Walrus' business, which serves the image.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from eucalyptus.contracts.refusals import INVALID_MANIFEST, Refused
from eucalyptus.wire.documents import parse as parse_document

_SIZE = re.compile(r"[0-9]{1,15}")
_KINDS = ("machine", "kernel", "ramdisk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``size``: bytes of the image unbundled; ``digest``: hex SHA-256 of the manifest itself."""

    name: str
    kind: str
    architecture: str
    kernel_id: str
    ramdisk_id: str
    size: int
    parts: int
    digest: str


def parse(location: str, document: bytes) -> Manifest:
    """The manifest at ``location``; refuses one that is no manifest of a whole image."""

    def refuse(reason: str) -> Exception:
        return INVALID_MANIFEST(location=location, reason=reason)

    root = _root(document)
    if root is None or root.tag != "manifest":
        raise refuse("it is not a manifest in XML")

    def text(path: str) -> str:
        return (root.findtext(path) or "").strip()

    size = text("image/size")
    parts = root.findall("image/parts/part")
    if not _SIZE.fullmatch(size) or not int(size):
        raise refuse("it does not say the size of the image")
    if not parts:
        raise refuse("it lists no parts")
    kind = text("image/type").lower()
    return Manifest(
        name=text("image/name"),
        kind=kind if kind in _KINDS else "",
        architecture=text("machine_configuration/architecture"),
        kernel_id=text("machine_configuration/kernel_id"),
        ramdisk_id=text("machine_configuration/ramdisk_id"),
        size=int(size),
        parts=len(parts),
        digest=hashlib.sha256(document).hexdigest(),
    )


def _root(document: bytes) -> Any:
    try:
        return parse_document(document)
    except Refused:
        return None
