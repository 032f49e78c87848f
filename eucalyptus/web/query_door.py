# SPDX-License-Identifier: BSD-2-Clause
"""How a signed Query request is let in: signature versions 2 and 4, header or URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eucalyptus.access.principals import Principals


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDoor:
    """Admits Query requests of users. ``service`` is our name in signature scopes."""

    principals: Principals
    clock: Callable[[], float]
    service: str
