# SPDX-License-Identifier: BSD-2-Clause
"""A town per test, on an empty database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet import reactor

from cloudcontroller.identity.bootstrap import ensure_keys
from eucalyptus.database.run import Database
from tests.cloudcontroller.compute.street import Street
from tests.fixtures.postgres import empty
from tests.fixtures.reactor import spin
from tests.street import gates
from tests.street.estate import Estate
from tests.street.gates import Gate
from tests.street.town import Town


@pytest.fixture(scope="session", name="state")
def _state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory with the keys of a cloud."""
    state = tmp_path_factory.mktemp("state")
    ensure_keys(state / "keys", "one", time.time)
    return state


@pytest.fixture(name="town")
def _town(database: Database, postgres: str, state: Path) -> Iterator[Town]:
    """A town with one worker."""
    town = Town(Street(database), postgres, state)
    yield town
    town.close()


@pytest.fixture(name="estate")
def _estate(town: Town) -> Estate:
    """A town where the account ``alice`` has one of everything."""
    return Estate(town)


@pytest.fixture(scope="module", name="street_gates")
def _street_gates(
    postgres: str, state: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Gate]]:
    """Every gate, for all tests of a module: what they refuse changes nothing."""
    empty(postgres)
    database = Database(postgres, reactor=reactor, threads=2)
    town = Town(Street(database), postgres, state)
    made = {name: make(tmp_path_factory.mktemp(name)) for name, make in gates.INSIDE.items()}
    yield {"front": gates.front(town), **made}
    town.close()
    spin(database.close())
