# SPDX-License-Identifier: BSD-2-Clause
"""Recording the launches of one transaction, all of them by one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table

from cloudcontroller.compute.core.launch import Launch
from cloudcontroller.compute.database import instances, schema, work
from eucalyptus.database.prepared import Prepared
from eucalyptus.database.run import Tx

NETWORK_CHANNEL = "compute_network"
"""Notified when the network-info document may have changed."""


def queue(tx: Tx) -> None:
    """Let launches be decided one after the other: each must see the room the last one left.

    It must be the transaction's first statement: only then the snapshot is taken after the wait.
    """
    tx.exec_driver_sql("LOCK TABLE compute.reservations IN SHARE ROW EXCLUSIVE MODE")


def _insert(table: Table, parameter: str) -> str:
    """A statement that inserts the rows of a JSON array."""
    columns = ", ".join(table.c.keys())
    name = table.fullname
    rows = f"json_populate_recordset(NULL::{name}, {parameter})"
    return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 (our names)


# Foreign keys are checked when the statement is done, so the order of its parts means nothing.
_RECORD = Prepared(
    "compute_record",
    ("json",) * 4,
    f"WITH a AS ({_insert(schema.reservations, '$1')}), b AS ({_insert(schema.instances, '$2')}),"
    f" c AS ({_insert(schema.members, '$3')}), d AS ({_insert(schema.work, '$4')})"
    f" SELECT pg_notify('{work.CHANNEL}', '{work.LAUNCH}')",
)


def record(tx: Tx, launches: Sequence[tuple[Launch, str]]) -> None:
    """Write launches down with the wish (request id) that their clusters be told; wake who tells.

    Their ids must be fresh.
    """
    rows = [
        [_reservation(launch) for launch, _ in launches],
        [instances.columns(one) for launch, _ in launches for one in launch.instances],
        [
            row
            for launch, _ in launches
            for one in launch.instances
            for row in instances.joined(one)
        ],
        [
            work.row(work.LAUNCH, one.instance_id, one.created, request_id)
            for launch, request_id in launches
            for one in launch.instances
        ],
    ]
    _RECORD.rows(tx, *(json.dumps(some, default=_text) for some in rows))


def _text(value: object) -> str:
    """Bytes as PostgreSQL reads them."""
    assert isinstance(value, bytes)
    return f"\\x{value.hex()}"


def _reservation(launch: Launch) -> dict[str, Any]:
    wish = launch.wish
    return {
        "reservation_id": launch.reservation_id,
        "account_id": wish.account_id,
        "client_token": wish.client_token or None,
        "fingerprint": wish.fingerprint(),
        "created": launch.instances[0].created,
    }
