# SPDX-License-Identifier: BSD-2-Clause
"""The settings of a node: the original's names and defaults, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from eucalyptus.settings import BadSettings, build
from nodecontroller.settings import NodeSettings


def settings(**values: str) -> NodeSettings:
    """Settings from raw values."""
    return build(NodeSettings, values, Path("eucalyptus.conf"))


def test_the_defaults_are_the_originals() -> None:
    """Where a file says nothing."""
    made = settings()
    assert (made.port, made.hypervisor, made.max_cores, made.max_memory, made.max_disk) == (
        8775, "kvm", 0, 0, -1,
    )  # fmt: skip
    assert (made.staging, made.booting, made.network_wait, made.teardown) == (7200, 60, 1200, 180)
    assert (made.period, made.disk_operations, made.cleanups, made.attempts) == (5, 4, 30, 9)
    assert made.work == Path("/var/lib/eucalyptus/instances/work")


def test_the_instances_may_live_elsewhere() -> None:
    """INSTANCE_PATH."""
    made = settings(INSTANCE_PATH="/srv/i", EUCALYPTUS_STATE="/s", USE_VIRTIO_NET="0")
    assert (made.cache, made.journal) == (Path("/srv/i/cache"), Path("/srv/i/journal"))
    assert made.run == Path("/s/run") and not made.virtio_net


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HYPERVISOR", "vmware"),
        ("NC_BOOTING_ENVWAIT_THRESHOLD", "3601"),
        ("NC_BOOTING_ENVWAIT_THRESHOLD", "-1"),
        ("WALRUS_DOWNLOAD_MAX_ATTEMPTS", "0"),
        ("WALRUS_DOWNLOAD_MAX_ATTEMPTS", "99"),
        ("CONCURRENT_DISK_OPS", "0"),
        ("MONITORING_PERIOD", "0"),
        ("NC_CACHE_SIZE", "-1"),
        ("MAX_CORES", "-2"),
        ("MAX_MEM", "many"),
    ],
)
def test_what_cannot_work_is_refused_by_name(key: str, value: str) -> None:
    """Before anything starts."""
    with pytest.raises(BadSettings, match=key):
        settings(**{key: value})
