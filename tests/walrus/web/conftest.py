# SPDX-License-Identifier: BSD-2-Clause
"""What tests of HTTP share."""

from __future__ import annotations

import pytest

from eucalyptus.database.run import Database
from tests.walrus.serving import Served, blocking
from tests.walrus.web.logged import Logged


@pytest.fixture
def filled(served: Served) -> Served:
    """Alice's bucket ``first`` with the object ``k``, whose content is 1."""
    alice, first = served.boto3(), {"Bucket": "first"}
    blocking(lambda: (alice.create_bucket(**first), alice.put_object(**first, Key="k", Body=b"1")))
    return served


@pytest.fixture
def logged(served: Served, database: Database) -> Logged:
    """A logged bucket."""
    return Logged(served, database)
