# SPDX-License-Identifier: BSD-2-Clause
"""Where a daemon's events go: one line each to standard error, which its supervisor keeps."""

from __future__ import annotations

import sys
from typing import cast

from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    eventAsText,
    globalLogBeginner,
)

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


def start_logging(level: str) -> None:
    """Send events of ``level`` and above to standard error."""

    def write(event: LogEvent) -> None:
        sys.stderr.write(lines_of(event))
        sys.stderr.flush()

    predicate = LogLevelFilterPredicate(defaultLogLevel=_LEVELS.get(level, LogLevel.info))
    globalLogBeginner.beginLoggingTo(
        [FilteringLogObserver(cast(ILogObserver, write), [predicate])], redirectStandardIO=False
    )
