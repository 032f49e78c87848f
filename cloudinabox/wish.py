# SPDX-License-Identifier: BSD-2-Clause
"""What the caller asked faststart for."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from cloudinabox.layout import DEFAULT_STATE, Layout

REAL, FAKE = "kvm", "fake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of ``./faststart``; ``hypervisor`` is as in eucalyptus.conf."""

    state: Path = DEFAULT_STATE
    zone: str = "one"
    hypervisor: str = REAL
    subnet: IPv4Network = IPv4Network("172.31.0.0/20")
    demo: bool = True
    json: bool = False

    @property
    def layout(self) -> Layout:
        """Paths of the wished cloud."""
        return Layout(self.state)

    @property
    def is_rehearsal(self) -> bool:
        """Whether everything is real but the virtual machines."""
        return self.hypervisor == FAKE
