# SPDX-License-Identifier: BSD-2-Clause
"""Keeps a flood of bad requests from becoming a flood of log lines.

A refusal is an event that names a ``source`` and a ``why``. The first few of each source are
written as they are; the rest are counted, and the counts are written when the while is over. What
was done, and for whom, is never left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Event = Mapping[str, Any]

WHILE = 10.0
"""Seconds over which refusals are counted together."""
EACH = 20
"""Lines that one source may cause in a while, and one kind of failure of ours."""
ALL = 200
"""Lines that all of them may cause in a while; then further sources share one summary."""
OTHERS = "other addresses"


class Repeats:
    """Decides what of a stream of events is written. Times are POSIX seconds."""

    def __init__(self) -> None:
        self._since = 0.0
        self._written: Counter[str] = Counter()
        self._counted: dict[str, Counter[str]] = {}

    def passes(self, event: Event) -> bool:
        """Whether this event is written as it is; else it is counted."""
        source, kind = _repeatable(event)
        if not source:
            return True
        if self._written[source] < EACH and self._written.total() < ALL:
            self._written[source] += 1
            return True
        shown = source if self._written[source] else OTHERS
        self._counted.setdefault(shown, Counter())[kind] += 1
        return False

    def summaries(self, now: float) -> Iterator[str]:
        """The sentences to write at the end of a while; none before, and none when all was said."""
        if 0 <= now - self._since < WHILE:
            return
        counted, self._counted = self._counted, {}
        self._since = now
        self._written.clear()
        for source, kinds in counted.items():
            each = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(8))
            yield f"{kinds.total()} more of {source} were refused or failed the same way: {each}"


def _repeatable(event: Event) -> tuple[str, str]:
    """(source, kind) of an event that may be summarised, ("", "") of any other."""
    if "log_failure" in event:
        kind = event["log_failure"].type.__name__
        return f"failures of ours ({kind})", kind
    if event.get("source") and "why" in event:
        kind = str(event.get("code") or event.get("status") or "refused")
        return str(event["source"])[:64], kind[:64]
    return "", ""
