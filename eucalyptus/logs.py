# SPDX-License-Identifier: BSD-2-Clause
"""Where a daemon's events go: one line each to standard error, which its supervisor keeps."""

from __future__ import annotations

import functools
import sys
import time
from typing import Any, TextIO, cast

from twisted.internet.task import LoopingCall
from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    eventAsText,
    formatEvent,
    formatTime,
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
    severity = getattr(event.get("log_level"), "name", "info").upper()
    if "log_failure" in event:
        first, *rest = eventAsText(event, includeTimestamp=False, includeSystem=False).split("\n")
        traceback = "".join(f"    {_printable(line)}\n" for line in rest)
    else:
        first, traceback = _sentence(event), ""
    if not first:
        return ""
    return f"{_stamp(int(event['log_time']))} {severity:5} {_printable(first)}\n{traceback}"


def _sentence(event: LogEvent) -> str:
    """The event's format filled in; Twisted's own way is slow, and only calls need it."""
    form = event.get("log_format")
    if isinstance(form, str) and "(" not in form:
        try:
            return form.format_map(event)
        except Exception:
            return formatEvent(event)  # which says what is wrong with it
    return formatEvent(event)


@functools.lru_cache(maxsize=1)
def _stamp(second: int) -> str:
    """The local time of a POSIX second; many events share one."""
    return formatTime(float(second))


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
    least = _LEVELS.get(level, LogLevel.info)

    def write(event: LogEvent) -> None:
        if event.get("log_level", LogLevel.info) >= least:
            writing(event)

    globalLogBeginner.beginLoggingTo([cast(ILogObserver, write)], redirectStandardIO=False)
    if reactor is not None:
        flushing = LoopingCall(lambda: writing.flush(time.time()))
        flushing.clock = reactor
        flushing.start(WHILE, now=False)
