# SPDX-License-Identifier: BSD-2-Clause
"""Versions of an object: their names and their order.

The versions of a key are ordered by rank, the newest lowest. A rank is its moment, counted
backwards, so the name of a version tells its place even after the version has gone: a listing
goes on behind a version that its reader has deleted meanwhile.
"""

from __future__ import annotations

import re
from datetime import datetime

from eucalyptus.contracts.s3 import INVALID_ARGUMENT

NULL = "null"
"""The name of the one version of a key that was put while the bucket was not versioned."""
ENABLED, SUSPENDED = "Enabled", "Suspended"
"""What ``Bucket.versioning`` says of a bucket that was ever versioned; "" of others."""
VERSION_ID, DELETE_MARKER = "x-amz-version-id", "x-amz-delete-marker"
"""Headers of answers."""

_ORIGIN = 1 << 63
FIRST = -_ORIGIN
"""A rank before those of all versions."""
_NAME = re.compile("[0-9a-f]{16}")


def next_rank(now: datetime, newest: int | None) -> int:
    """The rank of a new version; ``newest`` is that of the newest one there is.

    Ranks fall by one at least, since clocks of gateways differ and can be set back.
    """
    rank = -int(now.timestamp() * 1_000_000)
    return rank if newest is None else min(rank, newest - 1)


def name(rank: int) -> str:
    """The version id of a rank: 16 hex digits."""
    return f"{rank + _ORIGIN:016x}"


def rank(version: str) -> int | None:
    """The rank that a version id names, None for "null", whose rank is not in its name.

    Raises INVALID_ARGUMENT for what cannot name a version.
    """
    if version == NULL:
        return None
    if not _NAME.fullmatch(version):
        raise INVALID_ARGUMENT(name="versionId", value=version[:80], wanted="a version of a key")
    return int(version, 16) - _ORIGIN
