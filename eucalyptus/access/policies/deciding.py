# SPDX-License-Identifier: BSD-2-Clause
"""Whether policies allow a request: a Deny that applies wins, else an Allow that applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from eucalyptus.access.policies.documents import Effect, Policy, Statement
from eucalyptus.access.policies.patterns import Values
from eucalyptus.access.principals import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: an IAM action on an ARN.

    ``who`` is None for an anonymous request and for one of a cloud service, whose name is then
    ``service``. ``values`` are the condition keys that are known, in lower case.
    """

    action: str
    resource: str
    who: Principal | None = None
    service: str = ""
    values: Values = field(default_factory=dict)


def decide(policies: Iterable[Policy], request: Request) -> Effect | None:
    """DENY, ALLOW, or None when no statement applies."""
    effects = {
        statement.effect
        for policy in policies
        for statement in policy.statements
        if applies(statement, request)
    }
    if Effect.DENY in effects:
        return Effect.DENY
    return Effect.ALLOW if effects else None


def applies(statement: Statement, request: Request) -> bool:
    """Whether a statement speaks of this request."""
    return (
        any(one.matches(request.action, {}, fold=True) for one in statement.actions)
        != statement.not_actions
        and any(one.matches(request.resource, request.values) for one in statement.resources)
        != statement.not_resources
        and _is_about(statement, request)
        and all(condition.holds(request.values) for condition in statement.conditions)
    )


def _is_about(statement: Statement, request: Request) -> bool:
    if not statement.principals:
        return True  # a user's own policy
    if statement.not_principals:
        return not any(_names(kind, name, request) for kind, name in statement.principals)
    denies = statement.effect is Effect.DENY
    return any(
        _names(kind, name, request) or (denies and _names_account(kind, name, request.who))
        for kind, name in statement.principals
    )


def _names(kind: str, name: str, request: Request) -> bool:
    """Whether a principal is the caller. An account is its administrator: to its other users it
    can hand on what it was given, by policies of theirs."""
    if kind == "Service":
        return bool(request.service) and name == request.service
    if request.service:
        return False
    if kind == "AWS" and name == "*":
        return True
    who = request.who
    if who is None:
        return False
    if who.is_account_admin and _names_account(kind, name, who):
        return True
    users = {f"arn:aws:iam::{account}:user/{who.user_name}" for account in _accounts(who)}
    return kind == "AWS" and name in users | {who.user_id}


def _names_account(kind: str, name: str, who: Principal | None) -> bool:
    if who is None:
        return False
    if kind == "CanonicalUser":
        return name == who.canonical_id
    roots = {f"arn:aws:iam::{account}:root" for account in _accounts(who)}
    return kind == "AWS" and name in roots | {who.account_id}


def _accounts(who: Principal) -> tuple[str, str]:
    """An account in ARNs, by its number or its name, which cannot be taken for a number."""
    return who.account_id, who.account_name
