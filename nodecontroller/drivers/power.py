# SPDX-License-Identifier: BSD-2-Clause
"""Sending this host to sleep; a cluster that saves power wakes it by its network card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from eucalyptus.command import Finished


class Power(Protocol):
    """What puts the host to sleep."""

    async def sleep(self) -> None:
        """Begin to sleep; raises CommandFailed when the host will not."""
        ...


class CommandPower:
    """Sleep by a command of the administrator's choice."""

    def __init__(self, argv: Sequence[str], run: Callable[..., Awaitable[Finished]]) -> None:
        self._argv, self._run = tuple(argv), run

    async def sleep(self) -> None:
        """Run the command."""
        await self._run(self._argv)


class FakePower:
    """Sleep for rehearsals: counts how often it was sent to bed."""

    def __init__(self) -> None:
        self.slept = 0

    async def sleep(self) -> None:
        """Count."""
        self.slept += 1
