# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what to whose things: every operation of users, asked by everybody who should not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from eucalyptus.contracts.declare import Reach
from eucalyptus.services import EUARE
from tests.street.estate import OK, OPERATIONS, ROWS, Estate, code
from tests.street.town import Key


def anonymous(_: Estate) -> None:
    """Nobody."""


def wrong_secret(estate: Estate) -> Key:
    """Somebody who knows the key's id only."""
    return dataclasses.replace(estate.alice, secret="x" * 40)


def unknown_key(estate: Estate) -> Key:
    """A key that was never made."""
    return dataclasses.replace(estate.alice, id="AKI" + "X" * 17)


def plain_user(estate: Estate) -> Key:
    """A user of the account whom no policy allows anything."""
    return estate.town.user("alice", "erin")


def plain_cloud_user(estate: Estate) -> Key:
    """A user of the cloud's own account whom no policy allows anything."""
    return estate.town.user("eucalyptus", "erin")


def deactivated_key(estate: Estate) -> Key:
    """A key that was good a moment ago, also in the worker's memory."""
    key = _used(estate)
    asks = {"UserName": "erin", "AccessKeyId": key.id, "Status": "Inactive"}
    assert code(estate.ask("UpdateAccessKey", estate.alice, asks)) == OK
    return key


def deleted_user(estate: Estate) -> Key:
    """A user who was there a moment ago."""
    key = _used(estate)
    asks = {"UserName": "erin", "IsRecursive": "true"}
    assert code(estate.ask("DeleteUser", estate.alice, asks)) == OK
    return key


def _used(estate: Estate) -> Key:
    key = estate.town.user("alice", "erin")
    assert code(estate.ask("DescribeRegions", key, {})) == "UnauthorizedOperation"
    return key


DENIED = {"UnauthorizedOperation", "AccessDenied"}
CALLERS: list[tuple[Callable[[Estate], Key | None], set[str]]] = [
    (anonymous, {"MissingAuthenticationToken"}),
    (wrong_secret, {"AuthFailure"}),
    (unknown_key, {"AuthFailure"}),
    (plain_user, DENIED),
    (plain_cloud_user, DENIED),
    (deactivated_key, {"AuthFailure"}),
    (deleted_user, {"AuthFailure"}),
]


def test_every_operation_has_a_row() -> None:
    """A new operation needs a row here before it can be merged."""
    assert set(ROWS) == set(OPERATIONS)


@pytest.mark.parametrize(("caller", "codes"), CALLERS, ids=[c.__name__ for c, _ in CALLERS])
def test_who_is_not_let_in_changes_nothing(
    estate: Estate, caller: Callable[[Estate], Key | None], codes: set[str]
) -> None:
    """Every operation refuses, for the same reason, and leaves no trace."""
    key = caller(estate)
    estate.town.street.turn(0)
    before = estate.town.rows()
    for name in ROWS:
        assert code(estate.ask(name, key, estate.asks(name))) in codes, name
        assert estate.town.rows() == before, name


def test_a_stranger_finds_nothing_of_the_victims(estate: Estate) -> None:
    """Another account's administrator: the things do not exist, and stay as they are."""
    town, bob = estate.town, estate.bob
    own = (bob.account, "bob")

    def victims() -> dict[str, set[str]]:
        rows = town.rows(unless=own)
        return {name: {row for row in found if _victims(row, estate)}
                for name, found in rows.items()}  # fmt: skip

    before = victims()
    assert sum(len(rows) for rows in before.values()) >= 8
    for name, row in ROWS.items():
        reply = estate.ask(name, bob, estate.asks(name))
        assert code(reply) == row.stranger, name
        assert estate.alice.account not in reply.body.decode(), name
        if row.unnamed:
            said = estate.asks(name)
            del said["UserName"]
            assert code(estate.ask(name, bob, said)) == row.stranger, name
        assert victims() == before, name


def _victims(row: str, estate: Estate) -> bool:
    marks = (estate.alice.account, estate.carol.user_id, *estate.ids.values())
    return any(mark in row for mark in marks)


def test_a_stranger_cannot_delegate(estate: Estate) -> None:
    """DelegateAccount, by name, by number, of an account that is and one that is not: all one."""
    before = estate.town.rows()
    for name in (n for n, (path, _) in OPERATIONS.items() if path == EUARE.path):
        for account in ("alice", estate.alice.account, "nobody", "eucalyptus"):
            reply = estate.ask(name, estate.bob, estate.asks(name, DelegateAccount=account))
            assert code(reply) == "AccessDenied", name
    assert estate.town.rows() == before


def test_the_owner_may_do_all_of_it(estate: Estate) -> None:
    """The twin without which the refusals would prove nothing."""
    for name in ROWS:
        admins_only = OPERATIONS[name][1].reach is Reach.CLOUD_ADMIN
        expected = DENIED if admins_only else {OK}
        assert code(estate.ask(name, estate.alice, estate.asks(name))) in expected, name


def test_the_clouds_administrator_may(estate: Estate) -> None:
    """Everything by id; what is known by name within an account stays within that account."""
    for name, row in ROWS.items():
        path, operation = OPERATIONS[name]
        delegates = path == EUARE.path and operation.reach is Reach.ACCOUNT
        more = {"DelegateAccount": "alice"} if delegates else {}
        assert code(estate.ask(name, estate.cloud, estate.asks(name, **more))) == row.cloud, name
