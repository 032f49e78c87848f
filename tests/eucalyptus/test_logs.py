# SPDX-License-Identifier: BSD-2-Clause
"""Lines of the log: one per event, whatever a caller put into it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from twisted.logger import LogEvent, Logger

from eucalyptus.logs import Writing, lines_of
from eucalyptus.repeats import ALL, EACH, WHILE


def written(why: str) -> str:
    """What an event with a caller's text becomes."""
    seen: list[LogEvent] = []
    log = Logger(observer=seen.append)  # type: ignore[arg-type]
    log.info("refused: {why}", why=why)
    return lines_of(seen[0])


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\r\nb",
        "\x1b[2J\x1b]0;x\x07",
        "\x00\x08\x7f",
        "\x85\u2028\u2029",
        "\u202e",
        "\ud800",
    ],
)
def test_a_callers_text_stays_in_its_line(text: str) -> None:
    """L-02: no second line, no commands to a terminal, no text that runs backwards."""
    line = written(text)
    assert line.endswith("\n") and line[:-1].isprintable()
    assert len(line.splitlines()) == 1


def test_honest_text_is_left_alone() -> None:
    """Letters of every language, braces and percents too."""
    assert written("Grüße, {why} %s 100% 日本").endswith(
        " INFO  refused: Grüße, {why} %s 100% 日本\n"
    )


def test_tracebacks_keep_their_lines() -> None:
    """Indented, so that they cannot be taken for events; control characters do not pass."""
    seen: list[LogEvent] = []
    log = Logger(observer=seen.append)  # type: ignore[arg-type]
    try:
        raise ValueError("bad\n2026-01-01 forged\x1b[0m")
    except ValueError:
        log.failure("failed")
    first, *rest = lines_of(seen[0]).splitlines()
    assert "CRITICAL failed" in first and len(rest) > 2
    assert all(line.startswith("    ") and "\x1b" not in line for line in rest)


class Flood:
    """A log that is written at times of our choosing."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.stream = io.StringIO()
        self.writing = Writing(self.stream)
        self._log = Logger(observer=self._timed)  # type: ignore[arg-type]

    def _timed(self, event: LogEvent) -> None:
        self.writing(event | {"log_time": self.now})

    def refused(self, source: str, code: str = "AuthFailure") -> None:
        """A request is refused."""
        self._log.info("refused {source}: {code}: {why}", source=source, code=code, why="no")

    def done(self, **around: Any) -> None:
        """A request is carried out."""
        self._log.info("done for {who} from {source}", who="alice", **around)

    @property
    def lines(self) -> list[str]:
        """What stands in the log."""
        return self.stream.getvalue().splitlines()


def test_repeated_refusals_of_one_source_are_summed_up() -> None:
    """L-04: a thousand a second for a minute are a page, and the counts are right."""
    flood = Flood()
    for number in range(60_000):
        flood.now += 0.001
        flood.refused("192.0.2.1", "AuthFailure" if number % 4 else "MalformedRequest")
        if number % 1000 == 0:
            flood.refused("192.0.2.2")
            flood.done(source="192.0.2.1")
    flood.writing.flush(flood.now + WHILE)
    sums = [line for line in flood.lines if "more of 192.0.2.1" in line]
    written = sum("refused 192.0.2.1" in line for line in flood.lines)
    assert written + sum(int(line.split(" WARN  ")[1].split()[0]) for line in sums) == 60_000
    assert written <= 7 * EACH
    assert "AuthFailure" in sums[0] and "MalformedRequest" in sums[0]
    # The others' refusals, and whatever was done, stand there one by one.
    assert sum("refused 192.0.2.2" in line for line in flood.lines) == 60
    assert sum("done for alice" in line for line in flood.lines) == 60
    assert len(flood.stream.getvalue()) < 100_000


def test_many_sources_together_are_bounded_too() -> None:
    """Beyond so many lines the rest of the addresses share one summary."""
    flood = Flood()
    for number in range(5000):
        flood.refused(f"2001:db8::{number:x}")
    assert len(flood.lines) == ALL
    flood.writing.flush(flood.now + WHILE)
    assert f"{5000 - ALL} more of other addresses" in flood.lines[-1]
    flood.writing.flush(flood.now + 3 * WHILE)
    assert len(flood.lines) == ALL + 1


def test_failures_of_ours_are_told_in_full_but_not_endlessly() -> None:
    """A bug that every request meets fills no disk; its traceback is there."""
    flood = Flood()
    for _ in range(1000):
        try:
            raise KeyError("bug")
        except KeyError:
            flood._log.failure("failed")
    assert sum("Traceback" in line for line in flood.lines) == EACH
    flood.now += WHILE
    flood.done(source="192.0.2.1")
    assert f"{1000 - EACH} more of failures of ours (KeyError)" in flood.lines[-2]
