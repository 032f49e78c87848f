# SPDX-License-Identifier: BSD-2-Clause
"""Policy documents are read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.access.policies import documents
from eucalyptus.access.policies.documents import BadPolicy, Rules
from tests.access.policies.policing import RULES, policy, statement, text


def bad(case: str, why: str, document: str) -> Any:
    """A document that is refused with words that say ``why``."""
    return pytest.param(document, why, id=f"S-64 {case}")


def odd(**more: Any) -> str:
    """A policy with one odd statement."""
    return text(statement(**more))


GOOD = text(statement())
BAD = [
    bad("no JSON", "no JSON", GOOD[:-1]),
    bad("too deep", "no JSON", "[" * 9_000),
    bad("NaN", "NaN", GOOD.replace('"*"', "NaN", 1)),
    bad("20 KiB and one", "longer", GOOD + " " * (RULES.longest - len(GOOD) + 1)),
    bad("a list", "no object", "[]"),
    bad("doubled name", "twice", GOOD.replace('{"Version"', '{"Version": "2012-10-17", "Version"')),
    bad("doubled in statement", "twice", GOOD.replace('"Effect"', '"Effect": "Deny", "Effect"')),
    bad("unknown version", "version", text(statement(), Version="2020-01-01")),
    bad("unknown part", "unknown part", text(statement(), Statements=[])),
    bad("Id is a number", "Id", text(statement(), Id=1)),
    bad("no statement", "no statement", '{"Version": "2012-10-17"}'),
    bad("empty list of statements", "no statement", text()),
    bad("statement is a text", "no object", text("x")),
    bad("unknown part of a statement", "unknown part", odd(Effects="Deny")),
    bad("Sid is a number", "Sid", odd(Sid=3)),
    bad("no effect", "Effect", odd(Effect=None)),
    bad("effect in small letters", "Effect", odd(Effect="deny")),
    bad("no principal", "either a Principal", odd(Principal=None)),
    bad("both principals", "either a Principal", odd(NotPrincipal="*")),
    bad("Allow with NotPrincipal", "everybody else", odd(Principal=None, NotPrincipal="*")),
    bad("principal is a list", "no object", odd(Principal=["*"])),
    bad("principal of no kind", "unknown part", odd(Principal={"EC2": "*"})),
    bad("principal names nobody", "nobody", odd(Principal={})),
    bad("principal with a wildcard", "no principal", odd(Principal={"AWS": "arn:aws:iam::*:root"})),
    bad("principal is a bucket", "no principal", odd(Principal={"AWS": "arn:aws:s3:::b"})),
    bad("principal is a number", "neither", odd(Principal={"AWS": 123456789012})),
    bad("no action", "Action", odd(Action=None)),
    bad("both actions", "Action", odd(NotAction="s3:GetObject")),
    bad("no action in the list", "neither", odd(Action=[])),
    bad("action without a service", "no action", odd(Action="GetObject")),
    bad("action with a variable", "no action", odd(Action="s3:${aws:username}")),
    bad("no resource", "Resource", odd(Resource=None)),
    bad("both resources", "Resource", odd(NotResource="*")),
    bad("empty resource", "neither", odd(Resource="")),
    bad("condition is a list", "no object", odd(Condition=[])),
    bad("unknown operator", "operator", odd(Condition={"StringIs": {"a": "b"}})),
    bad("Null cannot exist", "operator", odd(Condition={"NullIfExists": {"a": "true"}})),
    bad("unknown quantifier", "operator", odd(Condition={"ForNoValue:Bool": {"a": "true"}})),
    bad("no value", "no value", odd(Condition={"StringEquals": {"a": []}})),
    bad("value is an object", "value", odd(Condition={"StringEquals": {"a": {}}})),
    bad("no number", "no number", odd(Condition={"NumericEquals": {"a": "1e"}})),
    bad("infinite number", "no number", odd(Condition={"NumericEquals": {"a": "Infinity"}})),
    bad("no date", "no date", odd(Condition={"DateEquals": {"a": "tomorrow"}})),
    bad("no truth", "neither true", odd(Condition={"Bool": {"a": "yes"}})),
    bad("no address", "10.0.0.0/33", odd(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}})),
    bad("no ARN", "no ARN", odd(Condition={"ArnLike": {"aws:SourceArn": "bucket"}})),
    bad("no base64", "base64", odd(Condition={"BinaryEquals": {"a": "*"}})),
]


@pytest.mark.parametrize(("document", "why"), BAD)
def test_refused(document: str, why: str) -> None:
    """With the reason; the same without the odd part is taken."""
    with pytest.raises(BadPolicy, match=why):
        documents.parse(document, RULES)
    documents.parse(GOOD, RULES)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"Principal": {"AWS": "1" * 12}}, id="account number"),
        pytest.param({"Principal": {"AWS": "arn:aws:iam::acme:root"}}, id="account by its name"),
        pytest.param({"Principal": {"AWS": ["arn:aws:iam::111111111111:user/a/b"]}}, id="user"),
        pytest.param({"Principal": {"Service": "logging.s3.amazonaws.com"}}, id="service"),
        pytest.param({"Principal": {"CanonicalUser": "a" * 64}}, id="canonical user"),
        pytest.param({"Condition": {"NumericLessThan": {"s3:max-keys": 10}}}, id="JSON's number"),
        pytest.param({"Condition": {"Bool": {"aws:SecureTransport": True}}}, id="JSON's truth"),
        pytest.param({"Condition": {"ForAnyValue:StringLikeIfExists": {"a": "b"}}}, id="all of it"),
        pytest.param({"NotAction": "s3:Get*", "Action": None}, id="NotAction"),
        pytest.param({"NotResource": "*", "Resource": None}, id="NotResource"),
    ],
)  # fmt: skip
def test_taken(more: dict[str, Any]) -> None:
    """What IAM knows; two statements may have one Sid."""
    policy(statement(**more), statement(Sid="one"), statement(Sid="one"))


def test_a_single_statement_needs_no_list() -> None:
    """As IAM has it."""
    document = json.dumps({"Statement": statement()})
    assert len(documents.parse(document, RULES).statements) == 1


def test_a_statement_without_resource_is_about_the_given_one() -> None:
    """Where the kind of policy says so."""
    rules = Rules(longest=1000, has_principals=True, resource="arn:aws:s3:::b")
    found = documents.parse(odd(Resource=None), rules)
    assert found.statements[0].resource_texts == ("arn:aws:s3:::b",)


def test_a_users_policy_names_no_principal() -> None:
    """It is the user's."""
    rules = Rules(longest=1000, has_principals=False)
    with pytest.raises(BadPolicy, match="no principal"):
        documents.parse(GOOD, rules)
    assert documents.parse(odd(Principal=None), rules).statements[0].principals == ()


@given(st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["Version", "Statement", "Effect", "Action", "Condition", "x"]), inner
    ),
).map(json.dumps))  # fmt: skip
def test_noise_is_refused_or_read(document: str) -> None:
    """Nothing else is ever raised."""
    try:
        documents.parse(document, RULES)
    except BadPolicy as wrong:
        assert str(wrong)
