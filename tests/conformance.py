# SPDX-License-Identifier: BSD-2-Clause
"""``python -m tests.conformance``: docs/conformance.md, from what the tests saw of clients."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.streets import ROOT

SEEN = ROOT / "build" / "conformance.json"
PAGE = ROOT / "docs" / "conformance.md"
AMAZONS_SCHEMA = "amazons-schema"
"""Not a client: that zeep reads our fullest answer, which is valid, by Amazon's own WSDL."""
READS_WSDL = "(reads the WSDL)"
"""What is noted for a program that makes classes or stubs of a WSDL without a complaint."""


@dataclass
class Sightings:
    """What was seen, by (client, API version, operation); the latest sight counts.

    True for something that worked.
    """

    seen: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Sightings:
        """What an earlier session saw; nothing when there was none."""
        rows = json.loads(path.read_text()) if path.is_file() else []
        return cls(
            {(row["client"], row["version"], row["operation"]): row["works"] for row in rows}
        )

    def write(self, path: Path) -> None:
        """Keep it for the next session, with what another one wrote meanwhile."""
        self.seen = {**self.read(path).seen, **self.seen}
        names = ("client", "version", "operation")
        rows = [
            {**dict(zip(names, key, strict=True)), "works": works}
            for key, works in sorted(self.seen.items())
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{os.getpid()}")
        made.write_text(json.dumps(rows, indent=0) + "\n")
        made.replace(path)

    def note(self, client: str, version: str, operation: str, *, works: bool) -> None:
        """A client tried an operation in a version."""
        self.seen[client, version, operation] = works

    def clients(self) -> list[str]:
        """Their names, those of most versions first."""
        versions = {(client, version) for client, version, _ in self.seen}
        counts = {name: sum(one == name for one, _ in versions) for name, _ in versions}
        return sorted(counts, key=lambda name: (-counts[name], name))

    def cell(self, client: str, version: str) -> str:
        """What to write for a client and a version: how many operations, which ones failed."""
        tried = {
            op: works for (c, v, op), works in self.seen.items() if (c, v) == (client, version)
        }
        failed = sorted(name for name, works in tried.items() if not works)
        worked = [name for name, works in tried.items() if works and name != READS_WSDL]
        if failed:
            return f"**not:** {', '.join(failed)}"
        return str(len(worked)) if worked else "reads" if tried else ""


def page(sightings: Sightings) -> str:
    """The page, in Markdown."""
    return "\n".join(_lines(sightings)) + "\n"


def _lines(sightings: Sightings) -> Iterator[str]:
    yield from _HEAD
    versions = sorted({version for _, version, _ in sightings.seen})
    clients = sightings.clients()
    yield from _table(
        ["API version", *clients],
        ([version, *(sightings.cell(client, version) for client in clients)]
         for version in versions),
    )  # fmt: skip
    yield from ("", "## By operation", "", "The versions in which each client did it.", "")
    operations = sorted({name for *_, name in sightings.seen if name != READS_WSDL})
    yield from _table(
        ["Operation", "Clients"],
        ([name, "; ".join(_doers(sightings, clients, name))] for name in operations),
    )


_HEAD = (
    "# Clients and API versions",
    "",
    "Generated from the tests (`make conformance` after `./runtests`; `make soak` fills in every",
    "dialect). A number says how many operations a client did in that version, each in its own",
    "words against a running cloud; *reads* says that classes or stubs were made of the published",
    "WSDL without a complaint. `amazons-schema` counts the operations whose answers, with every",
    "part that there is, are valid by Amazon's WSDL of that date and read by zeep. The version",
    "`S3 2006-03-01` is what clients of Walrus speak.",
    "`tests/world/foreign/README.md` says what each client is.",
    "",
)


def _doers(sightings: Sightings, clients: Sequence[str], operation: str) -> Iterator[str]:
    for client in clients:
        found = sorted(
            version
            for (one, version, name), works in sightings.seen.items()
            if (one, name) == (client, operation) and works
        )
        if found:
            yield f"{client} {found[0]}" + (f" … {found[-1]} ({len(found)})" * (len(found) > 1))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> int:
    """Write the page; exit code 1 when no test has seen anything."""
    if not SEEN.is_file():
        print(f"{SEEN} is not there: run ./runtests tests/world/test_clients.py", file=sys.stderr)
        return 1
    PAGE.write_text(page(Sightings.read(SEEN)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
