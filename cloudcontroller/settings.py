# SPDX-License-Identifier: BSD-2-Clause
"""What eucalyptus.conf may tell the cloud's daemon."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.services import CLUSTER, CLUSTER_PORT, FRONT_PORT
from eucalyptus.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(DatabaseSettings):
    """The settings of ``eucalyptus-cloud``."""

    front: str = setting(
        "CLC_URL", f"http://127.0.0.1:{FRONT_PORT}",
        says="Front of the cloud, http://HOST:8773, as clusters, nodes and guests reach it.",
    )  # fmt: skip
    zone: str = setting("CLUSTER", "", says="Zone of the cluster controller in CC_HOST.")
    cluster_host: str = setting(
        "CC_HOST", "", says="Host of the cluster controller to register for the zone in CLUSTER."
    )
    cluster_port: int = setting("CC_PORT", CLUSTER_PORT, says="Port of that cluster controller.")

    def __post_init__(self) -> None:
        place = urlsplit(self.front)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise ValueError(f'CLC_URL="{self.front}" is not http://HOST:PORT')

    @property
    def cluster_url(self) -> str:
        """The URL of the cluster controller to register; "" for none."""
        if not (self.zone and self.cluster_host):
            return ""
        return f"http://{self.cluster_host}:{self.cluster_port}{CLUSTER.path}"
