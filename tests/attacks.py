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

Advisories (``ANCHORS.md``) are named alike: their tests carry ``CVE-2012-4065`` or ``ESA-02``. One
that is a row's by another name stands in ``SAME_AS`` with that row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

COMPLETE = "WXNPHQIMGS"
"""The sections, by their letter, of which every bold row must be tested or explained."""

NOT_APPLICABLE: Mapping[str, str] = {
    # W: SOAP and WS-Security
    # X: XML
    # H: HTTP
    # Q: Query
    # I: identity
    "I-44": "this is L-01",
    **dict.fromkeys(
        ("I-01", "I-02", "I-03", "I-04", "I-05", "I-06", "I-07", "I-08", "I-09"),
        "no policy can be attached yet: who does not administer an account may do nothing in it "
        "(test_plain_users_may_nothing)",
    ),
    **dict.fromkeys(
        ("I-20", "I-21", "I-22", "I-32", "I-33", "I-35"),
        "there are no roles and no temporary credentials yet; a token is refused (Q-23)",
    ),
    # N: between components
    "N-07": "no component takes snapshots yet, and none trusts a header: a node fetches an image "
    "by a URL whose whole request is signed (tests/walrus/web/test_images.py)",
    "N-09": "volumes, and so their tokens, are not built",
    "N-13": "volumes, and so iSCSI, are not built",
    # P: database
    # M: metadata
    # G: images, volumes, domains
    # L: logs and secrets
}
"""Row -> why it cannot be tried."""

SAME_AS: Mapping[str, str] = {
    "CVE-2011-3147": "G-02",
    "CVE-2012-3361": "G-11",
    "CVE-2012-5571": "W-63",
    "CVE-2013-4766": "N-02",
    "CVE-2013-4768": "H-20",
    "CVE-2013-6419": "M-02",
    "CVE-2014-0134": "G-05",
    "CVE-2014-3517": "M-01",
    "CVE-2020-12692": "Q-20",
    "CVE-2021-20267": "M-01",
    "CVE-2021-38598": "M-01",
    "CVE-2022-47951": "G-04",
    "CVE-2023-28432": "N-02",
    "CVE-2023-49081": "H-01",
    "CVE-2024-1135": "H-01",
    "CVE-2024-23829": "H-01",
    "CVE-2024-32498": "G-03",
    "CVE-2024-40767": "G-03",
    "CVE-2024-6827": "H-01",
    "CVE-2025-43859": "H-01",
    "CVE-2025-53643": "H-01",
    "CVE-2026-24708": "G-05",
}
"""Advisory -> the row whose tests are its regression test."""

NOT_OURS: Mapping[str, str] = {
    "CVE-2012-4066": "as N-07",
    "CVE-2013-0335": "there is no console that hands out tokens",
    "CVE-2013-4767": "it was never said what it was",
    "CVE-2013-4769": "there is no DNS server",
    "CVE-2013-4770": "there is no web console",
    "CVE-2014-5036": "there is no storage controller, and so no CHAP",
    "CVE-2014-5037": "accounts have no passwords",
    "CVE-2014-5038": "accounts have no passwords",
    "CVE-2014-5039": "there is no web console",
    "CVE-2015-6861": "there are no roles yet",
    "CVE-2016-8528": "it was never said what it was",
    "CVE-2025-65073": "no credential is exchanged for another",
    "CVE-2026-90460": "credentials are not delegated",
}
"""Advisory -> why there is nothing to try it on."""

_ROW = re.compile(r"^\| (\*\*)?([A-Z]-\d\d)(?:\*\*)? \|", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![A-Za-z0-9])([A-Z]-\d\d)(?!\d)")
_FUNCTION = re.compile(r"(?<=_)([a-z]\d\d)(?=_|\[|$)")
_ADVISORY = re.compile(r"CVE-\d{4}-\d{4,}|ESA-\d\d")
_LISTED = re.compile(r"(?<!\d)(?:19|20)\d\d-\d{4,7}(?!\d)")


def rows(catalogue: str) -> dict[str, bool]:
    """Every row of the catalogue's text, and whether it is bold."""
    return {id: bool(bold) for bold, id in _ROW.findall(catalogue)}


def advisories(anchors: str) -> set[str]:
    """The advisories of the two tables of ``ANCHORS.md`` that list them."""
    tables = anchors.partition("\n## 3")[2].partition("\n## 5")[0]
    return {f"CVE-{number}" for number in _LISTED.findall(tables)}


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
