# SPDX-License-Identifier: BSD-2-Clause
"""The table of cloud properties: kinds read what they promise and refuse the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus import properties
from eucalyptus.properties import PROPERTIES, Property, declare


def test_every_default_is_acceptable_and_every_property_says_something() -> None:
    for name, declared in PROPERTIES.items():
        assert declared.name == name
        declared.read(declared.default)
        assert declared.says.endswith(".")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5), ("60m", 3600), ("180d", 15552000), ("7", 7), ("250ms", 0.25), ("2h", 7200)],
)
def test_durations(text: str, seconds: float) -> None:
    assert properties.duration(text) == seconds


def test_a_bare_number_of_minutes() -> None:
    assert properties.minutes("60") == 3600
    assert properties.minutes("60s") == 60


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (properties.duration, "soon"),
        (properties.duration, "-5s"),
        (properties.duration, "9999999999s"),
        (properties.minutes, ""),
        (properties.truth, "yes"),
        (properties.between(1, 5), "6"),
        (properties.between(1, 5), "٣"),
        (properties.between(1, 5), "1.5"),
        (properties.one_of("a", "b"), "c"),
        (properties.matching(r"[a-z]+", "abc"), "abc\n"),
        (properties.document, "[]"),
        (properties.document, "{"),
        (properties.document, "[" * 100_000),
        (PROPERTIES["cloud.vmstate.mac_prefix"].read, "d1:0d"),
        (PROPERTIES["system.dns.dnsdomain"].read, "-x..y"),
    ],
)
def test_what_is_not_of_the_kind_is_refused(read: object, text: str) -> None:
    with pytest.raises(ValueError):
        read(text)  # type: ignore[operator]


@given(st.text())
def test_no_text_makes_a_kind_fail_otherwise(text: str) -> None:
    for declared in PROPERTIES.values():
        try:
            declared.read(text)
        except ValueError:
            continue


def test_a_property_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        declare(Property(name="soap.allow_sha1", default="true", says="", read=properties.truth))
    with pytest.raises(ValueError, match="true or false"):
        declare(Property(name="new.one", default="x", says="", read=properties.truth))
