# SPDX-License-Identifier: BSD-2-Clause
"""Describe and modify properties; every refusal provoked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudcontroller.registry.bodies import bodies
from cloudcontroller.registry.world import World
from eucalyptus import properties as declared
from eucalyptus.access.call import Call
from eucalyptus.access.policy import authorize
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.properties import (
    PROPERTIES_CONTRACT,
    DescribeProperties,
    ModifyPropertyValue,
    PropertyName,
)
from eucalyptus.contracts.refusals import (
    ACCESS_DENIED,
    INVALID_PROPERTY,
    NO_SUCH_PROPERTY,
    Refusal,
    Refused,
)
from eucalyptus.database.properties import stored
from eucalyptus.database.run import Database
from eucalyptus.secrets import open_sealer

Ask = Callable[[Any], Any]


def principal(account: str, name: str = "admin") -> Principal:
    return Principal(
        account_id="111111111111", account_name=account, canonical_id="0" * 64, user_id="AIDX",
        user_name=name, is_account_admin=name == "admin",
    )  # fmt: skip


def refuse_dots(text: str) -> None:
    if "." in text:
        raise ValueError("no dots here")


@pytest.fixture
def ask(database: Database, spin: Any, tmp_path: Path) -> Ask:
    world = World(
        database=database,
        checks={"cloud.network.network_configuration": refuse_dots},
        seal=open_sealer(tmp_path).seal,
    )

    def asking(message: Any) -> Any:
        (operation,) = (o for o in PROPERTIES_CONTRACT.operations if o.asks is type(message))
        call = Call(request_id="test", principal=principal("eucalyptus"))
        return spin(bodies(world)[operation.name](call, message))

    return asking


def test_everything_is_described(ask: Ask) -> None:
    found = ask(DescribeProperties()).properties
    assert [one.name for one in found] == sorted(declared.PROPERTIES)
    (network,) = (one for one in found if one.structure)
    assert network.name == "cloud.network.network_configuration"


def test_a_name_and_a_prefix(ask: Ask) -> None:
    names = (PropertyName(name="soap"), PropertyName(name="system.dns.dnsdomain"))
    found = ask(DescribeProperties(properties=names)).properties
    assert [one.name for one in found] == [
        "soap.allow_sha1", "soap.sign_replies", "system.dns.dnsdomain",
    ]  # fmt: skip


def test_set_and_reset(ask: Ask, database: Database, spin: Any) -> None:
    answer = ask(ModifyPropertyValue(name="soap.sign_replies", value="true"))
    assert (answer.name, answer.value, answer.old_value) == ("soap.sign_replies", "true", "false")
    assert spin(database.read(stored)) == {"soap.sign_replies": "true"}
    answer = ask(ModifyPropertyValue(name="soap.sign_replies", reset=True))
    assert (answer.value, answer.old_value) == ("false", "true")
    assert spin(database.read(stored)) == {}


def test_a_secret_is_never_shown(
    ask: Ask, database: Database, spin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = declared.Property(name="x.secret", default="", says=".", read=str, secret=True)
    monkeypatch.setitem(declared.PROPERTIES, "x.secret", hidden)
    answer = ask(ModifyPropertyValue(name="x.secret", value="hunter2"))
    assert answer.value == "********"
    shown = ask(DescribeProperties(properties=(PropertyName(name="x.secret"),))).properties
    assert "hunter2" not in str(shown)
    kept = spin(database.read(stored))["x.secret"]
    assert open_sealer(tmp_path).open(kept.encode()) == b"hunter2" and "hunter2" not in kept
    ask(ModifyPropertyValue(name="x.secret", reset=True))
    assert spin(database.read(stored)) == {}


CASES: list[tuple[Any, Refusal]] = [
    (DescribeProperties(properties=(PropertyName(name="no.such"),)), NO_SUCH_PROPERTY),
    (DescribeProperties(properties=(PropertyName(name="soa"),)), NO_SUCH_PROPERTY),
    (ModifyPropertyValue(name="no.such", value="1"), NO_SUCH_PROPERTY),
    (ModifyPropertyValue(name="soap", value="1"), NO_SUCH_PROPERTY),
    (ModifyPropertyValue(name="soap.sign_replies", value="maybe"), INVALID_PROPERTY),
    (ModifyPropertyValue(name="soap.sign_replies"), INVALID_PROPERTY),
    (ModifyPropertyValue(name="bootstrap.webservices.port", value="80"), INVALID_PROPERTY),
    (ModifyPropertyValue(name="bootstrap.webservices.port", reset=True), INVALID_PROPERTY),
    (
        ModifyPropertyValue(name="cloud.network.network_configuration", value='{"a": "1.2"}'),
        INVALID_PROPERTY,
    ),
]


@pytest.mark.parametrize(("message", "refusal"), CASES)
def test_refused_and_nothing_changed(
    ask: Ask, database: Database, spin: Any, message: Any, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        ask(message)
    assert refused.value.refusal is refusal
    assert spin(database.read(stored)) == {}


def test_every_declared_refusal_is_among_the_cases() -> None:
    provoked = {(type(message), refusal.code, refusal.says) for message, refusal in CASES}
    declared_ = {
        (o.asks, r.code, r.says) for o in PROPERTIES_CONTRACT.operations for r in o.refuses
    }
    assert provoked == declared_


@pytest.mark.parametrize("who", [principal("dev"), principal("eucalyptus", "bob")])
def test_only_cloud_administrators_may(who: Principal) -> None:
    for operation in PROPERTIES_CONTRACT.operations:
        with pytest.raises(Refused) as refused:
            authorize(who, "", operation)
        assert refused.value.refusal is ACCESS_DENIED
