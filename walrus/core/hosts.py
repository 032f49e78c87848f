# SPDX-License-Identifier: BSD-2-Clause
"""Buckets in host names: ``bucket.objectstorage.cloud.example.com``.

Which names are the object store's own is known beforehand; a bucket is what stands before one of
them. No other Host can move a request to another bucket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LABELS = ("objectstorage", "s3", "walrus")
"""The object store's names below the cloud's domain; S3 calls itself the second one."""
_PORT = re.compile(r":[0-9]{1,5}(?::[0-9]{1,5})?\Z")


def names(domain: str, more: str) -> tuple[str, ...]:
    """The object store's names: below the cloud's domain, and those in a list with commas."""
    listed = (name.strip(". ").lower() for name in more.split(","))
    below = (f"{label}.{domain.strip('.').lower()}" for label in LABELS)
    return tuple(dict.fromkeys((*below, *filter(None, listed))))


def bucket_of(host: str, own: Iterable[str]) -> str | None:
    """The bucket that a Host header names, "" for the object store itself, None when it is neither.

    ``own`` are the object store's names. Host names know no capitals.
    """
    name = _PORT.sub("", host).rstrip(".").lower()
    for one in own:
        if name == one:
            return ""
        if name.endswith(f".{one}"):
            return name[: -len(one) - 1]
    return None
