# SPDX-License-Identifier: BSD-2-Clause
"""The condition operators of IAM's policy language.

A key may have several values, in the policy and in the request. A positive operator holds if some
value of the request equals some value of the policy; its negation (StringNotEquals …) if none
does. ``ForAllValues:`` and ``ForAnyValue:`` say otherwise, ``…IfExists`` holds without a value.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from typing import Any

from eucalyptus.access.policies.patterns import Pattern, Values, compiled

ALL, ANY_OF = "ForAllValues:", "ForAnyValue:"
IF_EXISTS = "IfExists"
_ARN_PARTS = 6
_COLON = re.compile(r":(?![^${}]*\})")
"""A colon that does not stand in a variable."""


@dataclass(frozen=True, slots=True)
class _Operator:
    """``read`` makes a policy's value comparable, raising ValueError; ``holds`` compares a value
    of the request with it; ``negated`` turns the outcome of the whole round."""

    read: Callable[[str, bool], Any]
    holds: Callable[[str, Any, Values], bool]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One operator on one key. ``wanted`` are the policy's values as the operator reads them,
    ``texts`` as they were written; ``key`` is in lower case."""

    operator: str
    key: str
    wanted: tuple[Any, ...]
    texts: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False

    def holds(self, values: Values) -> bool:
        """Whether the condition holds for a request with these values."""
        found = values.get(self.key, ())
        if self.operator == "Null":
            return any(absent == (not found) for absent in self.wanted)
        operator = _OPERATORS[self.operator]
        if not found:
            return self.if_exists or self.quantifier == ALL or (
                operator.negated and self.quantifier != ANY_OF
            )  # fmt: skip
        rounds = [
            any(operator.holds(value, wanted, values) for wanted in self.wanted) != operator.negated
            for value in found
        ]
        # What holds of none, by a negated operator, must hold of all values that there are.
        every = self.quantifier == ALL or (operator.negated and self.quantifier != ANY_OF)
        return all(rounds) if every else any(rounds)


def read(name: str, key: str, texts: Sequence[str], *, variables: bool) -> Condition:
    """A condition of a policy; raises ValueError saying what is wrong with it."""
    quantifier = next((q for q in (ALL, ANY_OF) if name.startswith(q)), "")
    bare = name.removeprefix(quantifier)
    if_exists = bare.endswith(IF_EXISTS)
    operator = bare.removesuffix(IF_EXISTS)
    if operator == "Null" and not if_exists and not quantifier:
        wanted: tuple[Any, ...] = tuple(_truth(text, False) for text in texts)
    elif operator in _OPERATORS:
        wanted = tuple(_OPERATORS[operator].read(text, variables) for text in texts)
    else:
        raise ValueError(f"there is no condition operator {name[:60]!r}")
    if not texts:
        raise ValueError(f"the condition on {key[:60]!r} names no value")
    return Condition(
        operator=operator, key=key.lower(), wanted=wanted, texts=tuple(texts),
        quantifier=quantifier, if_exists=if_exists,
    )  # fmt: skip


# --- values --------------------------------------------------------------------------------------


def _pattern(text: str, variables: bool) -> Pattern:
    return compiled(text, variables=variables)


def _arn(text: str, variables: bool) -> tuple[Pattern, ...]:
    parts = _COLON.split(text, _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS and text != "*":
        raise ValueError(f"{text[:80]!r} is no ARN")
    return tuple(compiled(part, variables=variables) for part in parts)


def _number(text: str, variables: bool = False) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{text[:40]!r} is no number")
    return number


def _moment(text: str, variables: bool = False) -> datetime:
    if re.fullmatch(r"[0-9]{1,11}", text):
        return datetime.fromtimestamp(int(text), UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _truth(text: str, variables: bool) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text[:40]!r} is neither true nor false")
    return text.lower() == "true"


def _bytes(text: str, variables: bool = False) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{text[:40]!r} is not in base64") from None


def _network(text: str, variables: bool) -> Any:
    return ip_network(text, strict=False)


# --- comparisons ---------------------------------------------------------------------------------


def _equals(value: str, wanted: Pattern, values: Values) -> bool:
    return value == wanted.filled(values)


def _equals_folded(value: str, wanted: Pattern, values: Values) -> bool:
    text = wanted.filled(values)
    return text is not None and value.casefold() == text.casefold()


def _like(value: str, wanted: Pattern, values: Values) -> bool:
    return wanted.matches(value, values)


def _arn_like(value: str, wanted: tuple[Pattern, ...], values: Values) -> bool:
    if len(wanted) == 1:
        return True
    parts = value.split(":", _ARN_PARTS - 1)
    return len(parts) == _ARN_PARTS and all(
        pattern.matches(part, values) for pattern, part in zip(wanted, parts, strict=True)
    )


def _ordered(parse: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Any:
    """A comparison of a parsed value; what cannot be parsed equals nothing."""

    def compare(value: str, wanted: Any, values: Values) -> bool:
        try:
            return holds(parse(value), wanted)
        except ValueError:
            return False

    return compare


def _same_truth(value: str, wanted: bool, values: Values) -> bool:
    return value.lower() == ("true" if wanted else "false")


_within = _ordered(ip_address, lambda address, network: address in network)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanEquals": lambda one, other: one >= other,
}


def _numeric_and_dates() -> dict[str, _Operator]:
    kinds: Mapping[str, Callable[..., Any]] = {"Numeric": _number, "Date": _moment}
    made = {
        kind + name: _Operator(parse, _ordered(parse, holds))
        for kind, parse in kinds.items()
        for name, holds in _COMPARISONS.items()
    }
    return made | {
        f"{kind}NotEquals": _Operator(parse, made[f"{kind}Equals"].holds, negated=True)
        for kind, parse in kinds.items()
    }


_OPERATORS: Mapping[str, _Operator] = {
    "StringEquals": _Operator(_pattern, _equals),
    "StringNotEquals": _Operator(_pattern, _equals, negated=True),
    "StringEqualsIgnoreCase": _Operator(_pattern, _equals_folded),
    "StringNotEqualsIgnoreCase": _Operator(_pattern, _equals_folded, negated=True),
    "StringLike": _Operator(_pattern, _like),
    "StringNotLike": _Operator(_pattern, _like, negated=True),
    **_numeric_and_dates(),
    "Bool": _Operator(_truth, _same_truth),
    "BinaryEquals": _Operator(_bytes, _ordered(_bytes, lambda one, other: one == other)),
    "IpAddress": _Operator(_network, _within),
    "NotIpAddress": _Operator(_network, _within, negated=True),
    "ArnEquals": _Operator(_arn, _arn_like),
    "ArnLike": _Operator(_arn, _arn_like),
    "ArnNotEquals": _Operator(_arn, _arn_like, negated=True),
    "ArnNotLike": _Operator(_arn, _arn_like, negated=True),
}
