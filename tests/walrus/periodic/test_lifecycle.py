# SPDX-License-Identifier: BSD-2-Clause
"""What lifecycle rules let expire, and when, by a clock that the tests move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin
from tests.walrus.operations.bench import Bench, refused, texts
from walrus.core.lifecycle import HEADER, Calendar
from walrus.core.versions import ENABLED, VERSION_ID
from walrus.database import expiring, objects
from walrus.operations.world import Tables
from walrus.periodic.lifecycle import PAUSE, Lifecycle

RULE = "<Rule><ID>r</ID><Status>Enabled</Status>{}</Rule>"
EXPIRED = "<Expiration><Days>{}</Days></Expiration>"
OLD = "<NoncurrentVersionExpiration><NoncurrentDays>{}</NoncurrentDays>{}\
</NoncurrentVersionExpiration>"
ALL = "<Prefix/>"


class Sweeping(Bench):
    """A bucket and the rounds that go through it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.do("PUT")
        self.lifecycle = Lifecycle(
            tables=database, now=lambda: self.now, calendar=Calendar,
            bury=lambda *blobs: self.doomed.extend(blobs),
        )  # fmt: skip

    def rules(self, *rules: str) -> None:
        """Give the bucket these rules."""
        inside = "".join(RULE.format(rule) for rule in rules)
        inside = inside.replace("<ID>r</ID>", "<ID>other</ID>", len(rules) - 1)
        body = f"<LifecycleConfiguration>{inside}</LifecycleConfiguration>"
        self.do("PUT", query={"lifecycle": ""}, body=body.encode())

    def round(self, **later: float) -> list[str]:
        """A round after some time; gives the keys that are left."""
        self.pass_by(**later)
        assert spin(self.lifecycle.round()) == PAUSE
        return texts(self.do("GET"), "Contents/Key")

    def kept(self, kind: str = "Version") -> list[str]:
        """The keys of all versions, or of all delete markers."""
        return texts(self.do("GET", query={"versions": ""}), f"{kind}/Key")


@pytest.fixture
def bench(database: Database) -> Sweeping:
    """A bucket."""
    return Sweeping(database)


def test_objects_expire_at_midnight(bench: Sweeping) -> None:
    """So many days after they were put, when the day is over; others stay."""
    bench.rules("<Prefix>a/</Prefix>" + EXPIRED.format(2))
    for key in ("a", "a/1", "a/2", "b"):
        bench.put(key, b"x")
    assert bench.round(days=2) == ["a", "a/1", "a/2", "b"]
    assert bench.round(hours=11, minutes=59) == ["a", "a/1", "a/2", "b"]
    assert bench.round(seconds=60) == ["a", "b"]
    assert len(bench.doomed) == 2
    assert bench.round(days=1000) == ["a", "b"]


def test_a_day_of_a_rehearsal_is_short(bench: Sweeping) -> None:
    """It has so many seconds, and rounds come more often."""
    bench.lifecycle = replace(bench.lifecycle, calendar=lambda: Calendar(10.0))
    bench.rules(ALL + EXPIRED.format(3))
    bench.put("k", b"x")
    bench.pass_by(seconds=29)
    assert spin(bench.lifecycle.round()) == 2.5
    assert bench.get("k") == b"x"
    bench.pass_by(seconds=1)
    spin(bench.lifecycle.round())
    with refused("NoSuchKey"):
        bench.get("k")


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ("<Filter/>", []),
        ("<Filter><Prefix>b</Prefix></Filter>", ["a", "c"]),
        ("<Filter><Tag><Key>t</Key><Value>1</Value></Tag></Filter>", ["b", "c"]),
        ("<Filter><Tag><Key>t</Key><Value>0</Value></Tag></Filter>", ["a", "b", "c"]),
        ("<Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></Filter>", ["a"]),
        ("<Filter><ObjectSizeLessThan>3</ObjectSizeLessThan></Filter>", ["c"]),
        (
            "<Filter><And><Prefix/><Tag><Key>t</Key><Value>2</Value></Tag>"
            "<ObjectSizeLessThan>4</ObjectSizeLessThan></And></Filter>",
            ["a", "c"],
        ),
    ],
)
def test_what_is_chosen(bench: Sweeping, chosen: str, left: list[str]) -> None:
    """By prefix, tags and size."""
    bench.rules(chosen + EXPIRED.format(1))
    for number, key in enumerate("abc", 1):
        bench.put(key, b"x" * number, headers={"x-amz-tagging": f"t={number}&u=0"})
    assert bench.round(days=3) == left


def test_a_date(bench: Sweeping) -> None:
    """Everything there is expires then, however new."""
    bench.rules(ALL + "<Expiration><Date>2026-11-24T00:00:00Z</Date></Expiration>")
    bench.put("k", b"x")
    assert bench.round(days=2) == ["k"]
    bench.put("new", b"x")
    assert bench.round(days=1) == []


def test_a_rule_can_rest(bench: Sweeping) -> None:
    """Rules that are disabled or deleted do nothing."""
    bench.put("k", b"x")
    off = RULE.replace("Enabled", "Disabled").format(ALL + EXPIRED.format(1))
    body = f"<LifecycleConfiguration>{off}</LifecycleConfiguration>"
    bench.do("PUT", query={"lifecycle": ""}, body=body.encode())
    assert bench.round(days=9) == ["k"]
    bench.rules(ALL + EXPIRED.format(1))
    assert bench.do("DELETE", query={"lifecycle": ""}).status == 204
    assert bench.round(days=9) == ["k"]
    with refused("NoSuchLifecycleConfiguration"):
        bench.do("GET", query={"lifecycle": ""})


def test_versions_expire(bench: Sweeping) -> None:
    """An expired object gets a delete marker; older versions go so long after they were
    succeeded, some later; a delete marker that hides nothing goes too."""
    bench.version(ENABLED)
    bench.rules(
        "<Prefix>a</Prefix>" + EXPIRED.format(10)
        + OLD.format(3, "<NewerNoncurrentVersions>1</NewerNoncurrentVersions>")
    )  # fmt: skip
    for _ in range(4):
        bench.put("a", b"x")
        bench.put("b", b"x")
    bench.round(days=2)
    assert bench.kept().count("a") == 4
    assert bench.round(days=2) == ["a", "b"]
    assert (bench.kept().count("a"), bench.kept().count("b")) == (2, 4)
    assert bench.round(days=8) == ["b"]
    assert bench.kept("DeleteMarker") == ["a"]
    bench.round(days=5)
    assert (bench.kept().count("a"), bench.kept("DeleteMarker")) == (1, ["a"])


def test_markers_that_hide_nothing(bench: Sweeping) -> None:
    """They go at once where the rule says so, and never while an older version is left."""
    bench.version(ENABLED)
    bench.rules(ALL + "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
                "</Expiration>" + OLD.format(1, ""))  # fmt: skip
    bench.put("k", b"x")
    bench.do("DELETE", "k")
    bench.round()
    assert (bench.kept(), bench.kept("DeleteMarker")) == (["k"], ["k"])
    bench.round(days=2)
    assert (bench.kept(), bench.kept("DeleteMarker")) == ([], [])


def test_locked_versions_stay(bench: Sweeping) -> None:
    """A rule is no way around a legal hold or a retention."""
    bench.version(ENABLED)
    lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
    body = f"{lock}</ObjectLockConfiguration>".encode()
    bench.do("PUT", query={"object-lock": ""}, body=body)
    bench.rules(ALL + OLD.format(1, ""))
    held = bench.put("k", b"x", headers={"x-amz-object-lock-legal-hold": "ON"}).headers[VERSION_ID]
    until = {"x-amz-object-lock-mode": "GOVERNANCE",
             "x-amz-object-lock-retain-until-date": "2026-12-31T00:00:00Z"}  # fmt: skip
    bench.put("k", b"x", headers=until)
    bench.put("k", b"x")
    bench.put("k", b"x")
    bench.round(days=9)
    assert bench.kept() == ["k"] * 3
    bench.round(days=90)
    assert bench.kept() == ["k"] * 2
    off = b"<LegalHold><Status>OFF</Status></LegalHold>"
    bench.do("PUT", "k", query={"legal-hold": "", "versionId": held}, body=off)
    bench.round()
    assert bench.kept() == ["k"]


def test_uploads_end(bench: Sweeping) -> None:
    """Those that nobody completes are aborted."""
    days = "<DaysAfterInitiation>2</DaysAfterInitiation>"
    abort = f"<AbortIncompleteMultipartUpload>{days}</AbortIncompleteMultipartUpload>"
    bench.rules("<Prefix>a</Prefix>" + abort)
    for key in ("a", "b"):
        bench.do("POST", key, query={"uploads": ""})
    bench.round(days=2)
    assert texts(bench.do("GET", query={"uploads": ""}), "Upload/Key") == ["a", "b"]
    bench.round(days=1)
    assert texts(bench.do("GET", query={"uploads": ""}), "Upload/Key") == ["b"]


def test_more_than_a_page(bench: Sweeping) -> None:
    """All of it goes in one round."""
    bench.rules(ALL + EXPIRED.format(1))
    for number in range(expiring.PAGE + 5):
        bench.put(f"{number:04}", b"")
    assert bench.round(days=3) == []


def test_what_changed_meanwhile_stays(bench: Sweeping) -> None:
    """Between the search and the removal an object can be put anew, or become the latest again."""
    bench.rules(ALL + EXPIRED.format(1))
    bench.put("k", b"old")
    bench.pass_by(days=3)
    tables: Any = bench.world.tables
    found = spin(tables.read(objects.find, bench.bucket, "k"))
    newer = replace(found, blob="f" * 32, modified=bench.now)
    put = [lambda tx: objects.put(tx, newer, lambda _: None)]

    class Between:
        """Puts the object anew after the search."""

        run, read = tables.run, tables.read

        async def statement(self, *work: Any) -> Any:
            """Once."""
            if put:
                await tables.statement(put.pop())
            return await tables.statement(*work)

    bench.lifecycle = replace(bench.lifecycle, tables=cast(Tables, Between()))
    assert bench.round() == ["k"]
    assert not put


def test_readers_hear_when(bench: Sweeping) -> None:
    """PUT, GET and HEAD tell the date of the rule that comes first, of the latest version only."""
    bench.version(ENABLED)
    late, early = EXPIRED.format(9), EXPIRED.format(2)
    bench.rules(ALL + late, "<Filter><Tag><Key>t</Key><Value>1</Value></Tag></Filter>" + early)
    first = bench.put("k", b"x").headers
    assert first[HEADER] == 'expiry-date="Tue, 01 Dec 2026 00:00:00 GMT", rule-id="other"'
    bench.put("k", b"x", headers={"x-amz-tagging": "t=1"})
    for method in ("GET", "HEAD"):
        assert "24 Nov 2026" in bench.do(method, "k").headers[HEADER]
    assert HEADER not in bench.do("HEAD", "k", query={"versionId": first[VERSION_ID]}).headers
