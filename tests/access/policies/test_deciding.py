# SPDX-License-Identifier: BSD-2-Clause
"""Whom a policy allows or denies what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.access.policies.deciding import Request, decide
from eucalyptus.access.policies.documents import Effect, Rules, parse
from eucalyptus.access.policies.publicity import is_public
from tests.access.policies.policing import ADMIN, BUCKET, ERIN, OTHER, policy, statement, text


def effect(*statements: Any, **asked: Any) -> Effect | None:
    """What a policy does to a request."""
    usual: dict[str, Any] = {"action": "s3:GetObject", "resource": f"{BUCKET}/k", "who": ERIN}
    return decide([policy(*statements)], Request(**{**usual, **asked}))


ROOT, NUMBER, NAME = "arn:aws:iam::111111111111:root", "1" * 12, "arn:aws:iam::acme:root"
ERINS = "arn:aws:iam::111111111111:user/erin"
EVERYBODY = ("anonymous", "admin", "erin", "other")
WHO = {"anonymous": None, "admin": ADMIN, "erin": ERIN, "other": OTHER}
PRINCIPALS = [
    ("*", EVERYBODY, EVERYBODY), ({"AWS": "*"}, EVERYBODY, EVERYBODY),
    ({"AWS": ROOT}, ("admin",), ("admin", "erin")),
    ({"AWS": NUMBER}, ("admin",), ("admin", "erin")),
    ({"AWS": NAME}, ("admin",), ("admin", "erin")), ({"AWS": ERINS}, ("erin",), ("erin",)),
    ({"AWS": ERIN.user_id}, ("erin",), ("erin",)),
    ({"CanonicalUser": ADMIN.canonical_id}, ("admin",), ("admin", "erin")),
    ({"AWS": ["2" * 12, ERINS]}, ("other", "erin"), ("other", "erin")),
    ({"Service": "logging.s3.amazonaws.com"}, (), ()),
    ({"Federated": "*"}, (), ()),
]  # fmt: skip


@pytest.mark.parametrize(("principal", "allowed", "denied"), PRINCIPALS)
@pytest.mark.parametrize("name", EVERYBODY)
def test_s64_principals(
    principal: Any, allowed: tuple[str, ...], denied: tuple[str, ...], name: str
) -> None:
    """What an account is allowed, its administrator has; what it is denied, all its users."""
    who = WHO[name]
    assert (effect(statement(Principal=principal), who=who) is Effect.ALLOW) == (name in allowed)
    deny = statement(Principal=principal, Effect="Deny")
    assert (effect(deny, who=who) is Effect.DENY) == (name in denied)


@pytest.mark.parametrize(
    ("principal", "spared"), [(ERINS, ("erin",)), (ROOT, ("admin",)), ("2" * 12, ("other",))]
)
@pytest.mark.parametrize("name", EVERYBODY)
def test_s64_not_principal(principal: str, spared: tuple[str, ...], name: str) -> None:
    """Denies everybody but those who are named themselves."""
    deny = statement(Principal=None, NotPrincipal={"AWS": principal}, Effect="Deny")
    assert (effect(deny, who=WHO[name]) is None) == (name in spared)


def test_services_are_named_or_meant_by_nobody() -> None:
    """``*`` are people."""
    logs = {"who": None, "service": "logging.s3.amazonaws.com"}
    assert effect(statement(), **logs) is None
    assert effect(statement(Principal={"Service": "logging.s3.amazonaws.com"}), **logs)
    assert effect(statement(Principal={"Service": "other.amazonaws.com"}), **logs) is None


@pytest.mark.parametrize(
    ("more", "allows"),
    [
        ({"Action": "s3:Get*"}, True), ({"Action": "S3:getobject"}, True), ({"Action": "*"}, True),
        ({"Action": "s3:GetObjectVersion"}, False), ({"Action": ["s3:Put*", "s3:GetO?ject"]}, True),
        ({"Action": None, "NotAction": "s3:Get*"}, False),
        ({"Action": None, "NotAction": "s3:Put*"}, True),
        ({"Resource": f"{BUCKET}/*"}, True), ({"Resource": BUCKET}, False),
        ({"Resource": "arn:aws:s3:::bx/*"}, False), ({"Resource": "arn:aws:s3:::b*"}, True),
        ({"Resource": None, "NotResource": f"{BUCKET}/k"}, False),
        ({"Resource": None, "NotResource": f"{BUCKET}/other*"}, True),
        ({"Resource": f"{BUCKET}/${{aws:username}}"}, False),
        ({"Condition": {"StringEquals": {"aws:UserName": "erin"}}}, True),
        ({"Condition": {"StringEquals": {"aws:UserName": "${aws:userid}"}}}, False),
        ({"Condition": {"StringEquals": {"aws:UserName": "erin", "aws:userid": "x"}}}, False),
        ({"Condition": {"Null": {"aws:userid": "true"}, "Bool": {"aws:x": "true"}}}, False),
    ],
)  # fmt: skip
def test_s64_actions_resources_conditions(more: dict[str, Any], allows: bool) -> None:
    """Each part must speak of the request; all conditions must hold."""
    values = {"aws:username": ("erin",)}
    assert (effect(statement(**more), values=values) is Effect.ALLOW) == allows


@given(st.lists(st.sampled_from(["Allow", "Deny", "other"]), max_size=5))
def test_a_deny_wins_in_any_order(kinds: list[str]) -> None:
    """Over several policies too."""
    policies = [
        policy(
            statement(Action="s3:PutObject") if kind == "other" else statement(Effect=kind)
        )
        for kind in kinds
    ]  # fmt: skip
    found = decide(policies, Request(action="s3:GetObject", resource=BUCKET, who=ERIN))
    expected = Effect.DENY if "Deny" in kinds else Effect.ALLOW if "Allow" in kinds else None
    assert found is expected


def test_a_users_own_policy() -> None:
    """It has no principal: it is about whoever has it."""
    rules = Rules(longest=1000, has_principals=False)
    own = parse(text(statement(Principal=None)), rules)
    request = Request(action="s3:GetObject", resource=BUCKET, who=ERIN)
    assert decide([own], request) is Effect.ALLOW


def source(address: str) -> dict[str, Any]:
    """A condition on the address of the caller."""
    return {"Condition": {"IpAddress": {"aws:SourceIp": address}}}


@pytest.mark.parametrize(
    ("more", "public"),
    [
        ({}, True), ({"Effect": "Deny"}, False), ({"Principal": {"AWS": NUMBER}}, False),
        ({"Principal": {"AWS": [NUMBER, "*"]}}, True), (source("10.0.0.0/8"), False),
        (source("0.0.0.0/1"), True), (source("2001:db8::/32"), False), (source("::/0"), True),
        ({"Condition": {"StringEquals": {"aws:UserAgent": "x"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": NUMBER}}}, False),
        ({"Condition": {"StringLike": {"aws:PrincipalAccount": "1*"}}}, True),
        ({"Condition": {"StringEquals": {"aws:userid": "${aws:userid}"}}}, True),
        ({"Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": NUMBER}}}, True),
        ({"Condition": {"ForAllValues:StringEquals": {"aws:PrincipalAccount": NUMBER}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": NUMBER}}}, True),
    ],
)  # fmt: skip
def test_public_policies(more: dict[str, Any], public: bool) -> None:
    """Those that a fixed set of callers does not bound."""
    assert is_public(policy(statement(**more))) == public
