# SPDX-License-Identifier: BSD-2-Clause
"""Compute's tables. Times are POSIX seconds; ids are as callers see them.

The migrations make these tables; a test keeps the two alike.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData(schema="compute")


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


clusters = Table(
    "clusters",
    METADATA,
    Column("zone", Text, primary_key=True),
    _text("name"),
    _text("url"),
    _text("state"),
    _text("says"),
    Column("registered", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("answered", Double),
    Column("reported", Double),
    UniqueConstraint("url", name="clusters_url"),
)
"""One row per zone: its cluster controller, the state the cloud has it in, and since when."""

capacities = Table(
    "capacities",
    METADATA,
    Column("zone", Text, ForeignKey("compute.clusters.zone", ondelete="CASCADE"), primary_key=True),
    Column("type", Text, primary_key=True),
    Column("maximum", Integer, nullable=False),
    Column("available", Integer, nullable=False),
)
"""How many instances of a type fit in a zone, as its cluster last said."""

nodes = Table(
    "nodes",
    METADATA,
    Column("zone", Text, ForeignKey("compute.clusters.zone", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, primary_key=True),
    _text("address"),
    _text("hypervisor"),
    _text("iqn"),
)
"""The node controllers that a zone's cluster last named; ``address`` is the host in ``url``."""

types = Table(
    "types",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("cpu", Integer, nullable=False),
    Column("memory", Integer, nullable=False),
    Column("disk", Integer, nullable=False),
)
"""Instance types that an administrator changed; the others are as the cloud was made."""

images = Table(
    "images",
    METADATA,
    Column("image_id", Text, primary_key=True),
    _text("account_id"),
    _text("kind"),
    _text("name"),
    _text("description"),
    _text("location"),
    _text("architecture"),
    _text("platform"),
    _text("virtualization"),
    _text("root_device"),
    _text("kernel_id"),
    _text("ramdisk_id"),
    _text("state"),
    Column("is_public", Boolean, nullable=False),
    Column("size", BigInteger, nullable=False),
    _text("digest"),
    Column("created", Double, nullable=False),
    Index(
        "images_name", "account_id", "name", unique=True,
        postgresql_where=text("state = 'available'"),
    ),
)  # fmt: skip
"""Registered images; a deregistered one stays while an instance names it."""

launchers = Table(
    "launchers",
    METADATA,
    Column(
        "image_id", Text, ForeignKey("compute.images.image_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("account_id", Text, primary_key=True),
)  # fmt: skip
"""Accounts beside the owner's that may launch an image that is not public."""

product_codes = Table(
    "product_codes",
    METADATA,
    Column(
        "image_id", Text, ForeignKey("compute.images.image_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("code", Text, primary_key=True),
)  # fmt: skip
"""Product codes that an image's owner gave to it."""

key_pairs = Table(
    "key_pairs",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    _text("fingerprint"),
    _text("public_key"),
)
"""Public keys; private ones are never stored."""

groups = Table(
    "groups",
    METADATA,
    Column("group_id", Text, primary_key=True),
    _text("account_id"),
    _text("name"),
    _text("description"),
    UniqueConstraint("account_id", "name", name="groups_name"),
)
"""Security groups."""

rules = Table(
    "rules",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=True),
    Column(
        "group_id", Text, ForeignKey("compute.groups.group_id", ondelete="CASCADE"), nullable=False
    ),
    _text("protocol"),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    _text("cidr"),
    _text("source_account"),
    _text("source_group"),
    UniqueConstraint(
        "group_id", "protocol", "first", "last", "cidr", "source_group", name="rules_once"
    ),
)
"""Ingress rules in the order they were made; ``cidr`` or ``source_group`` is ""."""

reservations = Table(
    "reservations",
    METADATA,
    Column("reservation_id", Text, primary_key=True),
    _text("account_id"),
    Column("client_token", Text),
    _text("fingerprint"),
    Column("created", Double, nullable=False),
    UniqueConstraint("account_id", "client_token", name="reservations_token"),
)
"""Launches; one that carried a ClientToken outlives its instances, so the token stays used."""

instances = Table(
    "instances",
    METADATA,
    Column("instance_id", Text, primary_key=True),
    _text("uuid"),
    Column(
        "reservation_id", Text, ForeignKey("compute.reservations.reservation_id"), nullable=False,
        index=True,
    ),
    Column("account_id", Text, nullable=False, index=True),
    _text("user_id"),
    _text("client_token"),
    Column("state", Text, nullable=False, index=True),
    _text("reason"),
    _text("says"),
    _text("image_id"),
    _text("manifest"),
    _text("kernel_id"),
    _text("ramdisk_id"),
    _text("architecture"),
    _text("platform"),
    _text("virtualization"),
    _text("root_device"),
    _text("type"),
    Column("cpu", Integer, nullable=False),
    Column("memory", Integer, nullable=False),
    Column("disk", Integer, nullable=False),
    Column("zone", Text, nullable=False, index=True),
    _text("key_name"),
    _text("public_key"),
    Column("user_data", LargeBinary, nullable=False),
    Column("launch_index", Integer, nullable=False),
    Column("monitoring", Boolean, nullable=False),
    Column("private_ip", Text, unique=True),
    _text("mac"),
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("reported", Double),
    Column("expires", Double),
    _text("node"),
    _text("guest"),
    Column("reachable", Boolean, nullable=False),
    Column("asked", Double),
    Column("heard", Boolean, nullable=False),
    Column("tags", JSONB, nullable=False, server_default=text("'{}'")),
    Column("counted", Boolean, nullable=False, server_default=text("false")),
    Index(
        "instances_promised", "zone", "type", "cpu", "memory", "disk",
        postgresql_where=text("state = 'pending' AND NOT counted"),
    ),
)  # fmt: skip
"""Instances. An address is in use as long as a row holds it: NULL once it was given back.

``counted``: whether the capacities that the zone's cluster last reported hold the instance."""

members = Table(
    "members",
    METADATA,
    Column(
        "instance_id", Text, ForeignKey("compute.instances.instance_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("group_id", Text, nullable=False, index=True),
    _text("name"),
)  # fmt: skip
"""The security groups of an instance, in the order they were asked for."""

work = Table(
    "work",
    METADATA,
    Column(
        "instance_id", Text, ForeignKey("compute.instances.instance_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("kind", Text, primary_key=True),
    _text("request_id"),
    Column("attempts", Integer, nullable=False),
    Column("due", Double, nullable=False, index=True),
    Column("created", Double, nullable=False),
    CheckConstraint("kind IN ('launch', 'terminate', 'reboot')", name="work_kind"),
)  # fmt: skip
"""What clusters still have to be told, from ``due`` on; taking an item moves it ahead."""

network = Table(
    "network",
    METADATA,
    Column("number", Integer, primary_key=True),
    _text("version"),
    Column("sequence", BigInteger, nullable=False),
    Column("made", Double, nullable=False),
    CheckConstraint("number = 1", name="network_one"),
)
"""One row: the version of the network-info document last made and how many there were."""
