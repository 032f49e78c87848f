# SPDX-License-Identifier: BSD-2-Clause
"""Instance types in the database: only those that an administrator changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from cloudcontroller.compute.core.types import DEFAULTS, VmType
from cloudcontroller.compute.database.schema import types
from eucalyptus.database.run import Tx


def known(tx: Tx) -> Mapping[str, VmType]:
    """Every instance type by name, in the order the cloud lists them."""
    return all_of(VmType(**row._mapping) for row in tx.execute(select(types)))


def all_of(changed: Iterable[VmType]) -> Mapping[str, VmType]:
    """The same, given those that an administrator changed."""
    found = {one.name: one for one in changed}
    return {one.name: found.get(one.name, one) for one in DEFAULTS}


def change(tx: Tx, one: VmType) -> None:
    """Record what an administrator made of a type."""
    sizes = {"cpu": one.cpu, "memory": one.memory, "disk": one.disk}
    statement = insert(types).values(name=one.name, **sizes)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=sizes))


def reset(tx: Tx, name: str) -> None:
    """Make a type as it was in the beginning."""
    tx.execute(delete(types).where(types.c.name == name))
