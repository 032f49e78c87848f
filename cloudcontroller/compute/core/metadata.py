# SPDX-License-Identifier: BSD-2-Clause
"""What a guest reads at 169.254.169.254: the facts of its instance as a tree of texts.

Every dated path serves the same tree, as the original did; a date is checked for its shape only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cloudcontroller.compute.core.bootrecord import devices
from cloudcontroller.compute.core.instance import Instance

VERSIONS = (
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
    "2011-01-01",
    "2011-05-01",
    "2012-01-12",
    "2014-02-25",
    "latest",
)
"""The versions that ``/`` lists; any other dated path is answered as well."""

_DATED = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An instance and what the guest sees of its network."""

    instance: Instance
    public_ip: str = ""
    domain: str = "eucalyptus.internal"


Tree = Mapping[str, bytes]
"""Leaf path (below the version) -> its bytes."""


def is_version(text: str) -> bool:
    """Whether a first path segment selects metadata."""
    return text in VERSIONS or bool(_DATED.fullmatch(text))


def tree(facts: Facts) -> Tree:
    """Every leaf that this instance has; empty facts have no leaf."""
    instance = facts.instance
    leaves: dict[str, bytes] = {}
    for name, text in _meta_data(facts).items():
        if text:
            leaves[f"meta-data/{name}"] = text.encode()
    if instance.public_key:
        leaves["meta-data/public-keys/0/openssh-key"] = instance.public_key.encode()
    if instance.user_data:
        leaves["user-data"] = instance.user_data
    monitoring = b"enabled" if instance.monitoring else b"disabled"
    leaves["dynamic/fws/instance-monitoring"] = monitoring
    return leaves


def _meta_data(facts: Facts) -> dict[str, str]:
    instance = facts.instance
    private, public = instance.private_ip, facts.public_ip or instance.private_ip
    texts = {
        "ami-id": instance.image_id,
        "ami-launch-index": str(instance.launch_index),
        "ami-manifest-path": instance.manifest,
        "hostname": private,
        "instance-action": "none",
        "instance-id": instance.instance_id,
        "instance-type": instance.type.name,
        "kernel-id": instance.kernel_id,
        "local-hostname": private,
        "local-ipv4": private,
        "mac": instance.mac.upper(),
        "placement/availability-zone": instance.zone,
        "public-hostname": public,
        "public-ipv4": public,
        "ramdisk-id": instance.ramdisk_id,
        "reservation-id": instance.reservation_id,
        "security-groups": "\n".join(group.name for group in instance.groups),
        "services/domain": facts.domain,
    }
    return texts | _devices(instance) | _interface(facts)


def _devices(instance: Instance) -> dict[str, str]:
    found = devices(instance.root_device, partitioned=instance.is_partitioned)
    found = {"ami": found["emi"], **found}
    return {f"block-device-mapping/{name}": device for name, device in found.items()}


def _interface(facts: Facts) -> dict[str, str]:
    instance = facts.instance
    public = facts.public_ip or instance.private_ip
    texts = {
        "device-number": "0",
        "local-hostname": instance.private_ip,
        "local-ipv4s": instance.private_ip,
        "mac": instance.mac,
        "owner-id": instance.account_id,
        "public-hostname": public,
        "public-ipv4s": public,
        "security-group-ids": "\n".join(group.group_id for group in instance.groups),
        "security-groups": "\n".join(group.name for group in instance.groups),
    }
    return {f"network/interfaces/macs/{instance.mac}/{name}": t for name, t in texts.items()}


def _listing(leaves: Tree, folder: str, key_name: str) -> bytes | None:
    if folder == "meta-data/public-keys":
        return f"0={key_name}".encode() if f"{folder}/0/openssh-key" in leaves else None
    prefix = f"{folder}/" if folder else ""
    names: dict[str, None] = {}
    for path in leaves:
        if path.startswith(prefix):
            head, slash, _ = path[len(prefix) :].partition("/")
            names[head + slash] = None
    if not prefix:
        # The top lists its three entries bare, as EC2 does.
        names = {name.rstrip("/"): None for name in names}
    return "\n".join(sorted(names)).encode() if names else None


def read(facts: Facts, path: str) -> bytes | None:
    """What ``path`` (below the version, without leading slash) holds; None: there is nothing.

    A trailing slash asks for a folder's listing; without it a leaf is tried first.
    """
    leaves = tree(facts)
    wanted = "/".join(part for part in path.split("/") if part)
    if wanted in leaves:
        return leaves[wanted]
    return _listing(leaves, wanted, facts.instance.key_name)
