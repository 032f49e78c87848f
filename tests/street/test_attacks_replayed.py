# SPDX-License-Identifier: BSD-2-Clause
"""Messages sent again: as they are, in other words, later, to a restarted daemon."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.settings import WsSecurity
from eucalyptus.web.replay_file import FileReplayStore
from tests.fixtures.reactor import spin
from tests.nodecontroller.house import at_once, run_request
from tests.street import gates
from tests.street.gates import NAMES, Gate, code
from tests.street.oracle import accepts, refuses
from tests.wire.security.forge import NOW, REFUSALS, letter
from tests.wire.security.rewriting import REWRITTEN

Gates = dict[str, Gate]


@pytest.mark.parametrize("engine", WsSecurity)
@pytest.mark.parametrize("later", [0.0, 299.0, 319.9])
@pytest.mark.parametrize("name", NAMES)
def test_w72_a_replay_is_refused_until_it_is_stale(
    street_gates: Gates, name: str, later: float, engine: WsSecurity
) -> None:
    """At once, near the end of its life, and at every door there is, not only the one that
    took it."""
    gate = street_gates[name]
    document = gate.twin()
    accepts(gate, document, engine)
    gate.clock.now = NOW + later
    try:
        assert set(refuses(gate, document).values()) <= {"AuthFailure", "RequestExpired"}
    finally:
        gate.clock.now = NOW
    accepts(gate, gate.twin(), engine)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", [pytest.param(row, id=f"W-74 {row}") for row in REWRITTEN])
def test_a_replay_in_other_words_is_refused(street_gates: Gates, name: str, row: str) -> None:
    """What no signature covers may be written anew; the message is the same."""
    gate = street_gates[name]
    document = gate.twin()
    accepts(gate, document)
    again = REWRITTEN[row](document)
    assert again != document
    assert set(refuses(gate, again).values()) == {"AuthFailure"}


def stores(gate: Gate) -> set[Any]:
    """The replay stores behind a gate's doors."""
    doors: list[Any] = [endpoint._door for endpoint in gate.endpoints.values()]
    return {door.replay for door in doors}


@pytest.mark.parametrize("name", gates.INSIDE)
def test_w77_forgeries_leave_nothing_behind(street_gates: Gates, name: str) -> None:
    """Only what was verified is remembered, or strangers would fill the memory."""
    gate = street_gates[name]
    (store,) = stores(gate)
    before = len(store)
    scene = letter(gate.style)
    for number in range(300):
        scene.G[1].text = base64.b64encode(number.to_bytes(256, "big")).decode()
        assert code(gate.send(scene.text())) in REFUSALS
    assert len(store) == before
    accepts(gate, gate.twin())
    assert len(store) == before + 1


@pytest.mark.parametrize("engine", WsSecurity)
@pytest.mark.parametrize("name", NAMES)
def test_w78_a_broken_copy_sent_first_spoils_nothing(
    street_gates: Gates, name: str, engine: WsSecurity
) -> None:
    """The honest message, which the attacker saw and broke, is taken when it comes."""
    gate = street_gates[name]
    document = gate.twin()
    inner = gate.style.inner.encode()
    refuses(gate, document.replace(inner, inner + b"<x/>"))
    accepts(gate, document, engine)


@pytest.mark.parametrize("engine", WsSecurity)
@pytest.mark.parametrize("restarted", [False, True], ids=["W-79", "W-73 W-79 restarted"])
def test_an_old_end_does_not_end_the_next_instance(
    tmp_path: Path, engine: WsSecurity, restarted: bool
) -> None:
    """An id is used again, and somebody kept the message that ended its first instance."""
    house = gates.busy_house(tmp_path)
    gate = gates.node_of(house, tmp_path, FileReplayStore(tmp_path / "replay", at_once))
    ended = gate.evil()
    accepts(gate, ended, engine)
    assert house.states() != {gates.INSTANCE: "EXTANT"}
    for _ in range(3):
        house.clock.advance(200)
        house.look()
        house.sweep_now()
    house.ask("ncRunInstance", run_request(gates.INSTANCE))
    house.look()
    running = house.states()
    if restarted:
        gate = gates.node_of(house, tmp_path, FileReplayStore(tmp_path / "replay", at_once))
    assert set(refuses(gate, ended).values()) == {"AuthFailure"}
    assert house.states() == running and gates.INSTANCE in running
    assert spin(gate.endpoints[engine].respond(gate.arrived(gate.twin()))).status == 200
