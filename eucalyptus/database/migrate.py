# SPDX-License-Identifier: BSD-2-Clause
"""Brings the database's schema up to this version: every room's migrations, all or none.

A room names its package of migrations in the entry point group ``eucalyptus.migrations``; the
entry's name is also the room's PostgreSQL schema, which holds its own version table.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from twisted.logger import Logger, globalLogBeginner, textFileLogObserver

from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.database.transactions import Transactions, Tx
from eucalyptus.settings import from_arguments

GROUP = "eucalyptus.migrations"
WAIT = 60.0
"""Seconds to wait for the database, and for another migration under way."""
_LOCK = 8777
_ROOM = re.compile(r"[a-z][a-z_]*")

_log = Logger()


def rooms() -> dict[str, str]:
    """Room -> package of its migrations, as installed."""
    return {entry.name: entry.value for entry in entry_points(group=GROUP)}


def folder(package: str) -> Path:
    """The directory of a package of migrations."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ValueError(f"{package} is no package of migrations")
    return Path(found.submodule_search_locations[0])


def upgrade(tx: Tx, wanted: Mapping[str, str]) -> None:
    """Bring every room in ``wanted`` to its newest version inside the transaction ``tx``."""
    tx.execute(text("SET LOCAL lock_timeout = '60s'"))
    tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    for room, package in sorted(wanted.items()):
        if not _ROOM.fullmatch(room):
            raise ValueError(f"{room} is no name for a schema")
        tx.execute(text(f"CREATE SCHEMA IF NOT EXISTS {room}"))
        _upgrade_room(tx, room, folder(package))


def _upgrade_room(tx: Tx, room: str, directory: Path) -> None:
    script = ScriptDirectory(str(directory), version_locations=[str(directory)])

    def newest(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=newest, destination_rev="head") as environment:
        environment.configure(
            connection=tx, version_table="schema_version", version_table_schema=room
        )
        with environment.begin_transaction():
            environment.run_migrations()
    _log.info("{room} is at {version}", room=room, version=script.get_current_head())


def migrate(url: str, wanted: Mapping[str, str] | None = None) -> None:
    """Migrate the database at ``url``; blocks. Raises Refused when it cannot be reached."""
    transactions = Transactions(url, connections=1, clock=time.monotonic, pause=time.sleep)
    try:
        found = rooms() if wanted is None else wanted
        transactions.run("statement", time.monotonic() + WAIT, upgrade, found)
    finally:
        transactions.close()


def main() -> None:
    """``eucalyptus-migrate``: exits 0 when the schema is at this version."""
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)
    settings = from_arguments(DatabaseSettings, "Bring the cloud's database up to this version.")
    try:
        migrate(settings.url)
    except Refused as refused:
        raise SystemExit(refused.message) from refused


if __name__ == "__main__":
    main()
