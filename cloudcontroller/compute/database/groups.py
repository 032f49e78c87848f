# SPDX-License-Identifier: BSD-2-Clause
"""Security groups in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from cloudcontroller.compute.core.groups import DEFAULT_DESCRIPTION, DEFAULT_GROUP, Group, Rule
from cloudcontroller.compute.core.lifecycle import VmState
from cloudcontroller.compute.database import ids
from cloudcontroller.compute.database.schema import groups, instances, members, rules
from eucalyptus.contracts.refusals import (
    DUPLICATE_GROUP,
    DUPLICATE_PERMISSION,
    GROUP_IN_USE,
    NO_SUCH_PERMISSION,
)
from eucalyptus.database.run import Tx


def _find(tx: Tx, *where: ColumnElement[bool]) -> tuple[Group, ...]:
    found = tx.execute(select(groups).where(*where).order_by(groups.c.name, groups.c.group_id))
    rows = found.all()
    made: dict[str, list[Rule]] = {row.group_id: [] for row in rows}
    if rows:
        asked = select(rules).where(rules.c.group_id.in_(list(made))).order_by(rules.c.number)
        for row in tx.execute(asked):
            made[row.group_id].append(_rule(row))
    return tuple(Group(**row._mapping, rules=tuple(made[row.group_id])) for row in rows)


def _rule(row: Any) -> Rule:
    return Rule(
        protocol=row.protocol,
        first=row.first,
        last=row.last,
        cidr=row.cidr,
        source_account=row.source_account,
        source_group=row.source_group,
    )


def add(tx: Tx, group: Group) -> None:
    """Record a new group without rules; refuses a name that the account uses already."""
    made = tx.execute(
        insert(groups)
        .values(
            group_id=group.group_id,
            account_id=group.account_id,
            name=group.name,
            description=group.description,
        )
        .on_conflict_do_nothing(constraint="groups_name")
        .returning(groups.c.group_id)
    ).first()
    if made is None:
        raise DUPLICATE_GROUP(name=group.name)


def of_account(tx: Tx, account_id: str) -> tuple[Group, ...]:
    """Every group of an account, by name."""
    return _find(tx, groups.c.account_id == account_id)


def everyone(tx: Tx) -> tuple[Group, ...]:
    """Every group of the cloud."""
    return _find(tx)


def named(tx: Tx, account_id: str, name_or_id: str) -> Group | None:
    """A group of an account by its id or by its name, or None."""
    where = (groups.c.group_id == name_or_id) | (groups.c.name == name_or_id)
    found = _find(tx, groups.c.account_id == account_id, where)
    return found[0] if found else None


def default(tx: Tx, account_id: str, digits: Callable[[], str]) -> Group:
    """The account's default group, made now if it is not there yet."""
    group = named(tx, account_id, DEFAULT_GROUP)
    if group is not None:
        return group
    made = Group(
        group_id=ids.fresh(tx, "sg", digits),
        account_id=account_id,
        name=DEFAULT_GROUP,
        description=DEFAULT_DESCRIPTION,
    )
    add(tx, made)
    return made


def exists(tx: Tx, group_id: str) -> bool:
    """Whether an id is taken."""
    return (
        tx.execute(select(groups.c.name).where(groups.c.group_id == group_id)).first() is not None
    )


def names(tx: Tx, group_ids: Iterable[str]) -> Mapping[str, str]:
    """Group id -> name, of those that exist."""
    rows = tx.execute(
        select(groups.c.group_id, groups.c.name).where(groups.c.group_id.in_(list(group_ids)))
    )
    return {row.group_id: row.name for row in rows}


def authorize(tx: Tx, group: Group, made: Iterable[Rule]) -> None:
    """Add rules; refuses one that is there already, and then adds none."""
    for rule in made:
        done = tx.execute(
            insert(rules)
            .values(
                group_id=group.group_id,
                protocol=rule.protocol,
                first=rule.first,
                last=rule.last,
                cidr=rule.cidr,
                source_account=rule.source_account,
                source_group=rule.source_group,
            )
            .on_conflict_do_nothing(constraint="rules_once")
            .returning(rules.c.number)
        ).first()
        if done is None:
            raise DUPLICATE_PERMISSION(rule=rule, name=group.name)


def revoke(tx: Tx, group: Group, gone: Iterable[Rule]) -> None:
    """Remove rules; refuses one that is not there, and then removes none."""
    for rule in gone:
        result = tx.execute(
            delete(rules).where(
                rules.c.group_id == group.group_id,
                rules.c.protocol == rule.protocol,
                rules.c.first == rule.first,
                rules.c.last == rule.last,
                rules.c.cidr == rule.cidr,
                rules.c.source_group == rule.source_group,
            )
        )
        if not result.rowcount:
            raise NO_SUCH_PERMISSION(rule=rule, name=group.name)


def remove(tx: Tx, group: Group) -> None:
    """Drop a group; refuses while an instance or another group's rule uses it."""
    over = [VmState.TERMINATED.value, VmState.BURIED.value]
    user = tx.execute(
        select(members.c.instance_id)
        .join(instances, instances.c.instance_id == members.c.instance_id)
        .where(members.c.group_id == group.group_id, instances.c.state.not_in(over))
        .limit(1)
    ).scalar()
    if user is None:
        user = tx.execute(
            select(rules.c.group_id)
            .where(rules.c.source_group == group.group_id, rules.c.group_id != group.group_id)
            .limit(1)
        ).scalar()
    if user is not None:
        raise GROUP_IN_USE(name=group.name, used_by=user)
    tx.execute(delete(groups).where(groups.c.group_id == group.group_id))
