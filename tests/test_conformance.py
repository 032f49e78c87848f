# SPDX-License-Identifier: BSD-2-Clause
"""The page of clients and versions is made of what was seen, by whichever sessions."""

from __future__ import annotations

from pathlib import Path

from tests.conformance import READS_WSDL, Sightings, page


def test_sessions_add_to_each_other(tmp_path: Path) -> None:
    """Two that ran at once both count; of the same thing, the one that wrote last."""
    path = tmp_path / "build" / "seen.json"
    one, other = Sightings.read(path), Sightings.read(path)
    one.note("zeep", "2013-02-01", "RunInstances", works=True)
    one.note("zeep", "2013-02-01", "RebootInstances", works=True)
    other.note("zeep", "2013-02-01", "RunInstances", works=False)
    one.write(path)
    other.write(path)
    assert Sightings.read(path).seen == {
        ("zeep", "2013-02-01", "RunInstances"): False,
        ("zeep", "2013-02-01", "RebootInstances"): True,
    }


def test_the_page_tells_what_worked_and_what_did_not() -> None:
    """Numbers, readers, failures by name; and the versions of each operation."""
    seen = Sightings()
    for version in ("2006-06-26", "2013-10-15"):
        seen.note("zeep", version, "RunInstances", works=True)
        seen.note("zeep", version, READS_WSDL, works=True)
        seen.note("axis", version, READS_WSDL, works=True)
    seen.note("boto3", "2016-11-15", "RunInstances", works=False)
    lines = page(seen).splitlines()
    assert "| API version | axis | zeep | boto3 |" in lines
    assert "| 2006-06-26 | reads | 1 |  |" in lines
    assert "| 2016-11-15 |  |  | **not:** RunInstances |" in lines
    assert "| RunInstances | zeep 2006-06-26 … 2013-10-15 (2) |" in lines
