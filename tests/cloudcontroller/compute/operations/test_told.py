# SPDX-License-Identifier: BSD-2-Clause
"""What was told before is told again only while it is true, and only to whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cloudcontroller.compute.core import describe, filters
from cloudcontroller.compute.core.filter_tables import INSTANCE_FILTERS
from cloudcontroller.compute.core.told import Fragment, Told, Whole
from cloudcontroller.compute.database import instances
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.ec2.filters import Filter, Value
from eucalyptus.contracts.ec2.reservations import ReservationInfo
from eucalyptus.wire.codec import Codec
from tests.cloudcontroller.compute.street import ADMIN, ALICE, BOB, Street

SHARED = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
VERSIONS = [Codec(EC2, version) for version in ("2013-02-01", "2016-11-15")]
PEOPLE = {"alice": ALICE, "bob": BOB}
ACTIONS = ("launch", "pair", "terminate", "turn", "later", "touch", "bury")


def afresh(street: Street, who: Principal, *, everyone: bool = False) -> Sequence[Any]:
    """The reservations as they are made from nothing but the rows."""
    found = street.run(instances.of_account, None if everyone else who.account_id)
    return describe.reservations(found)


def texts(told: Sequence[ReservationInfo]) -> list[bytes]:
    """What is written, by codecs that were used before."""
    answer = ec2.DescribeInstancesResponse(request_id="r", reservation=tuple(told))
    return [codec.write(answer, "X") for codec in VERSIONS]


def check(street: Street) -> None:
    """Everybody is told what the rows say, twice alike."""
    for who in PEOPLE.values():
        rows = afresh(street, who)
        for _ in range(2):
            told = street.ask("DescribeInstances", who).reservation
            assert told == rows
            assert texts(told) == texts(rows)
            assert {one.owner_id for one in told} <= {who.account_id}
    verbose = (ec2.DescribeInstancesItem(instance_id="verbose"),)
    told = street.ask("DescribeInstances", ADMIN, instances=verbose).reservation
    assert told == afresh(street, ADMIN, everyone=True)
    assert texts(told) == texts(afresh(street, ADMIN, everyone=True))


def act(street: Street, action: str, who: Principal, image: str) -> None:
    """One thing that changes what there is to tell, or what it looks like."""
    mine = [i for i in street.instances().values() if i.account_id == who.account_id]
    if action in ("launch", "pair") and len(mine) < 6:
        street.launch(image, who, min_count=1, max_count=2 if action == "pair" else 1)
    elif action == "terminate" and mine:
        street.terminate(mine[0].instance_id, who=who)
    elif action == "turn":
        street.turn()
    elif action == "later":
        street.later(3700)
        street.turn()
    elif action == "touch":
        street.run(lambda tx: tx.execute(text("UPDATE compute.instances SET says = says || '.'")))
    elif action == "bury" and mine:
        bury = text("UPDATE compute.instances SET state = 'buried' WHERE instance_id = :one")
        street.run(lambda tx: tx.execute(bury, {"one": mine[0].instance_id}))


def test_nothing_old_and_nothing_of_others_is_told(street: Street) -> None:
    """Whatever happens in between, the answer is the one that is made without any memory."""
    street.set("cloud.images.defaultvisibility", "true")
    image = street.image()
    lives = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(sorted(PEOPLE)))

    @SHARED
    @given(st.lists(lives, max_size=8))
    def live(actions: list[tuple[str, str]]) -> None:
        for action, name in actions:
            act(street, action, PEOPLE[name], image)
            check(street)

    live()


def test_two_workers_agree_at_once(street: Street) -> None:
    """What one worker changed, another tells: it asks for the versions each time."""
    (one,) = street.launch(street.image()).instances
    other = replace(street.world, told=Told())
    for world in (street.world, other):
        assert street.state_in(world, one.instance_id) == "pending"
    street.turn()
    for world in (street.world, other):
        assert street.state_in(world, one.instance_id) == "running"


def test_plain_filters_let_through_what_filters_let_through(street: Street) -> None:
    """The database's test is the same test, or a wider one."""
    image = street.image()
    for count in (1, 2):
        street.launch(image, min_count=count, max_count=count)
    street.turn()
    rows = street.run(instances.of_account, ALICE.account_id)
    values = {
        name: sorted({text for one in rows for text in told(facts(one))} | {"", "*", "i-?*", "x"})
        for name, facts in INSTANCE_FILTERS.items()
    }
    names = st.sampled_from(sorted(values))
    chosen = names.flatmap(
        lambda name: st.lists(st.sampled_from(values[name]), min_size=1, max_size=3).map(
            lambda texts: Filter(name=name, value=tuple(Value(value=text) for text in texts))
        )
    )

    @settings(SHARED, max_examples=60)
    @given(st.lists(chosen, max_size=3))
    def same(asked: list[Filter]) -> None:
        narrowed = street.run(instances.of_account, ALICE.account_id, filters.plain(asked))
        wanted = filters.select(rows, asked, INSTANCE_FILTERS)
        assert filters.select(narrowed, asked, INSTANCE_FILTERS) == wanted

    same()


def told(facts: str | Iterable[str]) -> tuple[str, ...]:
    """A fact's texts."""
    return (facts,) if isinstance(facts, str) else tuple(facts)


def fragment(number: int, size: int, version: str = "1") -> tuple[str, Fragment]:
    """A reservation of so many instances, of which only the number matters."""
    made = ReservationInfo(reservation_id=f"r-{number}", owner_id="1", instances=(None,) * size)  # type: ignore[arg-type]
    return made.reservation_id, Fragment(version=version, told=made)


def test_memory_is_bounded_by_instances() -> None:
    """The oldest make room; another version takes the place of the one before."""
    kept = Told(most=5)
    for number in range(4):
        kept.keep(dict([fragment(number, 2)]))
        assert len(kept) <= 5
    assert kept.get("r-1", "1") is None and kept.get("r-3", "1") is not None
    kept.keep(dict([fragment(3, 3, "2")]))
    assert kept.get("r-3", "1") is None and kept.get("r-3", "2") is not None
    kept.keep(dict([fragment(9, 6)]))
    assert len(kept) == 0


def test_a_whole_is_kept_as_long_as_its_fragments() -> None:
    """It holds nothing that they do not hold; an empty one is not worth keeping."""
    kept = Told(most=5)
    made = dict(fragment(number, 2) for number in range(2))
    whole = Whole(digest="d", told=tuple(one.told for one in made.values()))
    kept.keep_whole("1", whole)
    assert kept.whole("1", "d") is None, "none of its fragments is kept"
    kept.keep(made)
    for owner in ("1", None):
        kept.keep_whole(owner, whole)
        assert kept.whole(owner, "d") == whole.told and kept.whole(owner, "e") is None
    kept.keep(dict([fragment(7, 2)]))
    assert kept.whole("1", "d") is None and kept.whole(None, "d") is None
    kept.keep_whole("2", Whole(digest="d", told=()))
    assert kept.whole("2", "d") is None


def test_a_kept_message_remembers_two_versions() -> None:
    """No more, whatever versions are asked for; and what it says is what it always says."""
    _, kept = fragment(1, 0)
    answer = ec2.DescribeInstancesResponse(request_id="r", reservation=(kept.told,))
    for version in ("2013-02-01", "2014-06-15", "2016-11-15", "2013-02-01"):
        codec = Codec(EC2, version)
        assert codec.write(answer, "X") == codec.write(answer, "X")
    assert len(kept.told.said) == 2
