# SPDX-License-Identifier: BSD-2-Clause
"""Lines of the log: one per event, whatever a caller put into it."""

from __future__ import annotations

import pytest
from twisted.logger import LogEvent, Logger

from eucalyptus.logs import lines_of


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
