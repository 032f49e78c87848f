# SPDX-License-Identifier: BSD-2-Clause
"""Patterns match what they say, whatever a variable holds, and quickly."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.access.policies.patterns import compiled

LETTERS = st.text("ab*?", max_size=8)


def model(pattern: str, text: str) -> bool:
    """The definition, character by character."""

    @cache
    def matches(p: int, t: int) -> bool:
        if p == len(pattern):
            return t == len(text)
        if pattern[p] == "*":
            return matches(p + 1, t) or (t < len(text) and matches(p, t + 1))
        return t < len(text) and pattern[p] in ("?", text[t]) and matches(p + 1, t + 1)

    return matches(0, 0)


@given(LETTERS, st.text("ab\n", max_size=10))
def test_like_the_definition(pattern: str, text: str) -> None:
    """Every pattern on every text."""
    assert compiled(pattern, variables=True).matches(text, {}) == model(pattern, text)


@given(LETTERS)
def test_a_variables_value_is_text(value: str) -> None:
    """A user named * is not everybody."""
    pattern = compiled("home/${aws:username}/*", variables=True)
    values = {"aws:username": (value,)}
    assert pattern.matches(f"home/{value}/x", values)
    assert pattern.matches("home/other/x", values) == (value == "other")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("${aws:Username}", "erin", True), ("${aws:nothing}", "", False),
        ("${aws:nothing, 'guest'}", "guest", True), ("${aws:username, 'guest'}", "guest", False),
        ("${*}", "*", True), ("${*}", "x", False), ("${?}${$}", "?$", True),
        ("${aws:many}", "a", False), ("$erin", "$erin", True), ("${", "${", True),
    ],
)  # fmt: skip
def test_variables(pattern: str, text: str, matches: bool) -> None:
    """With and without a value, with a default, and the literal ones."""
    values = {"aws:username": ("erin",), "aws:many": ("a", "b")}
    assert compiled(pattern, variables=True).matches(text, values) == matches


def test_the_older_language_has_no_variables() -> None:
    """There, a variable is text."""
    pattern = compiled("${aws:username}", variables=False)
    assert pattern.matches("${aws:username}", {"aws:username": ("erin",)})


def test_case_may_be_folded() -> None:
    """As in the names of actions."""
    assert compiled("S3:get*", variables=False).matches("s3:GetObject", {}, fold=True)
    assert not compiled("S3:get*", variables=False).matches("s3:GetObject", {})


def test_s64_no_pattern_takes_long() -> None:
    """Stars do not multiply: no step is tried twice."""
    assert not compiled("*a" * 5_000 + "b", variables=True).matches("a" * 1_024, {})
    assert not compiled("*?" * 600 + "b", variables=True).matches("a" * 1_024, {})
