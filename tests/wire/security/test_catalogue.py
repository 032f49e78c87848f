# SPDX-License-Identifier: BSD-2-Clause
"""The catalogue's changed messages at both verifiers, behind both kinds of rules."""

from __future__ import annotations

import pytest

from eucalyptus.wire.security import Rules
from tests.fixtures.cpu import cpu_seconds
from tests.wire.security.catalogue import EVIL, EVIL_INSIDE, Made, most_cpu
from tests.wire.security.forge import FRONT, INTERNAL, letter, refused, verdict

FRONT_RULES, INTERNAL_RULES = Rules.front_door(), Rules.internal()
CASES = [
    *(pytest.param("front", made, id=f"{row[:60]}-front") for row, made in EVIL.items()),
    *(
        pytest.param("internal", made, id=f"{row[:60]}-internal")
        for row, made in EVIL_INSIDE.items()
    ),
]


@pytest.mark.parametrize("made", ["front", "internal"])
def test_the_unmodified_twin_is_taken(made: str) -> None:
    """Without which no refusal would prove anything."""
    style, rules = (FRONT, FRONT_RULES) if made == "front" else (INTERNAL, INTERNAL_RULES)
    assert refused(letter(style).text(), rules) == ""


@pytest.mark.parametrize(("door", "made"), CASES)
def test_a_changed_message_is_refused(
    door: str, made: Made, request: pytest.FixtureRequest
) -> None:
    """By both verifiers, at the cost that the row allows."""
    style, rules = (FRONT, FRONT_RULES) if door == "front" else (INTERNAL, INTERNAL_RULES)
    document = made(style)
    assert refused(document, rules)
    most = most_cpu(request.node.callspec.id)
    assert cpu_seconds(lambda: verdict(document, rules), most) <= most
