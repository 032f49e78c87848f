# SPDX-License-Identifier: BSD-2-Clause
"""W-40 at both verifiers."""

from __future__ import annotations

import pytest

from eucalyptus.wire.security import Rules
from tests.wire.security.forge import FRONT, INTERNAL, letter, refused
from tests.wire.security.placing import placements

DOORS = {"front": (FRONT, Rules.front_door()), "internal": (INTERNAL, Rules.internal())}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("part", ["B", "T"])
def test_w40_every_placement_is_refused(part: str, door: str) -> None:
    style, rules = DOORS[door]
    assert refused(letter(style).text(), rules) == ""
    tried = 0
    for name, document in placements(style, part):
        assert refused(document, rules), name
        tried += 1
    assert tried > 100
