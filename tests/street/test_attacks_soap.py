# SPDX-License-Identifier: BSD-2-Clause
"""The catalogue's changed messages at every endpoint that takes signed SOAP."""

from __future__ import annotations

from pathlib import Path

import pytest

from eucalyptus.settings import WsSecurity
from tests.street.gates import INSIDE, NAMES, Gate
from tests.street.oracle import accepts, refuses
from tests.wire.security.catalogue import EVIL, EVIL_INSIDE, Made, most_cpu

CASES = [
    pytest.param(name, row, made, id=f"{row[:60]}-{name}")
    for name in NAMES
    for row, made in (EVIL_INSIDE if name in INSIDE else EVIL).items()
]


@pytest.mark.parametrize("engine", WsSecurity)
@pytest.mark.parametrize("name", NAMES)
def test_the_evil_message_has_an_effect_when_it_is_signed(
    street_gates: dict[str, Gate], name: str, engine: WsSecurity, tmp_path: Path
) -> None:
    """So the snapshots see what the attacks are after."""
    gate = INSIDE[name](tmp_path) if name in INSIDE else street_gates[name]
    before = gate.look()
    if name in INSIDE or engine is WsSecurity.LEAN:
        accepts(gate, gate.evil(), engine)
        assert gate.look() != before


@pytest.mark.parametrize(("name", "row", "made"), CASES)
def test_a_changed_message_is_refused_everywhere(
    street_gates: dict[str, Gate], name: str, row: str, made: Made
) -> None:
    """By the doors of both verifiers; and then an honest message is taken as ever."""
    gate = street_gates[name]
    refuses(gate, made(gate.style), most=most_cpu(row) + 0.05)
    for engine in gate.endpoints:
        accepts(gate, gate.twin(), engine)
