# SPDX-License-Identifier: BSD-2-Clause
"""What every refused attack must satisfy, whatever it was: section 0 of the attack catalogue.

Nothing changed (INV-0), nothing of our insides was told (INV-1), it cost little (INV-2), and
exactly one line was logged about it, which says where it came from and holds no secret (INV-3).
"""

from __future__ import annotations

import contextlib
import re
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from twisted.logger import LogEvent, globalLogPublisher

from eucalyptus.logs import lines_of

CPU_SECONDS = 2.5
"""Ten times the catalogue's 250 ms: the suite's heap makes collections long, and CI is shared."""
MOST_MEMORY = 32 << 10
"""KiB by which the process may grow."""
INSIDES = re.compile(
    rb"Traceback|File \"|\.py\b|psycopg|sqlalchemy|SELECT |twisted|/lib/python|/tmp/", re.IGNORECASE
)


@dataclass
class Watched:
    """What was answered and logged while an attack ran."""

    answers: list[bytes] = field(default_factory=list)
    events: list[LogEvent] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The lines about requests and connections: those that name where one came from."""
        return [lines_of(event) for event in self.events if "source" in event]


@contextlib.contextmanager
def attack(
    state: Callable[[], Any], secrets: Iterable[str] = (), lines: int | None = 1
) -> Iterator[Watched]:
    """Run an attack: put what was answered into the ``answers`` of what this yields.

    ``state`` gives all that must stay as it is; ``secrets`` must appear in no answer and no log;
    ``lines`` is how many requests or connections are to be logged (None: any number).
    """
    watched = Watched()
    before, started, memory = state(), time.process_time(), _memory()
    globalLogPublisher.addObserver(watched.events.append)
    try:
        yield watched
    finally:
        globalLogPublisher.removeObserver(watched.events.append)
    assert state() == before, "INV-0"
    assert time.process_time() - started < CPU_SECONDS, "INV-2"
    assert _memory() - memory < MOST_MEMORY, "INV-2"
    for answer in watched.answers:
        assert not INSIDES.search(answer), ("INV-1", answer)
    _check_log(watched, tuple(secrets), lines)


def _check_log(watched: Watched, secrets: tuple[str, ...], lines: int | None) -> None:
    whole = [lines_of(event) for event in watched.events]
    assert not any("log_failure" in event for event in watched.events), whole
    assert lines is None or len(watched.lines) == lines, ("INV-3", whole)
    for said in [*whole, *(answer.decode("latin-1") for answer in watched.answers)]:
        assert not any(secret in said for secret in secrets), ("INV-1, INV-3", said)
    for line in watched.lines:
        assert line.endswith("\n") and line[:-1].isprintable(), ("INV-3", line)


def _memory() -> int:
    """KiB that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
