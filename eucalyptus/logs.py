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


def start_logging(level: str) -> None:
    """Send events of ``level`` and above to standard error; control characters are escaped."""

    def write(event: LogEvent) -> None:
        text = eventAsText(event, includeSystem=False, includeTimestamp=True)
        if not text:
            return
        severity = getattr(event.get("log_level"), "name", "info").upper()
        first, *rest = text.split("\n")
        # A caller's text must not forge a line of its own; tracebacks keep theirs, indented.
        lines = [first, *("    " + line for line in rest)] if "log_failure" in event else [
            text.replace("\n", "\\n").replace("\r", "\\r")
        ]  # fmt: skip
        stamp, _, said = lines[0].partition(" ")
        sys.stderr.write(f"{stamp} {severity:5} {said}\n" + "".join(x + "\n" for x in lines[1:]))
        sys.stderr.flush()

    predicate = LogLevelFilterPredicate(defaultLogLevel=_LEVELS.get(level, LogLevel.info))
    globalLogBeginner.beginLoggingTo(
        [FilteringLogObserver(cast(ILogObserver, write), [predicate])], redirectStandardIO=False
    )
