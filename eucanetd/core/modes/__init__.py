# SPDX-License-Identifier: BSD-2-Clause
"""Network modes: each is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eucanetd.core.modes import edge
from eucanetd.core.plan import Choices, Plan
from eucanetd.core.world import Here

MODES: Mapping[str, Callable[[Here, Choices], Plan]] = {"EDGE": edge.plan}
