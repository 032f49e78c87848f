# SPDX-License-Identifier: BSD-2-Clause
"""What ``euca-verify`` sees of Walrus: objects in the database against files in the store.

Kind ``blob`` by the file's name. A file that does not have its object's size is faulty.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from twisted.internet import reactor

from eucalyptus.database.run import Database, Tx
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.settings import read
from eucalyptus.verification import Belief, Inspection, Seen
from walrus.database import objects
from walrus.settings import Settings

KINDS = frozenset({"blob"})


async def inspect(config: Path | None) -> Inspection:
    """Every object and every kept file; a host without a store has neither."""
    kept = read(Settings, config).bukkits / "objects"
    if not kept.exists():
        return Inspection()
    database = Database(read(DatabaseSettings, config).url, reactor=reactor, threads=1)
    try:
        files = {path.name: path for path in kept.glob("??/*")}
        sizes, doomed = await database.read(_recorded)
    finally:
        await database.close()
    # Objects that were put since the files were listed are looked for by name.
    missing = [blob for blob in sizes if not (kept / blob[:2] / blob).exists()]
    return Inspection(
        beliefs=(
            *(Belief(id=blob, needs=KINDS) for blob in missing),
            *(Belief(id=blob, may_have=KINDS) for blob in (*sizes, *doomed)),
        ),
        seen=tuple(_seen(files, sizes)),
        looked_for=KINDS,
    )


def _recorded(tx: Tx) -> tuple[dict[str, int], tuple[str, ...]]:
    return objects.sizes(tx), objects.doomed_blobs(tx)


def _seen(files: Mapping[str, Path], sizes: Mapping[str, int]) -> Iterable[Seen]:
    for blob, path in sorted(files.items()):
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue
        wanted = sizes.get(blob, facts.st_size)
        fault = "" if facts.st_size == wanted else f"it has {facts.st_size} bytes, not {wanted}"
        fix = None if blob in sizes else _remover(path)
        yield Seen(
            kind="blob", id=blob, where=str(path), since=facts.st_mtime, fault=fault, fix=fix
        )


def _remover(path: Path) -> Callable[[], Awaitable[None]]:
    async def remove() -> None:
        path.unlink(missing_ok=True)

    return remove
