# SPDX-License-Identifier: BSD-2-Clause
"""Properties as daemons read them: from memory, heard at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text
from twisted.internet import reactor

from eucalyptus.database.properties import Properties, described, reset, store, stored
from eucalyptus.database.run import Database
from eucalyptus.properties import (
    ACCESS_KEYS_LIMIT,
    PENDING_TIME,
    PROPERTIES,
    S3_SECRET_KEY,
    SIGN_REPLIES,
)
from eucalyptus.secrets import open_sealer


def test_a_change_is_heard_by_every_reader(database: Database, spin: Any, turn: Any) -> None:
    readers = [Properties(database, reactor) for _ in range(2)]
    told: list[int] = []
    for reader in readers:
        spin(reader.start())
        reader.when_changed(lambda: told.append(1))
        assert reader.get(PENDING_TIME) == 3600.0
    spin(database.run(store, PENDING_TIME.name, "5m", "test"))
    turn(lambda: all(reader.get(PENDING_TIME) == 300.0 for reader in readers), 5)
    assert len(told) == 2
    spin(database.run(reset, PENDING_TIME.name))
    turn(lambda: all(reader.get(PENDING_TIME) == 3600.0 for reader in readers), 5)
    for reader in readers:
        reader.stop()


def test_values_have_their_kind_from_the_start(database: Database, spin: Any) -> None:
    spin(database.run(store, SIGN_REPLIES.name, "true", "test"))
    reader = Properties(database, reactor)
    spin(reader.start())
    assert reader.get(SIGN_REPLIES) is True
    assert reader.get(ACCESS_KEYS_LIMIT) == 2
    reader.stop()


def test_a_text_that_is_no_longer_accepted_counts_as_unset(database: Database, spin: Any) -> None:
    spin(database.run(store, ACCESS_KEYS_LIMIT.name, "many", "an older version"))
    reader = Properties(database, reactor)
    spin(reader.start())
    assert reader.get(ACCESS_KEYS_LIMIT) == 2
    reader.stop()


def test_who_changed_it_and_when_is_on_record(database: Database, spin: Any) -> None:
    spin(database.run(store, SIGN_REPLIES.name, "true", "first"))
    spin(database.run(store, SIGN_REPLIES.name, "false", "second"))
    row = spin(
        database.read(
            lambda tx: tuple(
                tx.execute(
                    text("SELECT value, changed_by, changed <= now() FROM ground.properties")
                ).one()
            )
        )
    )
    assert row == ("false", "second", True)


def test_the_description_holds_every_property(database: Database, spin: Any) -> None:
    spin(database.run(store, SIGN_REPLIES.name, "true", "test"))
    listed = described(spin(database.read(stored)))
    assert [found.name for found, _ in listed] == sorted(PROPERTIES)
    assert (SIGN_REPLIES, "true") in listed


def test_secrets_are_opened_with_the_key_file_only(
    database: Database, spin: Any, tmp_path: Path
) -> None:
    sealed = open_sealer(tmp_path / "right").seal(b"secret").decode()
    spin(database.run(store, S3_SECRET_KEY.name, sealed, "test"))
    for keys, wanted in ((tmp_path / "right", "secret"), (tmp_path / "wrong", ""), (None, "")):
        reader = Properties(database, reactor, keys)
        spin(reader.start())
        assert reader.get(S3_SECRET_KEY) == wanted
        reader.stop()
