# SPDX-License-Identifier: BSD-2-Clause
"""The authorisation matrix: every operation that a front dispatches, every kind of caller, every
owner, compared with a model. An operation without a row, or without a kind, fails here.
"""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.services import COMPUTE, EUARE, NEWS
from eucalyptus.web.arrivals import Arrived
from eucalyptus.web.components import Keyring
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.security import Identity, sign
from tests.fixtures.reactor import spin
from tests.street.estate import OPERATIONS, ROWS, Estate, code
from tests.street.model import CLOUD, KINDS, OK, Caller, outcome
from tests.street.town import Key, Town

CODEC = Codec(EC2, "2013-02-01")
KEYS: Mapping[str, tuple[Callable[[Estate], Key | None], Caller]] = {
    "anonymous": (lambda _: None, Caller(unheard="MissingAuthenticationToken")),
    "wrong secret": (
        lambda estate: dataclasses.replace(estate.alice, secret="x" * 40),
        Caller(unheard="AuthFailure"),
    ),
    "unknown key": (
        lambda estate: dataclasses.replace(estate.alice, id="AKI" + "X" * 17),
        Caller(unheard="AuthFailure"),
    ),
    "another's user": (lambda estate: estate.town.user("bob", "erin"), Caller(account="bob")),
    "another's administrator": (
        lambda estate: estate.bob, Caller(account="bob", administers=True),
    ),
    "owner's user": (
        lambda estate: estate.town.user(estate.owner, "erin"), Caller(account="{owner}"),
    ),
    "owner's administrator": (
        lambda estate: estate.alice, Caller(account="{owner}", administers=True),
    ),
    "cloud's user": (lambda estate: estate.town.user(CLOUD, "frank"), Caller(account=CLOUD)),
    "cloud's administrator": (
        lambda estate: estate.cloud, Caller(account=CLOUD, administers=True),
    ),
}  # fmt: skip
OWNERS = ("alice", CLOUD)


@pytest.fixture(name="owned", params=OWNERS)
def _owned(town: Town, request: pytest.FixtureRequest) -> Estate:
    """One of everything, of one account or another."""
    return Estate(town, str(request.param))


def dispatched(town: Town) -> set[str]:
    """Every operation that the front lets users call, as its endpoints have them."""
    return {
        operation.name
        for path, endpoint in town.worker.endpoints.items()
        if path != NEWS.path
        for operation in endpoint.contract.operations
    }


def test_every_operation_has_a_row_and_a_kind(town: Town) -> None:
    """A new operation needs both before it can be merged, and nothing is kept that is not."""
    assert dispatched(town) == set(ROWS) == set(OPERATIONS) == set(KINDS)


@pytest.mark.parametrize("who", [pytest.param(who, id=f"I-11 Q-36 {who}") for who in KEYS])
def test_the_model_knows_what_becomes_of_it(owned: Estate, who: str) -> None:
    """Query: the code is the model's, and what was refused changed nothing."""
    made, caller = KEYS[who]
    key = made(owned)
    caller = dataclasses.replace(caller, account=caller.account.format(owner=owned.owner))
    owned.town.street.turn(0)
    before = owned.town.rows()
    for name in ROWS:
        heard = code(owned.ask(name, key, owned.asks(name, **delegation(name, caller, owned))))
        assert heard in outcome(name, caller, owned.owner), name
        after = owned.town.rows()
        assert after == before or heard == OK, name
        before = after


def delegation(name: str, caller: Caller, owned: Estate) -> dict[str, str]:
    """How the cloud's administrator names users of another account."""
    path, _ = OPERATIONS[name]
    other = caller.account == CLOUD and caller.administers and owned.owner != CLOUD
    within = path == EUARE.path and "Account" not in name
    return {"DelegateAccount": owned.owner} if other and within else {}


SIGNERS: Mapping[str, Caller] = {
    "cloud": Caller(unheard="AuthFailure"),
    "cluster": Caller(unheard="AuthFailure"),
    "node": Caller(unheard="AuthFailure"),
    "bob": Caller(account="bob", administers=True),
    "alice": Caller(account="alice", administers=True),
    CLOUD: Caller(account=CLOUD, administers=True),
}


@pytest.mark.parametrize("who", [pytest.param(who, id=f"W-61 W-62 {who}") for who in SIGNERS])
def test_soap_is_no_other_way_in(estate: Estate, state: Path, who: str) -> None:
    """The same by signed messages: of users, and of components, who are no users."""
    names = {"cloud", "cluster", "node"}
    signer = (Keyring(directory=state / "keys").identity(who) if who in names
              else estate.town.identity(who))  # fmt: skip
    estate.town.street.turn(0)
    before = estate.town.rows()
    for name in ROWS:
        path, operation = OPERATIONS[name]
        if path != COMPUTE.path or not operation.soap:
            continue
        ask = query.read(CODEC, operation, estate.asks(name))
        heard = fault(estate, signer, CODEC.write(ask, name))
        assert heard in outcome(name, SIGNERS[who], "alice"), name
        after = estate.town.rows()
        assert after == before or heard == OK, name
        before = after


def fault(estate: Estate, signer: Identity, body: bytes) -> str:
    """What a signed message hears, "" for an answer."""
    reply = estate.town.answer(Arrived(
        method="POST", path=COMPUTE.path, query="", body=sign(body, signer, None, time.time()),
        headers={"content-type": ("text/xml",), "host": ("x",)}, request_id="r", port=8773,
    ))  # fmt: skip
    found = re.search("<faultcode>Client.([^<]+)", reply.body.decode())
    assert (found is None) == (reply.status == 200), reply.body
    return found[1] if found else OK


def test_a_front_has_no_other_endpoints(town: Town) -> None:
    """What answers messages at all is an endpoint whose operations were counted above."""
    for mount in town.worker.mounts:
        if isinstance(mount.resource, Endpoint):
            assert mount.path in town.worker.endpoints
    assert spin(town.worker.principals.by_certificate("0" * 64)) is None
