# SPDX-License-Identifier: BSD-2-Clause
"""Where a daemon's events go: one line each to standard error, which its supervisor keeps."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO, cast

from twisted.internet.task import LoopingCall
from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    eventAsText,
    globalLogBeginner,
)

from eucalyptus.repeats import WHILE, Repeats

_LEVELS = {"DEBUG": LogLevel.debug, "INFO": LogLevel.info, "WARN": LogLevel.warn,
           "ERROR": LogLevel.error}  # fmt: skip


def lines_of(event: LogEvent) -> str:
    """An event as it is written: one line, or "" for none; tracebacks keep theirs, indented.

    What is not printable is escaped: a caller's text must neither forge a line of its own nor
    command the terminal of whoever reads it.
    """
    text = eventAsText(event, includeSystem=False, includeTimestamp=True)
    if not text:
        return ""
    severity = getattr(event.get("log_level"), "name", "info").upper()
    first, *rest = text.split("\n") if "log_failure" in event else [text]
    stamp, _, said = _printable(first).partition(" ")
    traceback = "".join(f"    {_printable(line)}\n" for line in rest)
    return f"{stamp} {severity:5} {said}\n{traceback}"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class Writing:
    """Writes events as lines; a flood of refusals only as counts."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._repeats = stream, Repeats()

    def __call__(self, event: LogEvent) -> None:
        """Write an event, after the counts that are due."""
        self.flush(event["log_time"])
        if self._repeats.passes(event):
            self._write(lines_of(event))

    def flush(self, now: float) -> None:
        """Write the counts of a while that is over (POSIX seconds)."""
        for sentence in self._repeats.summaries(now):
            counts: LogEvent = {
                "log_time": now, "log_level": LogLevel.warn, "log_format": "{said}",
                "said": sentence,
            }  # fmt: skip
            self._write(lines_of(counts))

    def _write(self, lines: str) -> None:
        self._stream.write(lines)
        self._stream.flush()


def start_logging(level: str, reactor: Any = None) -> None:
    """Send events of ``level`` and above to standard error.

    With a ``reactor`` the counts of what was summarised are written in time even when nothing
    else happens.
    """
    writing = Writing(sys.stderr)
    predicate = LogLevelFilterPredicate(defaultLogLevel=_LEVELS.get(level, LogLevel.info))
    globalLogBeginner.beginLoggingTo(
        [FilteringLogObserver(cast(ILogObserver, writing), [predicate])], redirectStandardIO=False
    )
    if reactor is not None:
        flushing = LoopingCall(lambda: writing.flush(time.time()))
        flushing.clock = reactor
        flushing.start(WHILE, now=False)
