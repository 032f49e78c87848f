# SPDX-License-Identifier: BSD-2-Clause
"""What an address names: the service, a bucket, or an object; and which names are allowed.

A key is opaque: ``a/../b`` and ``//`` are keys like any other and never touch a file's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from eucalyptus.contracts.s3 import (
    BUCKET,
    INVALID_BUCKET_NAME,
    INVALID_URI,
    KEY_TOO_LONG,
    OBJECT,
    SERVICE,
)
from eucalyptus.services import OBJECT_STORAGE, S3_SOAP_BELOW

MOUNTS = (OBJECT_STORAGE.path, *OBJECT_STORAGE.aliases)
SOAP_MOUNTS = tuple(mount + S3_SOAP_BELOW for mount in MOUNTS)
IMAGE = "image"
"""The first path segment of the image service; no bucket can have this name."""
SOAP = S3_SOAP_BELOW.removeprefix("/")
"""Where SOAP is spoken."""
LONGEST_KEY = 1024

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_RESERVED = frozenset({IMAGE, SOAP, "services", "latest", "internal"})
_RESERVED_STARTS = ("xn--", "sthree-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a request is about. Bucket and key are "" where they do not apply."""

    bucket: str = ""
    key: str = ""
    image: bool = False

    @property
    def level(self) -> str:
        """SERVICE, BUCKET or OBJECT."""
        return OBJECT if self.key else BUCKET if self.bucket else SERVICE


def below_mount(path: str) -> str:
    """The part of a raw path behind the mount, beginning with "/"."""
    for mount in MOUNTS:
        if path == mount or path.startswith(mount + "/"):
            return path[len(mount) :] or "/"
    return path


def target(path: str) -> Target:
    """Read a raw, still encoded path below the mount; raises INVALID_URI or KEY_TOO_LONG."""
    first, _, rest = path.removeprefix("/").partition("/")
    image = _decode(first) == IMAGE and bool(rest)
    if image:
        first, _, rest = rest.partition("/")
    bucket, key = _decode(first), _decode(rest)
    if not bucket and key:
        raise INVALID_URI(reason="the bucket is empty")
    check_key(key)
    return Target(bucket=bucket, key=key, image=image)


def check_key(key: str) -> None:
    """Raise KEY_TOO_LONG, or INVALID_URI for NUL."""
    if "\0" in key:
        raise INVALID_URI(reason="it contains NUL")
    if len(key.encode()) > LONGEST_KEY:
        raise KEY_TOO_LONG(limit=LONGEST_KEY, size=len(key.encode()))


def _decode(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise INVALID_URI(reason="it is not UTF-8") from wrong
    if "\0" in decoded:
        raise INVALID_URI(reason="it contains NUL")
    return decoded


def check_bucket(name: str) -> None:
    """Raise INVALID_BUCKET_NAME unless ``name`` can name a new bucket."""
    reason = _bucket_fault(name)
    if reason:
        raise INVALID_BUCKET_NAME(bucket=name[:80], reason=reason)


def _bucket_fault(name: str) -> str:
    if not 3 <= len(name) <= 63:
        return "a name has 3 to 63 characters"
    if not _BUCKET.fullmatch(name):
        return "lower-case letters, digits, dots and dashes only, a letter or digit at both ends"
    if ".." in name or ".-" in name or "-." in name:
        return "every dot stands between letters or digits"
    if _ADDRESS.fullmatch(name):
        return "it looks like an IP address"
    if name in _RESERVED or name.startswith(_RESERVED_STARTS) or name.endswith(_RESERVED_ENDS):
        return "it is reserved"
    return ""
