# SPDX-License-Identifier: BSD-2-Clause
"""Migrations: all or none, once however many run them, and true to the schema modules."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from eucalyptus.database.listening import connect
from eucalyptus.database.migrate import folder, migrate
from tests.fixtures.postgres import Cluster, declared_rooms

ROOMS = declared_rooms()


@pytest.fixture
def empty(cluster: Cluster, postgres: str) -> Iterator[str]:
    """The URL of an empty database beside the migrated one."""
    maker = connect(cluster.settings.url.replace("eucalyptus@/eucalyptus", "postgres@/postgres"))
    with maker.cursor() as cursor:
        cursor.execute("CREATE DATABASE empty OWNER eucalyptus")
    yield postgres.replace("@/eucalyptus", "@/empty")
    with maker.cursor() as cursor:
        cursor.execute("DROP DATABASE empty WITH (FORCE)")
    maker.close()


def schemas(url: str) -> set[str]:
    connection = connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        found = {row[0] for row in cursor.fetchall()}
    connection.close()
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_migrations_end_where_the_schema_module_is(postgres: str, room: str) -> None:
    package = ROOMS[room].removesuffix(".migrations")
    metadata: MetaData = importlib.import_module(f"{package}.schema").METADATA
    engine = create_engine(postgres)
    with engine.connect() as tx:
        context = MigrationContext.configure(
            tx,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: name == room if kind == "schema" else True,
                "version_table": "schema_version",
                "version_table_schema": room,
            },
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_twice_and_at_the_same_time_is_migrating_once(empty: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            migrate(empty, ROOMS)
        except BaseException as failure:
            failures.append(failure)

    racing = [threading.Thread(target=run) for _ in range(3)]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join(60)
    assert failures == []
    assert set(ROOMS) <= schemas(empty)


def test_a_migration_that_fails_leaves_nothing(
    empty: str, tmp_path: Path, monkeypatch: Any
) -> None:
    broken = tmp_path / "brokenroom"
    broken.mkdir()
    (broken / "__init__.py").write_text("")
    (broken / "v1.py").write_text(
        "revision, down_revision = '1', None\ndef upgrade():\n    raise RuntimeError('broken')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RuntimeError, match="broken"):
        migrate(empty, {**ROOMS, "zoo": "brokenroom"})
    assert not schemas(empty) & {*ROOMS, "zoo"}


def test_a_room_needs_a_name_and_a_package(empty: str) -> None:
    with pytest.raises(ValueError, match="no name for a schema"):
        migrate(empty, {"Robert'); DROP": ROOMS["ground"]})
    with pytest.raises(ValueError, match="no package of migrations"):
        migrate(empty, {"room": "eucalyptus.machine"})
    assert folder(ROOMS["ground"]).name == "migrations"
