# SPDX-License-Identifier: BSD-2-Clause
"""Images in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, insert, select, update

from cloudcontroller.compute.core.images import AVAILABLE, DEREGISTERED, Image, Kind
from cloudcontroller.compute.database.schema import images, instances, launchers, product_codes
from eucalyptus.contracts.refusals import DUPLICATE_IMAGE_NAME
from eucalyptus.database.run import Tx


def _find(tx: Tx, *where: ColumnElement[bool]) -> tuple[Image, ...]:
    rows = tx.execute(select(images).where(*where).order_by(images.c.created, images.c.image_id))
    found = rows.all()
    wanted = [row.image_id for row in found]
    sets = {name: _sets(tx, column, wanted) for name, column in _SETS.items()}
    return tuple(
        _image(row, {name: frozenset(one.get(row.image_id, ())) for name, one in sets.items()})
        for row in found
    )


def _image(row: Any, sets: Mapping[str, frozenset[str]]) -> Image:
    facts: dict[str, Any] = {**row._mapping, "kind": Kind(row.kind), **sets}
    return Image(**facts)


_SETS: Mapping[str, Column[str]] = {
    "launchers": launchers.c.account_id,
    "product_codes": product_codes.c.code,
}
"""What an image has a set of -> the column that holds its members."""


def _sets(tx: Tx, column: Column[str], wanted: Sequence[str]) -> Mapping[str, set[str]]:
    """Image id -> its values in ``column``, for those that have any."""
    of = column.table.c.image_id
    made: dict[str, set[str]] = {}
    for image_id, value in tx.execute(select(of, column).where(of.in_(wanted))) if wanted else ():
        made.setdefault(image_id, set()).add(value)
    return made


def _write_sets(tx: Tx, image: Image) -> None:
    for name, column in _SETS.items():
        rows = [
            {"image_id": image.image_id, column.name: value}
            for value in sorted(getattr(image, name))
        ]
        if rows:
            tx.execute(insert(column.table), rows)


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
    _write_sets(tx, image)


def change(tx: Tx, image: Image) -> None:
    """Write what may change of a registered image: visibility, description and its sets."""
    where = images.c.image_id == image.image_id
    new = {"is_public": image.is_public, "description": image.description}
    tx.execute(update(images).where(where).values(new))
    for column in _SETS.values():
        tx.execute(delete(column.table).where(column.table.c.image_id == image.image_id))
    _write_sets(tx, image)


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
