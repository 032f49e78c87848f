# SPDX-License-Identifier: BSD-2-Clause
"""Compute's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, those that others refer to first."""
    for make in (
        _clusters,
        _groups,
        _images,
        _key_pairs,
        _network,
        _reservations,
        _types,
        _capacities,
        _instances,
        _launchers,
        _nodes,
        _rules,
        _members,
        _work,
    ):
        make()


def _clusters() -> None:
    op.create_table(
        "clusters",
        sa.Column("zone", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("registered", sa.Double, nullable=False),
        sa.Column("changed", sa.Double, nullable=False),
        sa.Column("answered", sa.Double),
        sa.Column("reported", sa.Double),
        sa.UniqueConstraint("url", name="clusters_url"),
        schema="compute",
    )


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("group_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.UniqueConstraint("account_id", "name", name="groups_name"),
        schema="compute",
    )


def _images() -> None:
    op.create_table(
        "images",
        sa.Column("image_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("architecture", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("virtualization", sa.Text, nullable=False),
        sa.Column("root_device", sa.Text, nullable=False),
        sa.Column("kernel_id", sa.Text, nullable=False),
        sa.Column("ramdisk_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        schema="compute",
    )
    op.create_index(
        "images_name",
        "images",
        ["account_id", "name"],
        unique=True,
        postgresql_where=sa.text("state = 'available'"),
        schema="compute",
    )


def _key_pairs() -> None:
    op.create_table(
        "key_pairs",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        schema="compute",
    )


def _network() -> None:
    op.create_table(
        "network",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("made", sa.Double, nullable=False),
        sa.CheckConstraint("number = 1", name="network_one"),
        schema="compute",
    )


def _reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("reservation_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("client_token", sa.Text),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.UniqueConstraint("account_id", "client_token", name="reservations_token"),
        schema="compute",
    )


def _types() -> None:
    op.create_table(
        "types",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("cpu", sa.Integer, nullable=False),
        sa.Column("memory", sa.Integer, nullable=False),
        sa.Column("disk", sa.Integer, nullable=False),
        schema="compute",
    )


def _capacities() -> None:
    op.create_table(
        "capacities",
        sa.Column(
            "zone",
            sa.Text,
            sa.ForeignKey("compute.clusters.zone", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("maximum", sa.Integer, nullable=False),
        sa.Column("available", sa.Integer, nullable=False),
        schema="compute",
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _instances() -> None:
    reservation = sa.ForeignKey("compute.reservations.reservation_id")
    op.create_table(
        "instances",
        sa.Column("instance_id", sa.Text, primary_key=True),
        *_texts("uuid"),
        sa.Column("reservation_id", sa.Text, reservation, nullable=False),
        *_texts("account_id", "user_id", "client_token", "state", "reason", "says"),
        *_texts("image_id", "manifest", "kernel_id", "ramdisk_id", "architecture", "platform"),
        *_texts("virtualization", "root_device", "type"),
        sa.Column("cpu", sa.Integer, nullable=False),
        sa.Column("memory", sa.Integer, nullable=False),
        sa.Column("disk", sa.Integer, nullable=False),
        *_texts("zone", "key_name", "public_key"),
        sa.Column("user_data", sa.LargeBinary, nullable=False),
        sa.Column("launch_index", sa.Integer, nullable=False),
        sa.Column("monitoring", sa.Boolean, nullable=False),
        sa.Column("private_ip", sa.Text, unique=True),
        *_texts("mac"),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("changed", sa.Double, nullable=False),
        sa.Column("reported", sa.Double),
        sa.Column("expires", sa.Double),
        *_texts("node", "guest"),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("asked", sa.Double),
        sa.Column("heard", sa.Boolean, nullable=False),
        schema="compute",
    )
    for name in ("account_id", "reservation_id", "state", "zone"):
        index = f"ix_compute_instances_{name}"
        op.create_index(index, "instances", [name], schema="compute")


def _launchers() -> None:
    op.create_table(
        "launchers",
        sa.Column(
            "image_id",
            sa.Text,
            sa.ForeignKey("compute.images.image_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("account_id", sa.Text, primary_key=True),
        schema="compute",
    )


def _nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column(
            "zone",
            sa.Text,
            sa.ForeignKey("compute.clusters.zone", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("hypervisor", sa.Text, nullable=False),
        sa.Column("iqn", sa.Text, nullable=False),
        schema="compute",
    )


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column(
            "group_id",
            sa.Text,
            sa.ForeignKey("compute.groups.group_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("cidr", sa.Text, nullable=False),
        sa.Column("source_account", sa.Text, nullable=False),
        sa.Column("source_group", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "group_id", "protocol", "first", "last", "cidr", "source_group", name="rules_once"
        ),
        schema="compute",
    )


def _members() -> None:
    op.create_table(
        "members",
        sa.Column(
            "instance_id",
            sa.Text,
            sa.ForeignKey("compute.instances.instance_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("group_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        schema="compute",
    )
    op.create_index("ix_compute_members_group_id", "members", ["group_id"], schema="compute")


def _work() -> None:
    op.create_table(
        "work",
        sa.Column(
            "instance_id",
            sa.Text,
            sa.ForeignKey("compute.instances.instance_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.CheckConstraint("kind IN ('launch', 'terminate', 'reboot')", name="work_kind"),
        schema="compute",
    )
    op.create_index("ix_compute_work_due", "work", ["due"], schema="compute")
