# SPDX-License-Identifier: BSD-2-Clause
"""Progress on standard error, with the time since the start; and waiting with an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

Clock = Callable[[], float]


class TookTooLong(Exception):
    """Something did not become true in its time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Says what is being done. ``clock`` counts seconds, ``pause`` passes them."""

    stream: TextIO
    clock: Clock
    pause: Callable[[float], None]
    began: float

    def say(self, what: str) -> None:
        """One line: the time since the start and ``what`` is happening."""
        print(f"[{self.clock() - self.began:6.1f} s] {what}", file=self.stream, flush=True)

    def wait(self, what: str, true: Callable[[], bool], seconds: float) -> None:
        """Wait until ``true()``; raises TookTooLong naming ``what`` after ``seconds``."""
        end = self.clock() + seconds
        step = 0.05
        while not true():
            if self.clock() > end:
                raise TookTooLong(f"{what} took more than {seconds:.0f} s")
            self.pause(step)
            step = min(step * 1.3, 0.5)
