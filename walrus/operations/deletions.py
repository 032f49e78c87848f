# SPDX-License-Identifier: BSD-2-Clause
"""Objects and versions of them: deleted, or marked as deleted where older versions are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, INVALID_REQUEST, OBJECT, VERSION
from eucalyptus.crashpoints import crashpoint
from walrus.core import expected, version_documents
from walrus.core.asking import Asked
from walrus.core.expected import Expected
from walrus.core.keys import Target
from walrus.core.locking import Moment
from walrus.core.permitting import permit
from walrus.core.records import Stored, delete_marker
from walrus.core.version_documents import Deleted, Deletion
from walrus.core.versions import DELETE_MARKER, VERSION_ID
from walrus.database import removals
from walrus.database.objects import Changed
from walrus.database.removals import Removal
from walrus.operations.locking import trying
from walrus.operations.world import XML, Answer, World

MANIFEST = ".manifest.xml"
"""How the keys of bundles' manifests end."""
_BATCH = 100
"""Deletions in one transaction: each holds a lock, of which PostgreSQL has some thousands."""


async def delete_object(world: World, asked: Asked) -> Answer:
    """Delete the object or a version of it; it is no error if there is none."""
    trial = trying(world, asked)
    removal = _removal(asked, expected.of_headers(asked.headers), trial)
    changed = await world.tables.statement(removals.remove, removal)
    crashpoint("walrus.delete.committed")
    world.bury(*changed.doomed)
    await _forget_image(world, changed.stored)
    headers = {}
    if changed.versioning and changed.stored:
        headers[VERSION_ID] = changed.stored.version
    if _marker(changed):
        headers[DELETE_MARKER] = "true"
    return Answer(status=204, headers=headers)


async def _forget_image(world: World, gone: Stored | None) -> None:
    """The image that was prepared from a manifest goes with it."""
    if gone is not None and gone.key.endswith(MANIFEST) and not gone.delete_marker:
        await world.in_thread(world.images.drop, gone.sha256)


def _removal(asked: Asked, wanted: Expected, trial: Moment) -> Removal:
    def check(found: Stored | None) -> None:
        wanted.check(found)
        # A delete marker takes nothing away.
        if found is not None and asked.version is not None:
            trial.check_deletion(found.lock)

    marker = delete_marker(asked.the_bucket, asked.target.key, trial.now)
    return Removal(
        marker=marker, version=asked.version, check=check, conditional=wanted.says_something
    )


def _marker(changed: Changed) -> str:
    """The version of the delete marker that came or went, or ""."""
    stored = changed.stored
    return stored.version if stored is not None and stored.delete_marker else ""


# --- many ----------------------------------------------------------------------------------------


async def delete_objects(world: World, asked: Asked) -> Answer:
    """Delete up to a thousand objects or versions; each is refused or done for itself."""
    if not _is_digested(asked):
        raise INVALID_REQUEST(reason="Content-MD5 or a checksum of the document is missing.")
    wanted, quiet = version_documents.deletions(asked.body)
    done: dict[Deletion, Deleted] = {}
    for batch in _batches(wanted):
        done |= zip(batch, await _delete_batch(world, asked, batch), strict=True)
    told = [done[deletion] for deletion in wanted]
    return Answer(headers=XML, body=version_documents.deleted(told, quiet))


def _is_digested(asked: Asked) -> bool:
    announced = asked.headers.get("x-amz-trailer", "").lower().split(",")
    names = (*asked.headers, *(name.strip() for name in announced))
    return any(n == "content-md5" or n.startswith("x-amz-checksum-") for n in names)


def _batches(wanted: Sequence[Deletion]) -> Iterator[Sequence[Deletion]]:
    # In the order of their keys, so that two of these never wait for each other in a circle.
    # What is named twice is asked for once.
    ordered = sorted(dict.fromkeys(wanted), key=lambda deletion: deletion.key)
    for first in range(0, len(ordered), _BATCH):
        yield ordered[first : first + _BATCH]


async def _delete_batch(world: World, asked: Asked, batch: Sequence[Deletion]) -> Sequence[Deleted]:
    wanted: list[Removal | Refused] = []
    for deletion in batch:
        try:
            wanted.append(_permitted(world, asked, deletion))
        except Refused as refused:
            wanted.append(refused)
    removed = await world.tables.statement(removals.remove_each, wanted)
    crashpoint("walrus.delete.committed")
    world.bury(*removed.doomed)
    results = []
    for deletion, outcome in zip(batch, removed.outcomes, strict=True):
        if isinstance(outcome, Refused):
            results.append(Deleted(deletion=deletion, refused=outcome))
        else:
            await _forget_image(world, outcome.stored)
            results.append(Deleted(deletion=deletion, marker=_marker(outcome)))
    return results


def _permitted(world: World, asked: Asked, deletion: Deletion) -> Removal:
    """One of many as if it were asked for alone; raises ACCESS_DENIED."""
    alone = replace(
        asked,
        action=ACTIONS[(OBJECT, "DELETE", "")],
        target=Target(bucket=asked.target.bucket, key=deletion.key),
        query={VERSION: deletion.version} if deletion.version else {},
    )
    permit(alone)
    return _removal(alone, deletion.expected, trying(world, alone))
