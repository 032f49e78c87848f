# SPDX-License-Identifier: BSD-2-Clause
"""Objects and versions of them: deleted, or marked as deleted where older versions are kept."""

from __future__ import annotations

from eucalyptus.crashpoints import crashpoint
from walrus.core.asking import Asked
from walrus.core.records import Stored, delete_marker
from walrus.core.versions import DELETE_MARKER, VERSION_ID
from walrus.database import objects
from walrus.database.objects import Removal
from walrus.operations.world import Answer, World


async def delete_object(world: World, asked: Asked) -> Answer:
    """Delete the object or a version of it; it is no error if there is none."""
    removal = Removal(
        marker=delete_marker(asked.the_bucket, asked.target.key, world.now()), version=asked.version
    )
    changed = await world.tables.statement(objects.remove, removal, _any)
    crashpoint("walrus.delete.committed")
    world.bury(*changed.doomed)
    headers = {}
    if changed.versioning and changed.stored:
        headers[VERSION_ID] = changed.stored.version
    if changed.stored and changed.stored.delete_marker:
        headers[DELETE_MARKER] = "true"
    return Answer(status=204, headers=headers)


def _any(found: Stored | None) -> None:
    """Whatever there is may go."""
