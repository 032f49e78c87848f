# SPDX-License-Identifier: BSD-2-Clause
"""Whoever knows an id, a name or a trick finds no way to what is not theirs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from eucalyptus.services import EUARE
from tests.oracle import attack
from tests.street.estate import OPERATIONS, ROWS, Estate, code


def test_i30_a_stranger_finds_nothing_of_the_victims(estate: Estate) -> None:
    """Another account's administrator, knowing every id (ESA-32, CVE-2014-5040): the things do not
    exist, and stay as they are."""
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


def test_i12_a_stranger_cannot_delegate(estate: Estate) -> None:
    """DelegateAccount, by name, by number, of an account that is and one that is not: all one."""
    before = estate.town.rows()
    for name in (n for n, (path, _) in OPERATIONS.items() if path == EUARE.path):
        for account in ("alice", estate.alice.account, "nobody", "eucalyptus"):
            reply = estate.ask(name, estate.bob, estate.asks(name, DelegateAccount=account))
            assert code(reply) == "AccessDenied", name
    assert estate.town.rows() == before


ESCALATIONS: Mapping[str, dict[str, str]] = {
    "CreateAccessKey of the administrator": {"Action": "CreateAccessKey", "UserName": "admin"},
    "CreateAccessKey of itself": {"Action": "CreateAccessKey"},
    "UpdateAccessKey of the administrator": {
        "Action": "UpdateAccessKey", "UserName": "admin", "AccessKeyId": "{alice}",
        "Status": "Inactive",
    },
    "DeleteAccessKey of the administrator": {
        "Action": "DeleteAccessKey", "UserName": "admin", "AccessKeyId": "{alice}",
    },
    "UploadSigningCertificate of the administrator": {
        "Action": "UploadSigningCertificate", "UserName": "admin", "CertificateBody": "{pem}",
    },
    "CreateSigningCertificate of the administrator": {
        "Action": "CreateSigningCertificate", "UserName": "admin",
    },
    "CreateUser": {"Action": "CreateUser", "UserName": "another"},
    "DeleteUser": {"Action": "DeleteUser", "UserName": "carol", "IsRecursive": "true"},
    "CreateAccount": {"Action": "CreateAccount", "AccountName": "mine"},
    "the cloud's account": {
        "Action": "CreateAccessKey", "UserName": "admin", "DelegateAccount": "eucalyptus",
    },
    "PutUserPolicy of itself": {
        "Action": "PutUserPolicy", "UserName": "erin", "PolicyName": "p", "PolicyDocument": "{{}}",
    },
    "AddUserToGroup": {"Action": "AddUserToGroup", "UserName": "erin", "GroupName": "admins"},
    "CreateLoginProfile": {"Action": "CreateLoginProfile", "UserName": "admin", "Password": "x"},
}  # fmt: skip


@pytest.mark.parametrize(
    "said", [pytest.param(said, id=f"I-10 {name}") for name, said in ESCALATIONS.items()]
)
def test_plain_users_may_nothing(estate: Estate, said: dict[str, str]) -> None:
    """Not what would make them more than they are, nor what is not built yet."""
    erin = estate.town.user("alice", "erin")
    words = {"alice": estate.alice.id, "pem": estate.ids["pem"]}
    asked = {name: value.format(**words) for name, value in said.items()}
    with attack(estate.town.rows, [erin.secret]) as watched:
        reply = estate.town.ask(EUARE.path, erin, {"Version": "2010-05-08", **asked})
        watched.answers.append(reply.body)
    assert code(reply) in {"AccessDenied", "InvalidAction", "UnsupportedOperation"}
