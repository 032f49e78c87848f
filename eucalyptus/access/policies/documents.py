# SPDX-License-Identifier: BSD-2-Clause
"""Policy documents: JSON becomes statements, or is refused with the reason.

Nothing is guessed: an unknown or doubled name, an unknown operator, a principal where none can be
is refused, since whoever wrote it would believe that it works.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from eucalyptus.access.policies import conditions
from eucalyptus.access.policies.conditions import Condition
from eucalyptus.access.policies.patterns import Pattern, compiled

OLD, NEW = "2008-10-17", "2012-10-17"
"""The versions of the language; only the newer has variables."""

_TOP = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
     "NotResource", "Condition"}
)  # fmt: skip
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+", re.ASCII | re.IGNORECASE)
_KINDS = frozenset({"AWS", "CanonicalUser", "Service", "Federated"})
_AWS_PRINCIPAL = re.compile(
    r"\*|[0-9]{12}|arn:aws:iam::[^:*?/]+:(root|(user|role|group)/[^:*?]+)"
    r"|arn:aws:sts::[^:*?/]+:[^:*?]+|[A-Z0-9]{16,64}",
    re.ASCII,
)


class BadPolicy(ValueError):
    """The document is no policy; says why."""


class Effect(Enum):
    """What a statement does to what it speaks of."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a policy of some kind may and must have. ``longest`` is in bytes; ``has_principals``
    distinguishes the policy of a resource from that of a user; a statement without a resource is
    about ``resource``, and refused if that is ""."""

    longest: int
    has_principals: bool
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``principals`` are pairs of kind and name; the ``not_…`` flags turn what the
    lists say."""

    sid: str
    effect: Effect
    principals: tuple[tuple[str, str], ...]
    not_principals: bool
    actions: tuple[Pattern, ...]
    not_actions: bool
    resources: tuple[Pattern, ...]
    not_resources: bool
    conditions: tuple[Condition, ...]
    resource_texts: tuple[str, ...]
    action_texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that was found good."""

    statements: tuple[Statement, ...]


def parse(text: str, rules: Rules) -> Policy:
    """Read a policy; raises BadPolicy."""
    if len(text.encode("utf-8", "surrogatepass")) > rules.longest:
        raise BadPolicy(f"it is longer than {rules.longest} bytes")
    document = _object(_json(text), "the policy", _TOP)
    version = document.get("Version", OLD)
    if version not in (OLD, NEW):
        raise BadPolicy(f"there is no version {str(version)[:40]!r}; use {NEW}")
    if not isinstance(document.get("Id", ""), str):
        raise BadPolicy("its Id is no text")
    found = document.get("Statement")
    statements = found if isinstance(found, list) else [found]
    if not statements or statements == [None]:
        raise BadPolicy("it has no statement")
    reading = _Reading(rules, version == NEW)
    return Policy(tuple(reading.statement(one) for one in statements))


def _json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadPolicy("a name stands twice in one object")
        return found

    def constant(name: str) -> Any:
        raise BadPolicy(f"{name} is no JSON")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except BadPolicy:
        raise
    except (ValueError, RecursionError) as wrong:
        raise BadPolicy("it is no JSON") from wrong


def _object(value: Any, what: str, names: frozenset[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadPolicy(f"{what} is no object")
    if names is not None and (unknown := sorted(value.keys() - names)):
        raise BadPolicy(f"{what} has an unknown part {unknown[0][:60]!r}")
    return value


def _texts(value: Any, what: str) -> tuple[str, ...]:
    """One text or a list of them, at least one."""
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(one, str) and one for one in found):
        raise BadPolicy(f"{what} is neither a text nor a list of texts")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the statements of one policy."""

    rules: Rules
    variables: bool

    def statement(self, value: Any) -> Statement:
        found = _object(value, "a statement", _STATEMENT)
        sid = found.get("Sid", "")
        if not isinstance(sid, str):
            raise BadPolicy("a Sid is no text")
        if found.get("Effect") not in ("Allow", "Deny"):
            raise BadPolicy("a statement's Effect is neither Allow nor Deny")
        effect = Effect(found["Effect"])
        principals, not_principals = self._principals(found, effect)
        actions, not_actions = _either(found, "Action")
        resources, not_resources = self._resources(found)
        for action in actions:
            if not _ACTION.fullmatch(action):
                raise BadPolicy(f"{action[:60]!r} is no action")
        return Statement(
            sid, effect, principals, not_principals,
            tuple(compiled(one, variables=False) for one in actions), not_actions,
            tuple(compiled(one, variables=self.variables) for one in resources), not_resources,
            self._conditions(found.get("Condition", {})), resources, actions,
        )  # fmt: skip

    def _principals(
        self, found: Mapping[str, Any], effect: Effect
    ) -> tuple[tuple[tuple[str, str], ...], bool]:
        named = [name for name in ("Principal", "NotPrincipal") if name in found]
        if not self.rules.has_principals:
            if named:
                raise BadPolicy("a user's policy names no principal")
            return (), False
        if len(named) != 1:
            raise BadPolicy("a statement has either a Principal or a NotPrincipal")
        if named == ["NotPrincipal"] and effect is Effect.ALLOW:
            raise BadPolicy("Allow with NotPrincipal would allow everybody else, anonymous too")
        return _principals(found[named[0]]), named == ["NotPrincipal"]

    def _resources(self, found: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
        if self.rules.resource and not {"Resource", "NotResource"} & found.keys():
            return (self.rules.resource,), False
        return _either(found, "Resource")

    def _conditions(self, value: Any) -> tuple[Condition, ...]:
        made: list[Condition] = []
        for operator, keys in _object(value, "a Condition").items():
            for key, wanted in _object(keys, f"the condition {operator[:60]}").items():
                texts = _values(wanted)
                try:
                    made.append(conditions.read(operator, key, texts, variables=self.variables))
                except ValueError as wrong:
                    raise BadPolicy(str(wrong)) from wrong
        return tuple(made)


def _either(found: Mapping[str, Any], name: str) -> tuple[tuple[str, ...], bool]:
    named = [one for one in (name, f"Not{name}") if one in found]
    if len(named) != 1:
        raise BadPolicy(f"a statement has either {name} or Not{name}")
    return _texts(found[named[0]], named[0]), named[0] != name


def _values(value: Any) -> tuple[str, ...]:
    """A condition's values as texts: JSON's numbers and truths are allowed for them."""
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | bool | int | float) for one in found):
        raise BadPolicy("a condition's value is neither a text nor a list of texts")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in found)


def _principals(value: Any) -> tuple[tuple[str, str], ...]:
    if value == "*":
        return (("AWS", "*"),)
    found = _object(value, "a Principal", _KINDS)
    pairs = tuple((kind, name) for kind, names in found.items() for name in _texts(names, kind))
    if not pairs:
        raise BadPolicy("a Principal names nobody")
    for kind, name in pairs:
        if kind == "AWS" and not _AWS_PRINCIPAL.fullmatch(name):
            raise BadPolicy(f"{name[:120]!r} is no principal")
    return pairs
