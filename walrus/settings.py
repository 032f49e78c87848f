# SPDX-License-Identifier: BSD-2-Clause
"""What eucalyptus.conf may say about Walrus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eucalyptus.settings import House, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(House):
    """The settings of the object store."""

    most_buckets: int = setting(
        "WALRUS_MAX_BUCKETS", 100, says="Buckets that one account may have, a number."
    )
    threads: int = setting(
        "WALRUS_THREADS", 8, says="Threads of a front worker that write objects, a number."
    )
    hosts: str = setting(
        "WALRUS_HOSTS", "",
        says="Further host names below which buckets are names of hosts, with commas.",
    )  # fmt: skip
    image_cache: int = setting(
        "WALRUS_IMAGE_CACHE_GB", 30, says="GiB of prepared images kept for nodes, a number."
    )

    def __post_init__(self) -> None:
        if self.most_buckets < 1:
            raise ValueError("WALRUS_MAX_BUCKETS must be at least 1")
        if self.threads < 1:
            raise ValueError("WALRUS_THREADS must be at least 1")
        if self.image_cache < 1:
            raise ValueError("WALRUS_IMAGE_CACHE_GB must be at least 1")

    @property
    def bukkits(self) -> Path:
        """Where objects and prepared images are kept."""
        return self.state / "bukkits"
