# SPDX-License-Identifier: BSD-2-Clause
"""What earlier versions kept of ACLs means the same afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from tests.walrus.serving import ALICE
from walrus.core import acl
from walrus.core.records import Acl, Bucket, Owner
from walrus.database import buckets
from walrus.database.migrations.v0004_grants import to_grants

OWNER = Owner.of(ALICE.principal)


def migrated(tx: Connection, name: str) -> Acl:
    """The ACL of a bucket that had a canned one when ACLs were names."""
    made = Bucket(name="first", owner=OWNER, acl=(), created=datetime.now(UTC))
    buckets.create(tx, made, 1)
    tx.execute(text(f"ALTER TABLE walrus.buckets ALTER COLUMN acl TYPE text USING '{name}'"))
    tx.execute(text(to_grants("buckets")))
    found = buckets.find(tx, "first")
    assert found is not None
    return found.acl


@pytest.mark.parametrize(
    "name", ["private", "public-read", "authenticated-read", "aws-exec-read", "bucket-owner-read"]
)
def test_names_become_grants(postgres: Any, name: str) -> None:
    """Those that the canned ACL stands for."""
    engine = create_engine(postgres)
    with engine.connect() as tx:
        assert migrated(tx, name) == acl.canned(name, OWNER, OWNER)
        tx.rollback()
    engine.dispose()
