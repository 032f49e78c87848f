# SPDX-License-Identifier: BSD-2-Clause
"""What tests of HTTP share."""

from __future__ import annotations

import pytest

from tests.walrus.serving import Served, blocking


@pytest.fixture
def filled(served: Served) -> Served:
    """Alice's bucket ``first`` with the object ``k``, whose content is 1."""
    alice, first = served.boto3(), {"Bucket": "first"}
    blocking(lambda: (alice.create_bucket(**first), alice.put_object(**first, Key="k", Body=b"1")))
    return served
