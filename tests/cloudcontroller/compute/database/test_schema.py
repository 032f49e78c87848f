# SPDX-License-Identifier: BSD-2-Clause
"""The migrations make what the schema says."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cloudcontroller.compute.database.schema import METADATA
from eucalyptus.database.run import Database, Tx
from tests.fixtures.reactor import spin


def test_the_migrations_make_the_schema(database: Database) -> None:
    """Alembic finds no difference between the migrated database and the declared tables."""

    def differences(tx: Tx) -> list[str]:
        def ours(name: str | None, kind: str, _parents: object) -> bool:
            return kind != "schema" or name == "compute"

        options = {
            "include_schemas": True,
            "include_name": ours,
            "compare_type": True,
            "version_table_schema": "compute",
            "version_table": "schema_version",
        }
        context = MigrationContext.configure(tx, opts=options)
        return [str(one) for one in compare_metadata(context, METADATA)]

    assert spin(database.run(differences)) == []
