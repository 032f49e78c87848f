# SPDX-License-Identifier: BSD-2-Clause
"""``euca-verify``: the cloud's records against the world of this host.

Exit codes: 0 clean, 1 differences, 2 the inspection itself failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from eucalyptus.verification import GRACE, Finding, Inspection, compare

GROUP = "eucalyptus.inspectors"


async def inspect(config: Path | None) -> list[Inspection]:
    """Ask every installed house."""
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        found.append(await point.load()(config))
    return found


async def verify(config: Path | None, fix: bool, grace: float) -> list[Finding]:
    """The differences older than ``grace`` seconds; with ``fix`` the safe ones are mended first."""
    findings = compare(await inspect(config), time.time(), grace)
    mendable = [finding for finding in findings if finding.fix is not None]
    if not fix or not mendable:
        return findings
    for finding in mendable:
        assert finding.fix is not None
        print(f"mending: {finding.says}", file=sys.stderr)
        await finding.fix()
    return compare(await inspect(config), time.time(), grace)


def show(findings: Sequence[Finding], as_json: bool) -> str:
    """The findings as lines, or as one JSON document."""
    if as_json:
        rows = [
            {"problem": f.problem, "kind": f.kind, "id": f.id, "where": f.where,
             "says": f.says, "age_seconds": round(f.age, 1), "fixable": f.fix is not None}
            for f in findings
        ]  # fmt: skip
        return json.dumps({"clean": not rows, "findings": rows}, indent=2)
    if not findings:
        return "clean: every record has its thing and every thing its record"
    return "\n".join(
        f"{f.problem.upper()}\t{f.kind}\t{f.id}\t{f.where}\t{f.says}" for f in findings
    )


def main() -> None:
    """The program ``euca-verify``."""
    parser = argparse.ArgumentParser(
        prog="euca-verify",
        description="Compare the cloud's records with domains, disks, taps, leases, rules, cached "
        "images and objects on this host. Exits with 0 only when they agree.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--fix", action="store_true", help="mend what is safe to mend")
    parser.add_argument(
        "--grace", type=float, default=GRACE, metavar="SECONDS",
        help="for how long a difference may be work under way (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--config", type=Path, help="settings file of the cloud")
    asked = parser.parse_args()
    ended: list[Any] = []
    reactor: Any = installed

    def done(result: Any) -> None:
        ended.append(result)
        reactor.stop()

    reactor.callWhenRunning(
        lambda: Deferred.fromCoroutine(verify(asked.config, asked.fix, asked.grace)).addBoth(done)
    )
    reactor.run()
    if isinstance(ended[0], Failure):
        print(f"euca-verify: {ended[0].getErrorMessage()}", file=sys.stderr)
        sys.exit(2)
    print(show(ended[0], asked.json))
    sys.exit(1 if ended[0] else 0)


if __name__ == "__main__":
    main()
