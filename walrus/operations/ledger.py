# SPDX-License-Identifier: BSD-2-Clause
"""Writes down what was asked of logged buckets, behind the callers' backs (docs/decisions/0038)."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from eucalyptus.together import Company, Together
from walrus.core.log_lines import LogRecord
from walrus.database.log_records import INSERT, columns
from walrus.operations.world import Tables

MOST = 10_000
"""Records that may wait while the database is slow; more are lost."""
_AT_ONCE = 500
_log = Logger()


class Ledger:
    """All records of a turn of the reactor, and those that come while they are written, go into
    the database by one statement."""

    def __init__(self, tables: Tables, soon: Callable[[Callable[[], object]], object]) -> None:
        self._tables = tables
        self._together: Together[LogRecord, None] = Together(self._write, _AT_ONCE, soon)
        self.waiting = 0

    def note(self, record: LogRecord) -> None:
        """Have it written down soon."""
        if self.waiting >= MOST:
            _log.error("too many log records wait, one of {bucket} is lost", bucket=record.bucket)
            return
        self.waiting += 1
        writing = Deferred.fromCoroutine(self._together.do(record))
        writing.addErrback(self._lost, record.bucket).addBoth(self._ended)

    def _lost(self, failure: Failure, bucket: str) -> None:
        why = failure.getErrorMessage()
        _log.error("a log record of {bucket} is lost: {why}", bucket=bucket, why=why)

    def _ended(self, _: object) -> None:
        self.waiting -= 1

    async def _write(self, records: Company[LogRecord, None]) -> list[None]:
        await self._tables.brief(INSERT, *columns(records[:]))
        return [None] * len(records)
