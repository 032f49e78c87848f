# SPDX-License-Identifier: BSD-2-Clause
"""No row of the attack catalogue is forgotten: each is tested, or a reason is written down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks import (
    COMPLETE,
    NOT_APPLICABLE,
    NOT_OURS,
    SAME_AS,
    advisories,
    rows,
    tried,
)
from tests.contracts.reference import reference

TOP = Path(__file__).parents[1]


@pytest.fixture(scope="module", name="named")
def _named() -> set[str]:
    """What the tests of a default run are named after, as pytest collects them."""
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run(argv, cwd=TOP, capture_output=True, text=True, timeout=300)
    assert listed.returncode == 0, listed.stdout[-2000:]
    return tried(listed.stdout.splitlines())


@pytest.fixture(scope="module", name="catalogue")
def _catalogue() -> dict[str, bool]:
    """The rows of the catalogue, and which are bold."""
    found = rows(reference("EUCA_REFERENCE_SECURITY", "ATTACKS.md").read_text())
    assert len(found) > 250
    return found


def test_every_bold_row_is_tried_or_explained(named: set[str], catalogue: dict[str, bool]) -> None:
    """Of the sections that are called complete."""
    wanted = {row for row, bold in catalogue.items() if bold and row[0] in COMPLETE}
    assert sorted(wanted - named - set(NOT_APPLICABLE)) == []


def test_what_is_tried_needs_no_excuse(named: set[str], catalogue: dict[str, bool]) -> None:
    """A row is either tried or explained, and every explained row exists."""
    assert sorted(named & set(NOT_APPLICABLE)) == []
    assert sorted(set(NOT_APPLICABLE) - set(catalogue)) == []


def test_every_advisory_is_tried_or_explained(named: set[str], catalogue: dict[str, bool]) -> None:
    """By its own name, as a row, or not at all for a reason."""
    listed = advisories(reference("EUCA_REFERENCE_SECURITY", "ANCHORS.md").read_text())
    assert len(listed) > 60
    assert sorted(listed - named - set(SAME_AS) - set(NOT_OURS)) == []
    assert sorted({*SAME_AS, *NOT_OURS} - listed) == []
    assert sorted((named | set(SAME_AS)) & set(NOT_OURS)) == []
    rows = {row for row in SAME_AS.values() if row[0] in COMPLETE}
    assert sorted(rows - named) == [] and set(SAME_AS.values()) <= set(catalogue)


def test_how_rows_are_found() -> None:
    """In parameters and in names of functions, not in names of files or parts of other words."""
    ids = ("t/a-01.py::test_w31_w32_x[front-W-63 x]", "t.py::test_x256[Q-211-XW-01-ESA-02]",
           "t.py::test_n04", "t.py::test_sha256_x[CVE-2012-4065 x]")  # fmt: skip
    assert tried(ids) == {"W-31", "W-32", "W-63", "N-04", "ESA-02", "CVE-2012-4065"}
    assert rows("| **W-01** | x |\n| W-05 | W-06 |\n") == {"W-01": True, "W-05": False}
