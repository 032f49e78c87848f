# SPDX-License-Identifier: BSD-2-Clause
"""Where instances go: the policies against their definitions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clustercontroller.core.capacity import Needs, Resources, room
from clustercontroller.core.scheduler import (
    POLICIES,
    Candidate,
    Lodger,
    NodeState,
    greedy,
    instance_lines,
    node_lines,
    round_robin,
    targeted,
    user_choice,
)

UP, DOWN = NodeState.RESUP, NodeState.RESDOWN
ASLEEP, WAKING = NodeState.RESASLEEP, NodeState.RESWAKING

small = st.integers(1, 4)
needs = st.builds(Needs, memory=small, disk=small, cores=small)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    made = []
    for slot in range(draw(st.integers(0, 6))):
        free = {k: draw(st.integers(0, 6)) for k in ("memory_free", "disk_free", "cores_free")}
        made.append(
            Candidate(
                name=f"n{slot}",
                state=draw(st.sampled_from(NodeState)),
                enabled=draw(st.booleans()),
                free=Resources(memory_max=6, disk_max=6, cores_max=6, **free),
            )
        )
    return made


def node(state: NodeState = UP, room: int = 4, *, enabled: bool = True) -> Candidate:
    free = Resources(memory_free=room, disk_free=room, cores_free=room)
    return Candidate(name=f"{state.name}-{room}", state=state, enabled=enabled, free=free)


ONE = Needs(memory=1, disk=1, cores=1)


@given(candidates(), needs, st.integers(0, 9))
def test_no_policy_chooses_a_node_that_cannot(
    nodes: list[Candidate], wanted: Needs, cursor: int
) -> None:
    """Whatever a policy chooses fits, is enabled and is not down; asleep means wake."""
    for policy in POLICIES.values():
        choice = policy(nodes, wanted, cursor)
        fitting = [n for n in nodes if n.takes(wanted) and n.state is not DOWN]
        assert (choice is None) == (not fitting)
        if choice is not None:
            chosen = nodes[choice.slot]
            assert chosen in fitting
            assert choice.wake == (chosen.state is ASLEEP)


@given(candidates(), needs)
def test_greedy_is_the_first_powered_then_the_first_asleep(
    nodes: list[Candidate], wanted: Needs
) -> None:
    """GREEDY takes NODES order; sleepers come only when nobody powered has room."""
    choice = greedy(nodes, wanted, 0)
    powered = [i for i, n in enumerate(nodes) if n.takes(wanted) and n.state in (UP, WAKING)]
    asleep = [i for i, n in enumerate(nodes) if n.takes(wanted) and n.state is ASLEEP]
    assert (choice.slot if choice else None) == next(iter(powered + asleep), None)


@given(candidates(), needs, st.integers(0, 20))
def test_round_robin_goes_on_after_the_chosen(
    nodes: list[Candidate], wanted: Needs, cursor: int
) -> None:
    """The chosen is the first possible from the cursor on; the next search starts behind it."""
    choice = round_robin(nodes, wanted, cursor)
    if choice is None:
        return
    skipped = (choice.slot - cursor) % len(nodes)
    for step in range(skipped):
        passed = nodes[(cursor + step) % len(nodes)]
        assert passed.state is DOWN or not passed.takes(wanted)
    assert choice.cursor == (choice.slot + 1) % len(nodes)


def test_round_robin_visits_everybody() -> None:
    """Equal nodes are used in turn."""
    nodes, cursor, visited = [node(), node(), node()], 0, []
    for _ in range(6):
        choice = round_robin(nodes, ONE, cursor)
        assert choice is not None
        visited.append(choice.slot)
        cursor = choice.cursor
    assert visited == [0, 1, 2, 0, 1, 2]


def test_a_target_is_that_node_or_nobody() -> None:
    """An explicit target is up, waking or woken; never down and never replaced."""
    nodes = [node(UP), node(DOWN), node(ASLEEP), node(UP, 0)]
    assert targeted(nodes, ONE, "RESUP-4").slot == 0  # type: ignore[union-attr]
    assert targeted(nodes, ONE, "RESDOWN-4") is None
    assert targeted(nodes, ONE, "RESASLEEP-4").wake  # type: ignore[union-attr]
    assert targeted(nodes, ONE, "RESUP-0") is None
    assert targeted(nodes, ONE, "nobody") is None


def test_a_program_counts_from_one() -> None:
    """Exit code N is node N; 0, nonsense and a node without room are nobody."""
    nodes = [node(), node(UP, 0)]
    assert user_choice(nodes, ONE, 1).slot == 0  # type: ignore[union-attr]
    for code in (0, 2, 3, -9, 127):
        assert user_choice(nodes, ONE, code) is None


def test_what_a_program_reads() -> None:
    """Both files have one line per thing in the original's form."""
    assert node_lines([node(), node(DOWN, 2)]).splitlines()[1] == (
        "idx=2,ip=RESDOWN-2,state=0,availmem=2,availdisk=2,availcores=2"
    )
    lodger = Lodger(
        instance_id="i-00000001", state="Extant", host_slot=1, needs=ONE, public_ip="0.0.0.0",
        private_ip="10.0.0.9", owner_id="u", account_id="a", launched=7,
    )  # fmt: skip
    assert instance_lines([lodger]) == (
        "id=i-00000001,state=Extant,nchost=1,mem=1,disk=1,cores=1,secgroupidx=0,"
        "publicip=0.0.0.0,privateip=10.0.0.9,ownerId=u,accountId=a,launchTime=7\n"
    )


resources = st.builds(
    lambda m, d, c, a, b, e: Resources(
        memory_max=m, disk_max=d, cores_max=c,
        memory_free=min(a, m), disk_free=min(b, d), cores_free=min(e, c),
    ),
    *[st.integers(0, 12)] * 6,
)  # fmt: skip


@given(resources, needs)
def test_free_room_is_how_often_it_fits(has: Resources, wanted: Needs) -> None:
    """Taking what free_for promises works that often and not once more."""
    count = 0
    while has.fits(wanted):
        has, count = has.less(wanted), count + 1
        assert count <= 12
    assert not has.fits(wanted)


@given(st.lists(resources, max_size=5), needs, st.integers(0, 50))
def test_room_is_a_sum_below_the_ceiling(
    nodes: list[Resources], wanted: Needs, ceiling: int
) -> None:
    """The zone's room is the sum of its nodes', capped, and never more free than most."""
    found = room(nodes, wanted, ceiling)
    assert found.free <= found.most <= ceiling
    assert found.free == min(ceiling, sum(n.free_for(wanted) for n in nodes))
