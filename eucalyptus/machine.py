# SPDX-License-Identifier: BSD-2-Clause
"""State machines as tables; ``step`` is the only way to move."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

State = TypeVar("State", bound=Enum)
Event = TypeVar("Event", bound=Enum)


class WrongState(Exception):
    """An event that the current state does not allow; names both."""

    def __init__(self, state: Enum, event: Enum, allowed: tuple[Enum, ...]) -> None:
        names = ", ".join(e.name for e in allowed) or "nothing"
        super().__init__(f"{event.name} is not possible in state {state.name} (possible: {names})")
        self.state, self.event, self.allowed = state, event, allowed


def step(table: Mapping[State, Mapping[Event, State]], state: State, event: Event) -> State:
    """The state that follows ``state`` on ``event``; raises WrongState when the table has none."""
    row = table.get(state, {})
    if event not in row:
        raise WrongState(state, event, tuple(row))
    return row[event]
