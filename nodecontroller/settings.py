# SPDX-License-Identifier: BSD-2-Clause
"""What the configuration may say to a node controller. Keys and defaults of the original."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from eucalyptus.settings import House, setting

SHORTEST_PERIOD = 0.1
HYPERVISORS = ("kvm", "qemu", "xen", "fake")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings(House):
    """Settings of one host. Sizes in MB (memory: MiB), times in seconds."""

    port: int = setting("NC_PORT", 8775, says="TCP port of the node controller.")
    listen: str = setting("NC_LISTEN", "0.0.0.0", says="Address it listens on.")  # noqa: S104
    address: str = setting(
        "NC_ADDRESS", "", says="Host name or address by which the cluster calls this node."
    )
    hypervisor: str = setting(
        "HYPERVISOR", "kvm", says="kvm (qemu where KVM runs no guest), qemu, xen or fake."
    )
    libvirt_socket: str = setting(
        "LIBVIRT_SOCKET", "", says="Socket of libvirtd; empty: the system's own."
    )
    max_cores: int = setting("MAX_CORES", 0, says="Cores for instances; 0: all.")
    max_memory: int = setting("MAX_MEM", 0, says="MiB for instances; 0: all but 256.")
    max_disk: int = setting("MAX_DISK", -1, says="GiB of disk for instances; -1: what there is.")
    work_size: int = setting("NC_WORK_SIZE", 0, says="MB for instances' disks; 0: by itself.")
    cache_size: int = setting("NC_CACHE_SIZE", 0, says="MB for cached images; 0: by itself.")
    instances: str = setting("INSTANCE_PATH", "", says="Directory of disks and cached images.")
    virtio_root: bool = setting("USE_VIRTIO_ROOT", True, says="Root disk by virtio, Y or N.")
    virtio_disk: bool = setting("USE_VIRTIO_DISK", True, says="Other disks by virtio, Y or N.")
    virtio_net: bool = setting("USE_VIRTIO_NET", True, says="Network by virtio, Y or N.")
    vnc: bool = setting("NC_VNC", False, says="A VNC display on 127.0.0.1 per instance, Y or N.")
    disk_operations: int = setting("CONCURRENT_DISK_OPS", 4, says="Disks made at a time.")
    cleanups: int = setting("CONCURRENT_CLEANUP_OPS", 30, says="Instances cleaned up at a time.")
    no_layers: bool = setting(
        "DISABLE_CACHE_SNAPSHOTS", False, says="Plain copies instead of layers over the cache."
    )
    keep_files: bool = setting(
        "MANUAL_INSTANCES_CLEANUP", False, says="Keep the files of ended instances."
    )
    bridge: str = setting("VNET_BRIDGE", "eucabr0", says="Bridge that instances are plugged into.")
    hooks: str = setting("NC_HOOKS", "/etc/eucalyptus/nc-hooks", says="Directory of nc-hooks.")
    power_down: str = setting(
        "NC_POWER_DOWN_COMMAND", "systemctl suspend", says="Command that puts the host to sleep."
    )
    cluster_host: str = setting(
        "CC_HOST", "", says="Host of the cluster controller; else learned from its requests."
    )
    cluster_port: int = setting("CC_PORT", 8774, says="TCP port of the cluster controller.")
    attempts: int = setting("WALRUS_DOWNLOAD_MAX_ATTEMPTS", 9, says="Tries per image, 1 to 98.")
    period: float = setting("MONITORING_PERIOD", 5.0, says="Seconds between looks at libvirt.")
    staging: float = setting("NC_STAGING_CLEANUP_THRESHOLD", 7200.0, says="Longest staging.")
    booting: float = setting(
        "NC_BOOTING_CLEANUP_THRESHOLD", 60.0, says="Longest time without a domain after its start."
    )
    network_wait: float = setting(
        "NC_BOOTING_ENVWAIT_THRESHOLD", 1200.0,
        says="Longest wait for the network of an instance, 0 to 3600; 0 does not wait.",
    )  # fmt: skip
    teardown: float = setting(
        "NC_TEARDOWN_STATE_DURATION", 180.0, says="How long an ended instance is remembered."
    )
    grace: float = setting(
        "NC_SHUTDOWN_GRACE_PERIOD_SEC", 60.0, says="Time for a guest to shut down or reboot."
    )

    def __post_init__(self) -> None:
        """Refuse what cannot work; the text goes to the administrator."""
        if self.hypervisor not in HYPERVISORS:
            wanted = ", ".join(HYPERVISORS)
            raise ValueError(f'HYPERVISOR="{self.hypervisor}" is none of {wanted}')
        if not 0 <= self.network_wait <= 3600:
            raise ValueError("NC_BOOTING_ENVWAIT_THRESHOLD must be 0 to 3600 seconds")
        if self.period < SHORTEST_PERIOD:
            raise ValueError(f"MONITORING_PERIOD must be at least {SHORTEST_PERIOD} seconds")
        if not 1 <= self.attempts <= 98:
            raise ValueError("WALRUS_DOWNLOAD_MAX_ATTEMPTS must be 1 to 98")
        for field in dataclasses.fields(self):
            value, least = getattr(self, field.name), 1 if field.name in _POSITIVE else 0
            if field.name in _NUMBERS and value < least:
                raise ValueError(f"{field.metadata['key']} must be at least {least}")

    @property
    def instance_path(self) -> Path:
        """INSTANCE_PATH, by default below the state directory."""
        return Path(self.instances) if self.instances else self.state / "instances"

    @property
    def work(self) -> Path:
        """Instances' folders: ``work/<owner>/<instance>``."""
        return self.instance_path / "work"

    @property
    def cache(self) -> Path:
        """Cached images and composed disks."""
        return self.instance_path / "cache"

    @property
    def journal(self) -> Path:
        """One record per instance."""
        return self.instance_path / "journal"


_POSITIVE = frozenset({"port", "disk_operations", "cleanups"})
_NUMBERS = _POSITIVE | {
    "max_cores", "max_memory", "work_size", "cache_size", "staging", "booting", "teardown", "grace",
}  # fmt: skip
