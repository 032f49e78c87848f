# SPDX-License-Identifier: BSD-2-Clause
"""Images in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from cloudcontroller.compute.core.images import AVAILABLE, DEREGISTERED, Image, Kind
from cloudcontroller.compute.database.schema import images, instances, launchers
from eucalyptus.contracts.refusals import DUPLICATE_IMAGE_NAME
from eucalyptus.database.run import Tx


def _find(tx: Tx, *where: ColumnElement[bool]) -> tuple[Image, ...]:
    rows = tx.execute(select(images).where(*where).order_by(images.c.created, images.c.image_id))
    found = rows.all()
    allowed: dict[str, set[str]] = {}
    if found:
        wanted = [row.image_id for row in found]
        for row in tx.execute(select(launchers).where(launchers.c.image_id.in_(wanted))):
            allowed.setdefault(row.image_id, set()).add(row.account_id)
    return tuple(_image(row, frozenset(allowed.get(row.image_id, ()))) for row in found)


def _image(row: Any, allowed: frozenset[str]) -> Image:
    facts = dict(row._mapping) | {"kind": Kind(row.kind)}
    return Image(**facts, launchers=allowed)


def add(tx: Tx, image: Image) -> None:
    """Record a registration; refuses a name that the account uses already."""
    taken = tx.execute(
        select(images.c.image_id).where(
            images.c.account_id == image.account_id,
            images.c.name == image.name,
            images.c.state == AVAILABLE,
        )
    ).first()
    if taken:
        raise DUPLICATE_IMAGE_NAME(name=image.name)
    values: dict[str, Any] = {name: getattr(image, name) for name in images.c.keys()}  # noqa: SIM118
    tx.execute(insert(images).values(values | {"kind": image.kind.value}))
    if image.launchers:
        tx.execute(
            insert(launchers),
            [{"image_id": image.image_id, "account_id": a} for a in sorted(image.launchers)],
        )


def named(tx: Tx, image_ids: Iterable[str]) -> Mapping[str, Image]:
    """The images among ``image_ids`` that exist, deregistered ones too, by id."""
    return {i.image_id: i for i in _find(tx, images.c.image_id.in_(list(image_ids)))}


def registered(tx: Tx) -> tuple[Image, ...]:
    """Every image that can be launched, oldest first."""
    return _find(tx, images.c.state == AVAILABLE)


def deregister(tx: Tx, image_id: str) -> None:
    """Nobody may launch it any more; the row stays while an instance names it."""
    c = instances.c
    used = tx.execute(
        select(c.instance_id)
        .where((c.image_id == image_id) | (c.kernel_id == image_id) | (c.ramdisk_id == image_id))
        .limit(1)
    ).first()
    where = images.c.image_id == image_id
    if used:
        tx.execute(update(images).where(where).values(state=DEREGISTERED))
    else:
        tx.execute(delete(images).where(where))


def exists(tx: Tx, image_id: str) -> bool:
    """Whether an id is taken."""
    return (
        tx.execute(select(images.c.image_id).where(images.c.image_id == image_id)).first()
        is not None
    )


def forget(tx: Tx) -> None:
    """Drop deregistered images that no instance names any more."""
    named_ones = (
        select(instances.c.image_id)
        .union(select(instances.c.kernel_id), select(instances.c.ramdisk_id))
        .scalar_subquery()
    )
    tx.execute(
        delete(images).where(images.c.state == DEREGISTERED, images.c.image_id.not_in(named_ones))
    )
