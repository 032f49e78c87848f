# SPDX-License-Identifier: BSD-2-Clause
"""Places for connections: bounded, and who only waits gives way to whoever comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.web.crowd import Crowd


class Guest:
    """A connection that remembers whether it had to go."""

    def __init__(self, crowd: Crowd, address: str) -> None:
        self.crowd, self.address = crowd, address
        self.gone = False

    def give_way(self) -> None:
        """Leave, as a broken connection does."""
        self.gone = True
        self.crowd.leave(self.address, self)


def comes(crowd: Crowd, address: str, *, works: bool = False) -> Guest | None:
    """A new connection, unless there is no place for it."""
    if not crowd.enter(address):
        return None
    guest = Guest(crowd, address)
    crowd.waits(address, guest)
    if works:
        crowd.works(address, guest)
    return guest


def test_the_longest_silent_of_an_address_gives_way() -> None:
    """Not those that were heard of, nor those that are being answered, nor anybody else's."""
    crowd = Crowd(most=100, each=3)
    other = comes(crowd, "b")
    silent, heard = comes(crowd, "a"), comes(crowd, "a")
    busy = comes(crowd, "a", works=True)
    assert other and silent and heard and busy
    crowd.waits("a", silent)
    assert comes(crowd, "a") is not None
    assert (silent.gone, heard.gone, busy.gone, other.gone) == (False, True, False, False)


def test_nobody_is_dropped_while_being_answered() -> None:
    """Then it is the newcomer that has to go."""
    crowd = Crowd(most=100, each=2)
    assert comes(crowd, "a", works=True) and comes(crowd, "a", works=True)
    assert comes(crowd, "a") is None
    assert comes(crowd, "b") is not None and crowd.size == 3


def test_when_all_places_are_taken_the_greediest_address_gives_one() -> None:
    """A flood from many addresses keeps nobody else out."""
    crowd = Crowd(most=10, each=8)
    flood = [comes(crowd, "a") for _ in range(8)]
    few = [comes(crowd, f"c{number}") for number in range(2)]
    assert comes(crowd, "b") is not None
    assert flood[0] is not None and flood[0].gone
    assert all(guest is not None and not guest.gone for guest in few)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.booleans()), max_size=80))
def test_never_more_than_there_are_places(steps: list[tuple[str, bool, bool]]) -> None:
    """Whoever comes, works and leaves; and at the end nothing is left."""
    crowd, inside = Crowd(most=6, each=3), []
    for address, works, leaves in steps:
        guest = comes(crowd, address, works=works)
        inside = [one for one in [*inside, guest] if one is not None and not one.gone]
        if leaves and inside:
            one = inside.pop(0)
            crowd.leave(one.address, one)
        assert crowd.size == len(inside) <= 6
        assert all(sum(one.address == name for one in inside) <= 3 for name in "abcd")
    for one in inside:
        crowd.leave(one.address, one)
    assert crowd.size == 0 and not crowd._waiting and not crowd._inside
