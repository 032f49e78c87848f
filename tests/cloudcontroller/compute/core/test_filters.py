# SPDX-License-Identifier: BSD-2-Clause
"""Filters: wildcards, and, or, what is refused, and that no value takes long."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudcontroller.compute.core import filters
from eucalyptus.contracts.ec2.filters import Filter, Value
from eucalyptus.contracts.refusals import Refused

TABLE: filters.Table[str] = {
    "text": lambda t: t,
    "length": lambda t: str(len(t)),
    "letters": lambda t: t,
    "none": filters.never,
}
TAGGED = {**TABLE, filters.ANY_TAG: filters.never}


def asked(*wanted: tuple[str, tuple[str, ...]]) -> list[Filter]:
    """Filters by name and values."""
    return [Filter(name=n, value=tuple(Value(value=v) for v in vs)) for n, vs in wanted]


def chosen(*wanted: tuple[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What is left of three texts."""
    return filters.select(["a", "bb", "*"], asked(*wanted), TABLE)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
@example("a*a", "a")
@example("*a*b*", "ab")
@example("?*?", "a")
def test_wildcards_match_as_a_shell_does(pattern: str, text: str) -> None:
    """``*`` and ``?``."""
    assert filters.glob(pattern).fullmatch(text) == fnmatch.fnmatchcase(text, pattern)


@given(st.text(max_size=20))
def test_every_text_can_be_said_without_wildcards(text: str) -> None:
    """By backslashes; a lone one at the end is itself."""
    plain = "".join(f"\\{letter}" if letter in "*?\\" else letter for letter in text)
    assert filters.glob(plain).fullmatch(text)
    assert not filters.glob(plain).fullmatch(text + "x")
    assert filters.glob("a\\").fullmatch("a\\")


def test_filters_are_anded_values_ored() -> None:
    """And what a thing has not, no value matches."""
    assert chosen(("text", ("a", "b*"))) == ("a", "bb")
    assert chosen(("text", ("*",)), ("length", ("1",))) == ("a", "*")
    assert chosen(("text", ("*",)), ("text", ("bb",))) == ("bb",)
    assert chosen(("text", ("\\*",))) == ("*",)
    assert chosen(("none", ("*", ""))) == ()
    assert filters.select(["", "a"], asked(("text", ("", "*"))), TABLE) == ("a",)
    assert chosen() == ("a", "bb", "*")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (("size", ("1",)), "Filter: size is not one of the filters of this operation"),
        (("size", ("1",)), ": length, letters, none, text"),
        (("lenght", ("1",)), "did you mean length?"),
        (("tag:Name", ("1",)), "Filter: tag:Name is not one of"),
        (("text", ()), "Filter text: no value is not enough; add Filter.n.Value.1"),
        (("text", ("x",) * 201), "Filter text: 201 is not 200 values or fewer"),
        (("text", ("*",) * 51), "50 values with wildcards or fewer"),
        (("text", ("x" * 256,)), "255 characters or fewer"),
        (("x" * 300, ("x",)), "is not one of the filters"),
    ],
)
def test_what_is_refused(wanted: tuple[str, tuple[str, ...]], says: str) -> None:
    """With the reason, and what would do."""
    with pytest.raises(Refused) as refused:
        chosen(wanted)
    assert says in refused.value.message
    assert len(refused.value.message) < 400


def test_any_tag_is_one_entry_of_a_table() -> None:
    """Listed as ``tag:KEY``."""
    assert filters.select(["a"], asked(("tag:Name", ("*",))), TAGGED) == ()
    with pytest.raises(Refused, match="tag:KEY"):
        filters.select(["a"], asked(("size", ("*",))), TAGGED)


@pytest.mark.parametrize(
    "value",
    ["*a" * 50 + "b", "*?" * 80 + "b", "a*" * 100 + "b", "*" * 200 + "b", "?" * 200 + "b"],
    ids=["Q-33-stars", "Q-33-marks", "Q-33-tail", "Q-33-run", "Q-33-fixed"],
)
def test_no_pattern_takes_long(value: str) -> None:
    """Q-33: on a text that almost matches; twin: the same pattern finds what it says."""
    things = ["a" * 255] * 20
    start = time.process_time()
    assert filters.select(things, asked(("text", (value,))), TABLE) == ()
    assert time.process_time() - start < 20 * 0.02
    fits = value.replace("*", "").replace("?", "a")
    assert filters.select([fits], asked(("text", (value,))), TABLE) == (fits,)
