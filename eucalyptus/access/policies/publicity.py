# SPDX-License-Identifier: BSD-2-Clause
"""Whether a resource's policy is public: lets in more than a fixed set of callers."""

from __future__ import annotations

from ipaddress import ip_network

from eucalyptus.access.policies.conditions import ALL, Condition
from eucalyptus.access.policies.documents import Effect, Policy, Statement
from eucalyptus.access.policies.patterns import compiled

_FIXED = frozenset(
    {"aws:sourceip", "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourcevpc",
     "aws:sourcevpce", "aws:userid", "aws:username", "aws:principalaccount", "aws:principalarn",
     "aws:principalorgid"}
)  # fmt: skip
"""Keys that say who or where the caller is."""
_OPERATORS = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "IpAddress",
                        "ArnEquals", "ArnLike"})  # fmt: skip
_WIDEST = {4: 8, 6: 32}
"""Networks with shorter prefixes than these are no restriction."""


def is_public(policy: Policy) -> bool:
    """Whether some statement allows something to everybody."""
    return any(_is_public(statement) for statement in policy.statements)


def _is_public(statement: Statement) -> bool:
    everybody = ("AWS", "*") in statement.principals
    allows = statement.effect is Effect.ALLOW
    return allows and everybody and not any(_restricts(one) for one in statement.conditions)


def _restricts(condition: Condition) -> bool:
    if condition.key not in _FIXED or condition.operator not in _OPERATORS:
        return False
    if condition.if_exists or condition.quantifier == ALL:
        return False  # who does not say passes
    if condition.operator == "IpAddress":
        networks = [ip_network(text, strict=False) for text in condition.texts]
        return all(network.prefixlen >= _WIDEST[network.version] for network in networks)
    return all(compiled(text, variables=True).is_literal for text in condition.texts)
