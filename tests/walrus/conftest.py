# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures for Walrus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin
from tests.walrus.serving import People, Served, serve


@pytest.fixture
def served(database: Database, tmp_path: Path) -> Iterator[Served]:
    """A Walrus on files and an empty database."""
    made, listening = serve(database, tmp_path, People())
    yield made
    spin(maybeDeferred(listening.stopListening))


@pytest.fixture(scope="session", autouse=True)
def _threads_end() -> Iterator[None]:
    """The reactor's threads end with the session, else Python waits for them at its exit."""
    yield
    loop = cast(Any, reactor)
    if loop.threadpool is not None:
        loop._stopThreadPool()
