# SPDX-License-Identifier: BSD-2-Clause
"""Advisories about who may do what, tried by Query on a whole town."""

from __future__ import annotations

import pytest

from tests.street.estate import OK, OPERATIONS, ROWS, Estate, code

CREDENTIALS = ("UpdateAccessKey", "DeleteAccessKey", "UpdateSigningCertificate",
               "DeleteSigningCertificate")  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=f"CVE-2014-5040 ESA-32 {name}") for name in CREDENTIALS]
)
def test_somebody_elses_credential(estate: Estate, name: str) -> None:
    """Knowing its id is not enough, with the user's name or without."""
    asks = estate.asks(name)
    before = estate.town.rows()
    for said in (asks, {k: v for k, v in asks.items() if k != "UserName"}):
        assert code(estate.ask(name, estate.bob, said)) == "NoSuchEntity"
    assert estate.town.rows() == before
    assert code(estate.ask(name, estate.alice, asks)) == OK


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("CreateAccessKey", id="CVE-2026-43001 a key"),
        pytest.param("CreateSigningCertificate", id="CVE-2026-43001 a certificate"),
    ],
)
def test_a_credential_for_another_account(estate: Estate, name: str) -> None:
    """Nobody makes one for somebody else's user, nor by naming the account."""
    asks = estate.asks(name)
    before = estate.town.rows()
    assert code(estate.ask(name, estate.bob, asks)) == "NoSuchEntity"
    said = {**asks, "DelegateAccount": "alice"}
    assert code(estate.ask(name, estate.bob, said)) == "AccessDenied"
    assert estate.town.rows() == before
    assert code(estate.ask(name, estate.alice, asks)) == OK


@pytest.mark.parametrize("advisory", [pytest.param("", id="CVE-2020-11012 no secret")])
def test_administration_without_a_secret(estate: Estate, advisory: str) -> None:
    """Every operation, asked by nobody, and by somebody who has the key's id only."""
    estate.town.street.turn(0)
    before = estate.town.rows()
    for name in ROWS:
        assert code(estate.ask(name, None, estate.asks(name))) == "MissingAuthenticationToken"
    assert estate.town.rows() == before and set(ROWS) == set(OPERATIONS)
