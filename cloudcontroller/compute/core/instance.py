# SPDX-License-Identifier: BSD-2-Clause
"""An instance as the cloud remembers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cloudcontroller.compute.core.lifecycle import Reason, VmState
from cloudcontroller.compute.core.types import VmType
from eucalyptus.contracts.refusals import MALFORMED_INSTANCE_ID

_ID = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRef:
    """A security group by both its names."""

    group_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Everything the cloud knows of one instance.

    Times are POSIX seconds. ``private_ip`` is "" once its address was given back. ``node`` is the
    URL of the node controller that reported it last, ``guest`` what it said of the guest.
    ``asked``/``heard``: when its cluster was last told to end it, and whether that arrived.
    """

    instance_id: str
    uuid: str
    reservation_id: str
    account_id: str
    user_id: str
    client_token: str
    state: VmState
    reason: Reason
    says: str
    image_id: str
    manifest: str
    kernel_id: str
    ramdisk_id: str
    architecture: str
    platform: str
    virtualization: str
    root_device: str
    type: VmType
    zone: str
    key_name: str
    public_key: str
    user_data: bytes
    launch_index: int
    monitoring: bool
    private_ip: str
    mac: str
    created: float
    changed: float
    reported: float | None
    expires: float | None
    node: str
    guest: str
    reachable: bool
    asked: float | None
    heard: bool
    groups: tuple[GroupRef, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_partitioned(self) -> bool:
        """Whether the image is one partition, booted by a kernel from outside."""
        return bool(self.kernel_id)


def canonical_id(text: str) -> str:
    """An instance id as stored (lower case); refuses what is none."""
    lower = text.strip().lower()
    if not _ID.fullmatch(lower):
        raise MALFORMED_INSTANCE_ID(instance_id=text)
    return lower


def when(seconds: float) -> datetime:
    """POSIX seconds -> the UTC time messages carry, in whole milliseconds."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)


def reason_text(instance: Instance) -> str:
    """The ``reason`` element of old clients: EC2's wording with the time of the change."""
    if instance.reason is Reason.NORMAL:
        return ""
    stamp = when(instance.changed).strftime("%Y-%m-%d %H:%M:%S GMT")
    who = "User initiated" if instance.reason is Reason.USER_TERMINATED else instance.says
    return f"{who or instance.reason.value} ({stamp})"


SHOWN_STATES: Mapping[str, VmState] = {state.value: state for state in VmState}
