# SPDX-License-Identifier: BSD-2-Clause
"""Reading everything that launches look at with one statement: it costs more than its rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudcontroller.compute.core.groups import DEFAULT_GROUP
from cloudcontroller.compute.core.launch import Wish
from cloudcontroller.compute.database.schema import images, key_pairs, types
from eucalyptus.database.prepared import Prepared
from eucalyptus.database.run import Tx

Standing = Mapping[str, Any]
"""What stands, by name: a list of rows, each a mapping by column; ``properties`` name -> text."""


def _rows(columns: Iterable[str], rest: str) -> str:
    """An expression: the rows of a query as a JSON array of objects."""
    query = f"SELECT {', '.join(columns)} FROM {rest}"  # noqa: S608 (no word of a caller's in it)
    return f"(SELECT coalesce(json_agg(one), '[]') FROM ({query}) one)"  # noqa: S608 (nor here)


_IMAGES = [
    *images.c.keys(),
    "ARRAY(SELECT account_id FROM compute.launchers l WHERE l.image_id = i.image_id) AS launchers",
    "ARRAY(SELECT code FROM compute.product_codes p WHERE p.image_id = i.image_id)"
    " AS product_codes",
]
# What looks for single rows is written so that it takes them one by one through an index: one plan
# must do for tables of any size.
_PARTS: Mapping[str, str] = {
    "properties": "(SELECT json_object_agg(name, value) FROM ground.properties)",
    "types": _rows(types.c.keys(), "compute.types"),
    "zones": _rows(["zone", "state"], "compute.clusters ORDER BY zone"),
    "room": _rows(["zone", "type", "available"], "compute.capacities"),
    # Promised, and not in the zone's report of its room: not yet, or not any more.
    "promised": _rows(
        ["zone", "type", "cpu", "memory", "disk", "count(*) AS count"],
        "compute.instances WHERE state = 'pending' AND NOT counted"
        " GROUP BY zone, type, cpu, memory, disk",
    ),
    "images": _rows(
        _IMAGES,
        "compute.images i WHERE image_id = ANY ($2) OR image_id = ANY (ARRAY("
        "SELECT unnest(ARRAY[kernel_id, ramdisk_id]) FROM compute.images"
        " WHERE image_id = ANY ($2)))",
    ),
    "groups": _rows(
        ["group_id", "account_id", "name"],
        "compute.groups WHERE account_id = ANY ($1) AND (name = ANY ($3) OR group_id = ANY ($3))"
        " ORDER BY name, group_id",
    ),
    "keys": _rows(
        key_pairs.c.keys(), "compute.key_pairs WHERE account_id = ANY ($1) AND name = ANY ($4)"
    ),
    "earlier": _rows(
        ["reservation_id", "account_id", "client_token", "fingerprint"],
        "unnest($5, $6) asked (account, token) CROSS JOIN LATERAL (SELECT * FROM"
        " compute.reservations WHERE account_id = account AND client_token = token LIMIT 1) found",
    ),
    "taken": "ARRAY(SELECT id FROM unnest($7) id WHERE"
    " (SELECT true FROM compute.instances WHERE instance_id = id)"
    " OR (SELECT true FROM compute.reservations WHERE reservation_id = id))",
}
_OBJECT = ", ".join(f"'{name}', {part}" for name, part in _PARTS.items())
_STANDING = Prepared(
    "compute_standing",
    ("text[]",) * 7,
    f"SELECT CAST(json_build_object({_OBJECT}) AS text)",
)


def standing(tx: Tx, wishes: Sequence[Wish], ids: Sequence[str]) -> Standing:
    """How things stand for ``wishes``; ``taken`` are those of ``ids`` that exist already."""
    tokens = [(one.account_id, one.client_token) for one in wishes if one.client_token]
    asked = [
        {one.account_id for one in wishes},
        {name for one in wishes for name in (one.image_id, one.kernel_id, one.ramdisk_id) if name},
        {name for one in wishes for name in one.groups or (DEFAULT_GROUP,)},
        {one.key_name for one in wishes if one.key_name},
    ]
    whose, which = [account for account, _ in tokens], [token for _, token in tokens]
    ((text,),) = _STANDING.rows(tx, *map(list, asked), whose, which, ids)
    found: Standing = json.loads(text)
    return found
