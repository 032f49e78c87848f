# SPDX-License-Identifier: BSD-2-Clause
"""Every condition operator: holding, not holding, without a value, with several."""

from __future__ import annotations

import pytest

from eucalyptus.access.policies import conditions

HOLDS = [
    ("StringEquals", "a", "a", True), ("StringEquals", "a", "A", False),
    ("StringEquals", "*", "a", False), ("StringNotEquals", "a", "b", True),
    ("StringNotEquals", "a", "a", False), ("StringEqualsIgnoreCase", "a", "A", True),
    ("StringNotEqualsIgnoreCase", "a", "A", False), ("StringLike", "a*?", "abc", True),
    ("StringLike", "a?", "a", False), ("StringNotLike", "a*", "abc", False),
    ("NumericEquals", "10", "10.0", True), ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9", True), ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True), ("NumericGreaterThan", "10", "9", False),
    ("NumericGreaterThanEquals", "10", "10", True), ("NumericEquals", "10", "ten", False),
    ("NumericNotEquals", "10", "ten", True),
    ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
    ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z", True),
    ("DateLessThanEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-01-01", "2025-01-01", False),
    ("DateGreaterThanEquals", "2026-01-01", "1767225600", True),
    ("Bool", "true", "true", True), ("Bool", "false", "true", False),
    ("BinaryEquals", "AQI=", "AQI=", True), ("BinaryEquals", "AQI=", "AQM=", False),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", True), ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
    ("IpAddress", "10.1.2.3", "10.1.2.3", True), ("IpAddress", "2001:db8::/32", "10.1.2.3", False),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "0.0.0.0/0", "10.1.2.3, 1.1.1.1", False),
    ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
    ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", True),
    ("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", True),
    ("ArnLike", "arn:aws:*:::b", "arn:aws:s3:::b", True),
    ("ArnLike", "arn:aws:*", "arn:aws:s3:::b", None),
    ("ArnLike", "*", "anything", True), ("ArnLike", "arn:aws:s3:::*", "bucket", False),
    ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", True),
    ("ArnNotLike", "arn:aws:s3:::*", "arn:aws:s3:::c", False),
    ("ArnLike", "arn:aws:iam::${a:account}:root", "arn:aws:iam::1:root", True),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "wanted", "value", "holds"), HOLDS)
def test_one_value(operator: str, wanted: str, value: str, holds: bool | None) -> None:
    """One value in the policy, one in the request; None: the policy is refused."""
    if holds is None:
        with pytest.raises(ValueError, match="no ARN"):
            conditions.read(operator, "k", [wanted], variables=True)
        return
    made = conditions.read(operator, "K", [wanted], variables=True)
    assert made.holds({"k": (value,), "a:account": ("1",)}) == holds


POSITIVE = ["StringEquals", "StringLike", "NumericEquals", "DateEquals", "Bool", "IpAddress",
            "ArnLike", "BinaryEquals", "NumericLessThan", "StringEqualsIgnoreCase"]  # fmt: skip
NEGATIVE = ["StringNotEquals", "StringNotLike", "NumericNotEquals", "DateNotEquals",
            "NotIpAddress", "ArnNotLike", "StringNotEqualsIgnoreCase"]  # fmt: skip
VALUES = {"Numeric": "1", "Date": "2026-01-01", "Bool": "true", "Arn": "*", "Binary": "AQI=",
          "IpAddress": "10.0.0.1", "NotIpAddress": "10.0.0.1"}  # fmt: skip


@pytest.mark.parametrize("operator", POSITIVE + NEGATIVE)
def test_without_a_value(operator: str) -> None:
    """Positive operators need one, negated ones do not; IfExists and the quantifiers decide."""
    wanted = next((v for start, v in VALUES.items() if operator.startswith(start)), "x")

    def holds(name: str) -> bool:
        return conditions.read(name, "k", [wanted], variables=True).holds({})

    assert holds(operator) == (operator in NEGATIVE)
    assert holds(f"{operator}IfExists")
    assert holds(f"ForAllValues:{operator}")
    assert not holds(f"ForAnyValue:{operator}")
    assert holds(f"ForAnyValue:{operator}IfExists")


@pytest.mark.parametrize(
    ("operator", "found", "holds"),
    [
        ("StringEquals", "ax", True), ("StringEquals", "xy", False),
        ("StringNotEquals", "ax", False), ("StringNotEquals", "xy", True),
        ("ForAllValues:StringEquals", "ab", True), ("ForAllValues:StringEquals", "ax", False),
        ("ForAnyValue:StringEquals", "ax", True), ("ForAnyValue:StringEquals", "xy", False),
        ("ForAllValues:StringNotEquals", "xy", True), ("ForAllValues:StringNotEquals", "ax", False),
        ("ForAnyValue:StringNotEquals", "ax", True), ("ForAnyValue:StringNotEquals", "ab", False),
    ],
)  # fmt: skip
def test_several_values(operator: str, found: str, holds: bool) -> None:
    """The policy's values are a and b; each letter of ``found`` is one of the request's."""
    made = conditions.read(operator, "k", ["a", "b"], variables=True)
    assert made.holds({"k": tuple(found)}) == holds


@pytest.mark.parametrize(
    ("wanted", "there", "holds"),
    [("true", False, True), ("true", True, False), ("false", True, True), ("false", False, False)],
)
def test_null(wanted: str, there: bool, holds: bool) -> None:
    """Whether the key is absent."""
    made = conditions.read("Null", "k", [wanted], variables=True)
    assert made.holds({"k": ("x",)} if there else {}) == holds
