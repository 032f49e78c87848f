# SPDX-License-Identifier: BSD-2-Clause
"""The compute room on a real database and fakes."""

from __future__ import annotations

import pytest

from eucalyptus.database.run import Database
from tests.cloudcontroller.compute.street import Street


@pytest.fixture
def street(database: Database) -> Street:
    """A street with one zone that is ENABLED."""
    return Street(database)
