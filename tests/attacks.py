# SPDX-License-Identifier: BSD-2-Clause
"""The attack catalogue as a table that the tests are held against.

The catalogue (``ATTACKS.md`` in the folder that ``EUCA_REFERENCE_SECURITY`` names) numbers its
rows ``W-01``, ``Q-21`` and so on, the most important ones in bold. The convention here:

* A test of a row carries the row's id in its pytest id: as a parameter's id,
  ``pytest.param(..., id="W-63 deleted certificate")``, or, where there is nothing to
  parametrise, in the function's name, ``test_w63_...``. A docstring does not count.
* Beside every changed message stands its unmodified twin, which must succeed.
* A row that cannot be tried here has an entry in ``NOT_APPLICABLE`` with the reason.
* A letter in ``COMPLETE`` is one whose bold rows are all tested or explained;
  ``tests/test_attacks.py`` fails when a row of it is neither, and when a row is both.

Advisories (``ANCHORS.md``) are named alike: their tests carry ``CVE-2012-4065`` or ``ESA-02``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

COMPLETE = ""
"""The sections, by their letter, of which every bold row must be tested or explained."""

NOT_APPLICABLE: Mapping[str, str] = {
    # W: SOAP and WS-Security
    # X: XML
    # H: HTTP
    # Q: Query
    # I: identity
    # N: between components
    # P: database
    # M: metadata
    # G: images, volumes, domains
    # L: logs and secrets
}
"""Row -> why it cannot be tried."""

_ROW = re.compile(r"^\| (\*\*)?([A-Z]-\d\d)(?:\*\*)? \|", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![A-Za-z0-9])([A-Z]-\d\d)(?!\d)")
_FUNCTION = re.compile(r"(?<=_)([a-z]\d\d)(?=_|\[|$)")
_ADVISORY = re.compile(r"CVE-\d{4}-\d{4,}|ESA-\d\d")


def rows(catalogue: str) -> dict[str, bool]:
    """Every row of the catalogue's text, and whether it is bold."""
    return {id: bool(bold) for bold, id in _ROW.findall(catalogue)}


def tried(tests: Iterable[str]) -> set[str]:
    """The rows and advisories that are named by the pytest ids ``tests``."""
    found: set[str] = set()
    for test in tests:
        name = test.partition("::")[2]
        function, _, parameters = name.partition("[")
        found.update(f"{id[0].upper()}-{id[1:]}" for id in _FUNCTION.findall(function))
        found.update(_PARAMETER.findall(parameters))
        found.update(_ADVISORY.findall(parameters))
    return found
