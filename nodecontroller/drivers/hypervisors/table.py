# SPDX-License-Identifier: BSD-2-Clause
"""The hypervisors there are, by the name that HYPERVISOR gives them. A new one is a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nodecontroller.drivers.hypervisors import Hypervisor
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.settings import NodeSettings

Opener = Callable[[NodeSettings, Any, Callable[[], float]], Hypervisor]
"""Settings, reactor, monotonic clock -> a hypervisor of which nothing is asked yet."""


def _libvirt(driver: str) -> Opener:
    def opened(settings: NodeSettings, reactor: Any, clock: Callable[[], float]) -> Hypervisor:
        # Imported here: a rehearsal needs no libvirt.
        from nodecontroller.drivers.hypervisors.libvirt import Libvirt

        socket = settings.libvirt_socket
        uri = f"{driver}+unix:///system?socket={socket}" if socket else f"{driver}:///system"
        return Libvirt(uri, settings.hypervisor, reactor)

    return opened


def _fake(settings: NodeSettings, reactor: Any, clock: Callable[[], float]) -> Hypervisor:
    return FakeHypervisor(clock, file=settings.run / "fake-domains.json")


HYPERVISORS: Mapping[str, Opener] = {
    "kvm": _libvirt("qemu"),
    "qemu": _libvirt("qemu"),
    "xen": _libvirt("xen"),
    "fake": _fake,
}


def open_hypervisor(settings: NodeSettings, reactor: Any, clock: Callable[[], float]) -> Hypervisor:
    """The hypervisor that the settings name."""
    return HYPERVISORS[settings.hypervisor](settings, reactor, clock)
