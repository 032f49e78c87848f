# SPDX-License-Identifier: BSD-2-Clause
"""From settings to a hypervisor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nodecontroller.drivers.hypervisors import Hypervisor
from nodecontroller.drivers.hypervisors.fake import FakeHypervisor
from nodecontroller.settings import NodeSettings

DRIVERS = {"kvm": "qemu", "qemu": "qemu", "xen": "xen"}


def open_hypervisor(settings: NodeSettings, reactor: Any, ticks: Callable[[], float]) -> Hypervisor:
    """The hypervisor that the settings name; nothing is asked of it yet."""
    if settings.hypervisor == "fake":
        return FakeHypervisor(ticks, file=settings.run / "fake-domains.json")
    # Imported here: a rehearsal needs no libvirt.
    from nodecontroller.drivers.hypervisors.libvirt import Libvirt

    driver, socket = DRIVERS[settings.hypervisor], settings.libvirt_socket
    uri = f"{driver}+unix:///system?socket={socket}" if socket else f"{driver}:///system"
    return Libvirt(uri, settings.hypervisor, reactor)
