# SPDX-License-Identifier: BSD-2-Clause
"""Beliefs against things: missing, orphan, faulty, and what is still under way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.verification import GRACE, Belief, Inspection, Seen, compare

NOW = 10_000.0
KINDS = frozenset({"domain", "disk"})


def _one(**parts: object) -> list[tuple[str, str, str]]:
    inspection = Inspection(looked_for=KINDS, **parts)  # type: ignore[arg-type]
    return [(f.problem, f.kind, f.id) for f in compare([inspection], NOW)]


def test_a_belief_with_all_its_things_is_clean() -> None:
    """What is recorded is there and nothing else is."""
    seen = [Seen(kind=kind, id="i-1", where="here") for kind in KINDS]
    assert _one(beliefs=[Belief(id="i-1", needs=KINDS)], seen=seen) == []


def test_what_a_belief_needs_and_lacks_is_missing() -> None:
    """After the grace; before it, work may be under way."""
    assert _one(beliefs=[Belief(id="i-1", needs=KINDS)]) == [
        ("missing", "disk", "i-1"),
        ("missing", "domain", "i-1"),
    ]
    assert _one(beliefs=[Belief(id="i-1", needs=KINDS, since=NOW - GRACE / 2)]) == []


def test_what_nobody_looked_for_is_not_missing() -> None:
    """A host without hypervisor says nothing about domains."""
    assert _one(beliefs=[Belief(id="i-1", needs=frozenset({"lease"}))]) == []


def test_what_no_belief_needs_is_an_orphan() -> None:
    """Unless it is young, or its belief may have it."""
    seen = [Seen(kind="disk", id="i-1", where="here")]
    assert _one(seen=seen) == [("orphan", "disk", "i-1")]
    assert _one(seen=seen, beliefs=[Belief(id="i-1", may_have=KINDS)]) == []
    assert _one(seen=[Seen(kind="disk", id="i-1", where="here", since=NOW - 1)]) == []


def test_a_thing_that_is_wrong_by_itself_is_faulty() -> None:
    """Its record does not help it."""
    seen = [Seen(kind="disk", id="i-1", where="here", fault="checksum differs")]
    beliefs = [Belief(id="i-1", needs=frozenset({"disk"}))]
    assert _one(seen=seen, beliefs=beliefs) == [("faulty", "disk", "i-1")]


@given(
    recorded=st.sets(st.integers(0, 20)),
    there=st.sets(st.integers(0, 20)),
)
def test_differences_are_exactly_the_symmetric_difference(
    recorded: set[int], there: set[int]
) -> None:
    """Nothing is overlooked and nothing is invented."""
    found = _one(
        beliefs=[Belief(id=str(n), needs=frozenset({"disk"})) for n in recorded],
        seen=[Seen(kind="disk", id=str(n), where="") for n in there],
    )
    assert {(problem, int(name)) for problem, _, name in found} == {
        *(("missing", n) for n in recorded - there),
        *(("orphan", n) for n in there - recorded),
    }
