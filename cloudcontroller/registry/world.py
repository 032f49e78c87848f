# SPDX-License-Identifier: BSD-2-Clause
"""What the registry's operations are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eucalyptus.database.run import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``checks``: property name -> function that raises ValueError for a text it cannot use.

    The checks come from the houses that use a property (entry points), beside the kind's own
    check. ``seal`` encrypts secret values.
    """

    database: Database
    checks: Mapping[str, Callable[[str], object]]
    seal: Callable[[bytes], bytes]
