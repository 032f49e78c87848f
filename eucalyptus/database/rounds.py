# SPDX-License-Identifier: BSD-2-Clause
"""How a house without a daemon of its own has its loops run: by the daemon that leads the cloud."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eucalyptus.database.properties import Properties
from eucalyptus.database.run import Database

GROUP = "eucalyptus.loops"
"""Entry point group: name -> ``Rounds``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the daemon lends. ``clock`` gives POSIX seconds; ``state`` is the cloud's directory."""

    state: Path
    database: Database
    properties: Properties
    reactor: Any
    clock: Callable[[], float]


Round = Callable[[], Coroutine[Any, Any, float]]
"""One round of work; gives the seconds until the next is due."""
Rounds = Callable[[Ground], Awaitable[Mapping[str, Round]]]
"""Makes the rounds of a house, by name."""
