# SPDX-License-Identifier: BSD-2-Clause
"""Leaves: exact, bounded, and never guessing."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from eucalyptus.wire import leaves
from eucalyptus.wire.leaves import BadLeaf
from tests.fixtures.cpu import cpu_seconds
from tests.wire.messages import LEAVES

NOON = datetime(2013, 2, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (leaves.read_int, "0", 0),
        (leaves.read_int, " +7\n", 7),
        (leaves.read_int, "-2147483648", -(2**31)),
        (leaves.read_int, "0000000000012", 12),
        (leaves.read_long, "9223372036854775807", 2**63 - 1),
        (leaves.read_bool, "true", True),
        (leaves.read_bool, " True ", True),
        (leaves.read_bool, "0", False),
        (leaves.read_float, "1e3", 1000.0),
        (leaves.read_float, "-.5", -0.5),
        (leaves.read_float, "INF", math.inf),
        (leaves.read_datetime, "2013-02-01T12:00:00Z", NOON),
        (leaves.read_datetime, "2013-02-01T12:00:00", NOON),
        (leaves.read_datetime, "2013-02-01T12:00:00.000Z", NOON),
        (leaves.read_datetime, " 2013-02-01T14:00:00+02:00 ", NOON),
        (leaves.read_datetime, "2013-02-01T14:00:00+0200", NOON),
        (leaves.read_datetime, "2013-02-01T12:00:00.1234567890Z",
         NOON + timedelta(microseconds=123456)),
        (leaves.read_str, " as it is\n", " as it is\n"),
    ],
)  # fmt: skip
def test_text_reads_as_its_value(read: Callable[[str], Any], text: str, value: Any) -> None:
    """The forms that clients send."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((leaves.read_int, text) for text in (
            "", "x", "1.0", "1e3", "0x10", "1_000", "--1", "+", "٣", "1 2", "2147483648",
            "-2147483649", "9" * 30, "9" * 10_000, "１２", "1\x00")),
        *((leaves.read_long, text) for text in ("9223372036854775808", "")),
        *((leaves.read_bool, text) for text in ("", "yes", "2", "truee")),
        *((leaves.read_float, text) for text in (
            "", "1_0", "infinity", "nan", "0x1p3", "1e99999", "1e999", "-1e309", ".", "1,5", "１")),
        *((leaves.read_datetime, text) for text in (
            "", "now", "2013-02-30T12:00:00Z", "2013-02-01", "2013-W05-5T12:00:00Z",
            "2013-02-01T25:00:00Z", "2013-02-01T12:00:00ZZ", "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2013-02-01 12:00:00Z",
            "٢٠١٣-02-01T12:00:00Z", "2013-13-01T12:00:00.000Z")),
    ],
)  # fmt: skip
def test_x13_other_text_is_refused(read: Callable[[str], Any], text: str) -> None:
    """Also what Python itself would take."""
    with pytest.raises(BadLeaf) as bad:
        read(text)
    assert bad.value.wanted


@pytest.mark.parametrize(
    "read", [leaves.read_int, leaves.read_long, leaves.read_bool, leaves.read_float,
             leaves.read_datetime]
)  # fmt: skip
@pytest.mark.parametrize("unit", ["1", " ", "-", "2013-02-01T12:00:00.", "9e"])
def test_x13_a_megabyte_is_refused_at_once(read: Callable[[str], Any], unit: str) -> None:
    """Length is looked at before anything else."""
    text = unit * (1_000_000 // len(unit))

    def tried() -> None:
        with pytest.raises(BadLeaf):
            read(text)

    assert cpu_seconds(tried, 0.02) <= 0.02


@given(st.sampled_from(list(LEAVES)).flatmap(lambda of: st.tuples(st.just(of), LEAVES[of])))
def test_every_leaf_reads_back(leaf: tuple[Any, Any]) -> None:
    """Through XML, so that escaping is part of it."""
    of, value = leaf
    element = etree.fromstring(f"<a>{leaves.WRITERS[of](value)}</a>")
    assert leaves.READERS[of](element.text or "") == value


@given(st.text())
def test_any_text_is_written_as_wellformed_xml(text: str) -> None:
    """What XML cannot hold is replaced, never let through."""
    read = etree.fromstring(f"<a>{leaves.write_str(text)}</a>").text or ""
    assert len(read) == len(text)
    assert (read == text) == leaves.is_writable(text)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    """As every Amazon client expects."""
    there = datetime(2013, 2, 1, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    assert leaves.write_datetime(there) == "2013-02-01T12:00:00.123Z"
    assert leaves.write_datetime(datetime(13, 2, 1, tzinfo=UTC)) == "0013-02-01T00:00:00.000Z"


def test_a_time_without_a_zone_is_our_mistake() -> None:
    """It is not guessed."""
    with pytest.raises(ValueError, match="zone"):
        leaves.write_datetime(NOON.replace(tzinfo=None))


@pytest.mark.parametrize("value", [math.inf, -math.inf, 0.1, 1e300, -0.0])
def test_doubles_read_back(value: float) -> None:
    """In the spelling of XML Schema."""
    assert leaves.read_float(leaves.write_float(value)) == value


def test_not_a_number_has_its_own_spelling() -> None:
    """NaN."""
    assert leaves.write_float(math.nan) == "NaN"
    assert math.isnan(leaves.read_float("NaN"))
