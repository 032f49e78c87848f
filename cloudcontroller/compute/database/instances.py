# SPDX-License-Identifier: BSD-2-Clause
"""Instances in the database: found, moved, given up."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)

from cloudcontroller.compute.core.instance import GroupRef, Instance
from cloudcontroller.compute.core.lifecycle import Reason, VmState
from cloudcontroller.compute.core.reconcile import Believed, Change
from cloudcontroller.compute.core.types import VmType
from cloudcontroller.compute.database.schema import instances, members, reservations, work
from eucalyptus.database.run import Tx

TOKEN_LIFE = 86400.0
"""A ClientToken stays used for at least this long, whatever became of its instances."""


_AT = {name: index for index, name in enumerate(instances.c.keys())}
_SHAPE = frozenset({"type", "cpu", "memory", "disk", "state", "reason", "private_ip", "user_data"})
"""Columns that an Instance holds in another form."""
_NOT_SHOWN = frozenset({"counted"})
"""Columns that matter to nobody but reconciliation."""
_FILL: Mapping[str, Callable[[Instance, Any], None]] = {
    field.name: inspect.getattr_static(Instance, field.name).__set__ for field in fields(Instance)
}
_PLAIN = [(index, _FILL[name]) for name, index in _AT.items() if name not in _SHAPE | _NOT_SHOWN]
_STATES = {state.value: state for state in VmState}
_REASONS = {reason.value: reason for reason in Reason}


@functools.lru_cache(maxsize=256)
def _type(name: str, cpu: int, memory: int, disk: int) -> VmType:
    """Thousands of instances are of a handful of types."""
    return VmType(name=name, cpu=cpu, memory=memory, disk=disk)


def _instance(row: Sequence[Any], groups: tuple[GroupRef, ...]) -> Instance:
    # Slots are filled one by one: the constructor of so many fields takes three times as long.
    made: Instance = object.__new__(Instance)
    for index, fill in _PLAIN:
        fill(made, row[index])
    kind = _type(row[_AT["type"]], row[_AT["cpu"]], row[_AT["memory"]], row[_AT["disk"]])
    _FILL["type"](made, kind)
    _FILL["state"](made, _STATES[row[_AT["state"]]])
    _FILL["reason"](made, _REASONS[row[_AT["reason"]]])
    _FILL["private_ip"](made, row[_AT["private_ip"]] or "")
    _FILL["user_data"](made, bytes(row[_AT["user_data"]]))
    _FILL["groups"](made, groups)
    return made


def columns(instance: Instance) -> dict[str, Any]:
    """A new instance as a row, without its groups."""
    facts = {name: getattr(instance, name) for name in _AT if name not in _SHAPE | _NOT_SHOWN}
    return facts | {
        "type": instance.type.name,
        "cpu": instance.type.cpu,
        "memory": instance.type.memory,
        "disk": instance.type.disk,
        "state": instance.state.value,
        "reason": instance.reason.value,
        "private_ip": instance.private_ip or None,
        "user_data": instance.user_data,
        "counted": False,
    }


def _find(tx: Tx, *where: ColumnElement[bool]) -> tuple[Instance, ...]:
    c = instances.c
    asked = select(instances).where(*where)
    rows = _tuples(tx, asked.order_by(c.created, c.reservation_id, c.launch_index))
    if not rows:
        return ()
    groups = _groups(tx, [row[0] for row in rows])
    return tuple(_instance(row, groups.get(row[0], ())) for row in rows)


def _tuples(tx: Tx, asked: Select[Any]) -> list[tuple[Any, ...]]:
    """The rows as the driver gives them: making rows of them again would take as long."""
    cursor: Any = tx.execute(asked).cursor
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _groups(tx: Tx, wanted: list[str]) -> Mapping[str, tuple[GroupRef, ...]]:
    """The groups of instances, in the order they were asked for."""
    c = members.c
    asked = select(c.instance_id, c.group_id, c.name).where(c.instance_id == func.any(wanted))
    found: dict[str, tuple[GroupRef, ...]] = {}
    for instance_id, group_id, name in _tuples(tx, asked.order_by(c.instance_id, c.position)):
        found[instance_id] = (*found.get(instance_id, ()), _group(group_id, name))
    return found


@functools.lru_cache(maxsize=1024)
def _group(group_id: str, name: str) -> GroupRef:
    return GroupRef(group_id=group_id, name=name)


def joined(instance: Instance) -> list[dict[str, Any]]:
    """An instance's groups as rows."""
    return [
        {
            "instance_id": instance.instance_id,
            "position": position,
            "group_id": group.group_id,
            "name": group.name,
        }
        for position, group in enumerate(instance.groups)
    ]


Plain = Sequence[tuple[str, Sequence[str]]]
"""Filters (name, values) without wildcards."""

_FILTERED: Mapping[str, Column[Any]] = {
    "availability-zone": instances.c.zone,
    "client-token": instances.c.client_token,
    "image-id": instances.c.image_id,
    "instance-id": instances.c.instance_id,
    "instance-type": instances.c.type,
    "ip-address": instances.c.private_ip,
    "key-name": instances.c.key_name,
    "private-ip-address": instances.c.private_ip,
    "reservation-id": instances.c.reservation_id,
}
"""The columns that hold just what a filter of this name compares."""


def of_account(tx: Tx, account_id: str | None, plain: Plain = ()) -> tuple[Instance, ...]:
    """Instances of an account (None: of all) that are still described, oldest launch first.

    All that the filters ``plain`` let through are among them; some of the others may be, too.
    """
    where = [instances.c.state != VmState.BURIED.value]
    if account_id is not None:
        where.append(instances.c.account_id == account_id)
    tested = ((_FILTERED[name], values) for name, values in plain if name in _FILTERED)
    return _find(tx, *where, *(column == func.any(list(values)) for column, values in tested))


def of_reservation(tx: Tx, reservation_id: str) -> tuple[Instance, ...]:
    """The instances of one launch."""
    return _find(tx, instances.c.reservation_id == reservation_id)


def of_reservations(tx: Tx, wanted: Sequence[str]) -> tuple[Instance, ...]:
    """The instances of launches that are still described, oldest launch first."""
    described = instances.c.state != VmState.BURIED.value
    return _find(tx, described, instances.c.reservation_id == func.any(list(wanted)))


def named(tx: Tx, instance_ids: Iterable[str]) -> Mapping[str, Instance]:
    """The instances among ``instance_ids`` that exist, by id."""
    found = _find(tx, instances.c.instance_id.in_(list(instance_ids)))
    return {one.instance_id: one for one in found}


def at_address(tx: Tx, address: str) -> Instance | None:
    """The instance that holds a private address and is not over, or None."""
    over = [VmState.TERMINATED.value, VmState.BURIED.value]
    found = _find(tx, instances.c.private_ip == address, instances.c.state.not_in(over))
    return found[0] if found else None


def alive(tx: Tx) -> tuple[Instance, ...]:
    """Every instance that has a place in the network: not over, with an address."""
    over = [VmState.TERMINATED.value, VmState.BURIED.value]
    return _find(tx, instances.c.state.not_in(over), instances.c.private_ip.is_not(None))


def addresses_in_use(tx: Tx) -> frozenset[str]:
    """Every private address that some row holds."""
    rows = tx.execute(select(instances.c.private_ip).where(instances.c.private_ip.is_not(None)))
    return frozenset(rows.scalars())


def count(tx: Tx, account_id: str) -> int:
    """How many instances of an account use resources."""
    over = [VmState.TERMINATED.value, VmState.BURIED.value]
    asked = select(func.count()).where(
        instances.c.account_id == account_id, instances.c.state.not_in(over)
    )
    return int(tx.execute(asked).scalar_one())


def believed(tx: Tx, zone: str) -> tuple[Believed, ...]:
    """What reconciliation needs of every instance of a zone."""
    c = instances.c
    rows = tx.execute(select(instances).where(c.zone == zone).order_by(c.instance_id))
    return tuple(
        Believed(
            instance_id=row.instance_id,
            state=VmState(row.state),
            changed=row.changed,
            created=row.created,
            reported=row.reported,
            expires=row.expires,
            reason=Reason(row.reason),
            asked=row.asked,
            heard=row.heard,
            reachable=row.reachable,
            node=row.node,
            guest=row.guest,
            counted=row.counted,
        )
        for row in rows
    )


def move(tx: Tx, changes: Sequence[Change], now: float) -> None:
    """Write changes down. Deleting drops the row with its members and its work."""
    gone = [one.instance_id for one in changes if one.delete]
    if gone:
        tx.execute(delete(instances).where(instances.c.instance_id.in_(gone)))
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in changes:
        if not one.delete and (values := _moved(one, now)):
            alike.setdefault(tuple(values), []).append({"moved": one.instance_id, **values})
    for names, rows in alike.items():
        # One statement for all that change in the same columns, instead of one for each.
        statement = update(instances).where(instances.c.instance_id == bindparam("moved"))
        tx.execute(statement.values({name: bindparam(name) for name in names}), rows)
    over = [one.instance_id for one in changes if one.state is not None and one.state.is_over]
    if over:
        tx.execute(delete(work).where(work.c.instance_id.in_(over)))


def _moved(change: Change, now: float) -> dict[str, Any]:
    """The columns that a change changes."""
    values: dict[str, Any] = {}
    if change.state is not None:
        values |= {"state": change.state.value, "changed": now}
    if change.reason is not None:
        values |= {"reason": change.reason.value, "says": change.says}
    if change.frees:
        values["private_ip"] = None
    if change.seen:
        values["reported"] = now
    if change.counted is not None:
        values["counted"] = change.counted
    if change.reachable is not None:
        values["reachable"] = change.reachable
    if change.report is not None:
        values |= {"node": change.report.node, "guest": change.report.guest}
    return values


def place(tx: Tx, nodes: Mapping[str, str]) -> None:
    """Note which node each instance (id -> URL) went to; its guest has not been heard of yet."""
    if nodes:
        statement = update(instances).where(instances.c.instance_id == bindparam("placed"))
        rows = [{"placed": name, "at": node} for name, node in sorted(nodes.items())]
        tx.execute(statement.values(node=bindparam("at"), guest=""), rows)


def asked(tx: Tx, instance_id: str, now: float, *, heard: bool) -> None:
    """Note that a cluster was told to end an instance, and whether it acknowledged."""
    values: dict[str, Any] = {"asked": now}
    if heard:
        values["heard"] = True
    tx.execute(update(instances).where(instances.c.instance_id == instance_id).values(values))


def forget_reservations(tx: Tx, now: float) -> None:
    """Drop launches whose instances are all gone and whose token, if any, has had its time."""
    held = select(instances.c.reservation_id)
    tx.execute(
        delete(reservations).where(
            reservations.c.reservation_id.not_in(held),
            reservations.c.client_token.is_(None) | (reservations.c.created < now - TOKEN_LIFE),
        )
    )
