# SPDX-License-Identifier: BSD-2-Clause
"""Lifecycle documents in and out, and the days they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from walrus.core.lifecycle import Calendar, Chosen, Rule
from walrus.core.lifecycle_documents import kept_rules, rules, shown

DOCUMENT = "<LifecycleConfiguration>{}</LifecycleConfiguration>"
RULE = "<Rule><Status>Enabled</Status>{}</Rule>"
DAYS = "<Expiration><Days>1</Days></Expiration>"
ALL = "<Prefix/>"
DAY = "<Days>{}</Days>"

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=9)
NUMBERS = st.integers(1, 2**31 - 1)
MIDNIGHTS = st.dates().map(lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC))


@st.composite
def some_rule(draw: st.DrawFn) -> Rule:
    """A rule that a document can say."""
    alone = draw(st.booleans())
    chosen = Chosen(prefix=draw(TEXT))
    if not alone and draw(st.booleans()):
        size = st.none() | st.integers(0, 2**40)
        chosen = Chosen(
            prefix=draw(TEXT), tags=draw(st.dictionaries(TEXT, TEXT, max_size=3)),
            larger=draw(size), smaller=draw(size),
        )  # fmt: skip
    plain = chosen == Chosen(prefix=chosen.prefix)
    when = draw(st.sampled_from(["days", "date", "markers"] if plain else ["days", "date"]))
    noncurrent = draw(st.just(0) | NUMBERS)
    return Rule(
        id=draw(st.uuids()).hex, enabled=draw(st.booleans()), chosen=chosen, prefix_alone=alone,
        days=draw(NUMBERS) if when == "days" else 0,
        date=draw(MIDNIGHTS) if when == "date" else None,
        lone_markers=when == "markers", noncurrent_days=noncurrent,
        newer_noncurrent=draw(st.integers(0, 100)) if noncurrent else 0,
        upload_days=draw(st.just(0) | NUMBERS) if plain else 0,
    )  # fmt: skip


@given(st.lists(some_rule(), min_size=1, max_size=4))
def test_what_is_shown_is_what_was_said(said: list[Rule]) -> None:
    """Every rule comes back from its document."""
    assert kept_rules(shown(said).decode()) == tuple(said)


def test_rules_without_a_name_get_one() -> None:
    """By their place."""
    found = rules(DOCUMENT.format(RULE.format(ALL + DAYS) * 2).encode())
    assert [rule.id for rule in found] == ["rule-1", "rule-2"]


def expiring(inside: str) -> str:
    """A rule that says this of expiration."""
    return RULE.format(f"{ALL}<Expiration>{inside}</Expiration>")


def tagged(action: str) -> str:
    """A rule with tags."""
    return RULE.format(f"<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>{action}")


NONCURRENT = "<NoncurrentVersionExpiration>{}</NoncurrentVersionExpiration>"
ABORT = "<AbortIncompleteMultipartUpload>{}</AbortIncompleteMultipartUpload>"
INITIATED = "<DaysAfterInitiation>1</DaysAfterInitiation>"
BAD = [
    ("", "MalformedXML"), (RULE.format(ALL + DAYS) * 1001, "MalformedXML"),
    ("<Role/>", "MalformedXML"), (RULE.format(DAYS), "MalformedXML"),
    (RULE.format(ALL), "InvalidRequest"), (RULE.format(f"{ALL}<Filter/>{DAYS}"), "MalformedXML"),
    (RULE.format(f"<Filter><Suffix/></Filter>{DAYS}"), "MalformedXML"),
    (RULE.replace("E", "e", 1).format(ALL + DAYS), "MalformedXML"),
    (RULE.format(f"<ID>{'i' * 256}</ID>{ALL}{DAYS}"), "InvalidArgument"),
    (RULE.format(f"<ID>i</ID>{ALL}{DAYS}") * 2, "InvalidArgument"),
    (expiring(""), "MalformedXML"), (expiring(DAY.format(0)), "InvalidArgument"),
    (expiring(DAY.format(-1)), "InvalidArgument"), (expiring(DAY.format(2**31)), "InvalidArgument"),
    (expiring(DAY.format("1.5")), "MalformedXML"),
    (expiring(DAY.format("9" * 30)), "MalformedXML"),
    (expiring("<Days>1</Days><Date>2026-01-01</Date>"), "MalformedXML"),
    (expiring("<Date>tomorrow</Date>"), "MalformedXML"),
    (expiring("<Date>2026-01-01T12:00:00Z</Date>"), "InvalidArgument"),
    (RULE.format(ALL + NONCURRENT.format("")), "MalformedXML"),
    (RULE.format(ALL + NONCURRENT.format("<NoncurrentDays>1</NoncurrentDays>"
     "<NewerNoncurrentVersions>101</NewerNoncurrentVersions>")), "InvalidArgument"),
    (RULE.format(ALL + ABORT.format("")), "MalformedXML"),
    (tagged(ABORT.format(INITIATED)), "InvalidRequest"),
    (tagged("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
            "</Expiration>"), "InvalidRequest"),
    (RULE.format(f"{ALL}<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass>"
                 "</Transition>"), "InvalidStorageClass"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "code"), BAD)
def test_malformed_rules(inside: str, code: str) -> None:
    """Each is refused by S3's code."""
    with pytest.raises(Refused) as caught:
        rules(DOCUMENT.format(inside).encode())
    assert caught.value.refusal.code == code


MOMENTS = st.integers(946_684_800_000_000, 4_102_444_800_000_000).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


@given(MOMENTS, MOMENTS, st.integers(1, 40_000) | NUMBERS, st.sampled_from([0.0, 10.0]))
def test_both_ways_of_counting_agree(
    beginning: datetime, now: datetime, days: int, day: float
) -> None:
    """What is told of one object is what a search finds."""
    calendar = Calendar(day)
    assert (calendar.end(beginning, days) <= now) == (beginning <= calendar.youngest(now, days))


@given(MOMENTS, st.integers(1, 40_000))
def test_days_end_at_midnight(beginning: datetime, days: int) -> None:
    """Never before they are over, and less than a day later."""
    end = Calendar().end(beginning, days)
    assert (end.hour, end.minute, end.second, end.microsecond) == (0, 0, 0, 0)
    assert timedelta(0) <= end - (beginning + timedelta(days=days)) < timedelta(days=1)
