# SPDX-License-Identifier: BSD-2-Clause
"""Object lock: nothing that is locked goes, is replaced, or is locked any less."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.stateful import run_state_machine_as_test as play

from eucalyptus.database.run import Database
from tests.walrus.operations.bench import Bench, refused, texts
from tests.walrus.serving import BOB
from walrus.core.locking import BYPASS, COMPLIANCE, GOVERNANCE, HOLD, MODE, UNTIL
from walrus.core.versions import VERSION_ID

LOCK = "x-amz-bucket-object-lock-enabled"
CONFIGURATION = "<ObjectLockConfiguration>{}</ObjectLockConfiguration>"
ENABLED = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"
DEFAULT = "<Rule><DefaultRetention>{}</DefaultRetention></Rule>"
RETENTION = "<Retention><Mode>{}</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>"
SOON, LATER = "2026-12-01T00:00:00Z", "2027-01-01T00:00:00.000Z"
BYPASSING = {BYPASS: "true"}


@pytest.fixture
def bench(database: Database) -> Bench:
    """A bucket whose objects can be locked."""
    made = Bench(database)
    made.do("PUT", headers={LOCK: "true"})
    return made


def put(bench: Bench, **headers: str) -> dict[str, str]:
    """A version of "k"; gives the query that names it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"versionId": bench.put("k", b"x", headers=named).headers[VERSION_ID]}


def retain(bench: Bench, version: dict[str, str], mode: str, until: str, **more: Any) -> None:
    """Put a retention."""
    body = RETENTION.format(mode, until).encode()
    bench.do("PUT", "k", query={"retention": "", **version}, body=body, **more)


def hold(bench: Bench, version: dict[str, str], status: str) -> None:
    """Put a legal hold."""
    body = f"<LegalHold><Status>{status}</Status></LegalHold>".encode()
    bench.do("PUT", "k", query={"legal-hold": "", **version}, body=body)


def test_a_retained_version_stays(bench: Bench) -> None:
    """Until its time is over; a delete marker takes nothing away, and may be taken away."""
    version = put(bench)
    retain(bench, version, COMPLIANCE, SOON)
    for headers in ({}, BYPASSING):
        with refused("AccessDenied"):
            bench.do("DELETE", "k", query=version, headers=headers)
    marker = bench.do("DELETE", "k").headers
    bench.do("DELETE", "k", query={"versionId": marker[VERSION_ID]})
    assert bench.get("k") == b"x"
    bench.pass_by(days=11)
    assert bench.do("DELETE", "k", query=version).status == 204


def test_many_deletions_are_checked_too(bench: Bench) -> None:
    """Each for itself."""
    locked, free = put(bench), put(bench)
    hold(bench, locked, "ON")
    objects = "".join(
        f"<Object><Key>k</Key><VersionId>{one['versionId']}</VersionId></Object>"
        for one in (locked, free)
    )
    answer = bench.do(
        "POST", query={"delete": ""}, headers={"content-md5": "good", **BYPASSING},
        body=f"<Delete>{objects}</Delete>".encode(),
    )  # fmt: skip
    assert texts(answer, "Deleted/VersionId") == [free["versionId"]]
    assert texts(answer, "Error/Code") == ["AccessDenied"]


def test_governance_yields_to_its_master(bench: Bench) -> None:
    """To who may bypass it and says so, and to nobody else."""
    version = put(bench, **{MODE: GOVERNANCE, UNTIL: SOON, HOLD: "OFF"})
    with refused("AccessDenied"):
        bench.do("DELETE", "k", query=version)
    with refused("AccessDenied"):
        bench.do("DELETE", "k", BOB, query=version, headers=BYPASSING)
    assert bench.do("DELETE", "k", query=version, headers=BYPASSING).status == 204


@pytest.mark.parametrize("mode", [GOVERNANCE, COMPLIANCE])
def test_a_retention_only_grows(bench: Bench, mode: str) -> None:
    """Longer is fine; shorter, weaker or none needs a bypass, which compliance does not know."""
    version = put(bench, **{MODE: mode, UNTIL: SOON})
    retain(bench, version, mode, LATER)
    other = COMPLIANCE if mode == GOVERNANCE else GOVERNANCE
    none = {"query": {"retention": "", **version}, "body": b"<Retention/>"}
    for headers in ({}, BYPASSING if mode == COMPLIANCE else {}):
        with refused("AccessDenied"):
            retain(bench, version, mode, SOON, headers=headers)
        with refused("AccessDenied"):
            retain(bench, version, other, LATER, headers=headers)
        with refused("AccessDenied"):
            bench.do("PUT", "k", headers=headers, **none)  # type: ignore[arg-type]
    shown = bench.do("GET", "k", query={"retention": "", **version})
    assert texts(shown, "Mode") + texts(shown, "RetainUntilDate") == [mode, LATER]
    if mode == GOVERNANCE:
        bench.do("PUT", "k", headers=BYPASSING, **none)  # type: ignore[arg-type]
        with refused("NoSuchObjectLockConfiguration"):
            bench.do("GET", "k", query={"retention": "", **version})


def test_a_legal_hold(bench: Bench) -> None:
    """Holds without an end; HEAD tells of it, and of the retention beside it."""
    version = put(bench, **{HOLD: "ON", MODE: GOVERNANCE, UNTIL: LATER})
    told = bench.do("HEAD", "k").headers
    assert (told[HOLD], told[MODE], told[UNTIL]) == ("ON", GOVERNANCE, LATER)
    bench.pass_by(days=4000)
    with refused("AccessDenied"):
        bench.do("DELETE", "k", query=version, headers=BYPASSING)
    hold(bench, version, "OFF")
    assert texts(bench.do("GET", "k", query={"legal-hold": "", **version}), "Status") == ["OFF"]
    assert bench.do("DELETE", "k", query=version).status == 204


def test_a_default_for_new_objects(bench: Bench) -> None:
    """Days or years from when they are put; what a request says comes first."""
    for period, until in (("<Days>2</Days>", "2026-11-23"), ("<Years>1</Years>", "2027-11-21")):
        rule = DEFAULT.format(f"<Mode>COMPLIANCE</Mode>{period}")
        body = CONFIGURATION.format(ENABLED + rule).encode()
        bench.do("PUT", query={"object-lock": ""}, body=body)
        put(bench)
        told = bench.do("HEAD", "k").headers
        assert (told[MODE], told[UNTIL][:10]) == (COMPLIANCE, until)
    assert rule.encode() in bench.do("GET", query={"object-lock": ""}).body
    put(bench, **{MODE: GOVERNANCE, UNTIL: LATER})
    assert bench.do("HEAD", "k").headers[MODE] == GOVERNANCE


def test_a_bucket_becomes_lockable_and_stays_so(database: Database) -> None:
    """Where its versions are kept; from then on they are kept for ever."""
    bench = Bench(database)
    bench.do("PUT")
    body = CONFIGURATION.format(ENABLED).encode()
    for state in ("", "Suspended"):
        if state:
            bench.version(state)
        with refused("InvalidBucketState"):
            bench.do("PUT", query={"object-lock": ""}, body=body)
    with refused("ObjectLockConfigurationNotFoundError"):
        bench.do("GET", query={"object-lock": ""})
    bench.version("Enabled")
    bench.do("PUT", query={"object-lock": ""}, body=body)
    with refused("InvalidBucketState"):
        bench.version("Suspended")
    assert bench.do("GET", query={"object-lock": ""}).body


@pytest.mark.parametrize("headers", [{HOLD: "ON"}, {MODE: GOVERNANCE, UNTIL: SOON}, {UNTIL: SOON}])
def test_buckets_without_object_lock(database: Database, headers: dict[str, str]) -> None:
    """Nothing can be locked in them, and nothing is put as if it were."""
    bench = Bench(database)
    bench.do("PUT")
    with refused("InvalidRequest"):
        bench.put("k", b"x", headers=headers)
    bench.put("k", b"x")
    for what in ("retention", "legal-hold"):
        for method in ("GET", "PUT"):
            with refused("InvalidRequest"):
                bench.do(method, "k", query={what: ""}, body=b"<Retention/>")


@pytest.mark.parametrize(
    "headers",
    [
        {HOLD: "on"}, {MODE: GOVERNANCE}, {UNTIL: SOON}, {MODE: "governance", UNTIL: SOON},
        {MODE: COMPLIANCE, UNTIL: "tomorrow"}, {MODE: COMPLIANCE, UNTIL: "2026-11-01T00:00:00Z"},
    ],
)  # fmt: skip
def test_malformed_locks_of_new_objects(bench: Bench, headers: dict[str, str]) -> None:
    """Nothing is put."""
    with refused("InvalidArgument"):
        bench.put("k", b"x", headers=headers)
    with refused("NoSuchKey"):
        bench.get("k")


@pytest.mark.parametrize(
    ("sub", "body", "code"),
    [
        ("retention", RETENTION.format("governance", SOON), "MalformedXML"),
        ("retention", RETENTION.format(GOVERNANCE, "tomorrow"), "MalformedXML"),
        ("retention", RETENTION.format(GOVERNANCE, "2026-11-01"), "InvalidArgument"),
        ("retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>", "MalformedXML"),
        ("legal-hold", "<LegalHold><Status>on</Status></LegalHold>", "MalformedXML"),
        ("legal-hold", "<LegalHold/>", "MalformedXML"),
        ("object-lock", CONFIGURATION.format(""), "MalformedXML"),
        ("object-lock", CONFIGURATION.format(ENABLED.replace(">E", ">e")), "MalformedXML"),
        ("object-lock", CONFIGURATION.format(ENABLED + DEFAULT.format("")), "MalformedXML"),
        *(
            ("object-lock", CONFIGURATION.format(
                ENABLED + DEFAULT.format(f"<Mode>{mode}</Mode>{period}")), code)
            for mode, period, code in (
                (GOVERNANCE, "", "MalformedXML"), ("none", "<Days>1</Days>", "MalformedXML"),
                (GOVERNANCE, "<Days>1</Days><Years>1</Years>", "MalformedXML"),
                (GOVERNANCE, "<Days>many</Days>", "MalformedXML"),
                (GOVERNANCE, "<Days>0</Days>", "InvalidRetentionPeriod"),
                (GOVERNANCE, "<Days>-1</Days>", "InvalidRetentionPeriod"),
                (GOVERNANCE, "<Years>101</Years>", "InvalidRetentionPeriod"),
            )
        ),
    ],
)  # fmt: skip
def test_malformed_documents(bench: Bench, sub: str, body: str, code: str) -> None:
    """What was locked stays locked as it was."""
    version = put(bench, **{HOLD: "ON"})
    with refused(code):
        bench.do("PUT", "" if sub == "object-lock" else "k", query={sub: ""}, body=body.encode())
    with refused("AccessDenied"):
        bench.do("DELETE", "k", query=version, headers=BYPASSING)


def test_who_may_lock(bench: Bench) -> None:
    """Not whoever may write into the bucket: what is locked, its owner cannot get rid of."""
    bench.do("PUT", query={"acl": ""}, headers={"x-amz-acl": "public-read-write"})
    with refused("AccessDenied"):
        bench.put("theirs", b"x", who=BOB, headers={MODE: COMPLIANCE, UNTIL: LATER})
    with refused("AccessDenied"):
        bench.put("theirs", b"x", who=BOB, headers={HOLD: "ON"})
    assert bench.put("theirs", b"x", who=BOB).status == 200


def test_who_hears_of_locks(bench: Bench) -> None:
    """Not everybody who may read the object."""
    put(bench, **{MODE: GOVERNANCE, UNTIL: LATER, HOLD: "ON", "x_amz_acl": "public-read"})
    assert {MODE, UNTIL, HOLD} <= bench.do("HEAD", "k").headers.keys()
    assert not {MODE, UNTIL, HOLD} & bench.do("HEAD", "k", BOB).headers.keys()


class LockModel(RuleBasedStateMachine):
    """One version, and what its lock should be."""

    database: Database

    @initialize()
    def begin(self) -> None:
        """A version without a lock."""
        self.bench = Bench(self.database)
        self.bench.do("PUT", headers={LOCK: "true"})
        self.version = put(self.bench)
        self.mode, self.until, self.hold = "", self.bench.now, False

    @property
    def retained(self) -> bool:
        """Whether its time is not over."""
        return bool(self.mode) and self.until > self.bench.now

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        """Let time pass."""
        self.bench.pass_by(days=days)

    @rule(on=st.booleans())
    def holds(self, on: bool) -> None:
        """Put or take the hold."""
        hold(self.bench, self.version, "ON" if on else "OFF")
        self.hold = on

    @rule(mode=st.sampled_from([GOVERNANCE, COMPLIANCE]), days=st.integers(1, 20),
          bypass=st.booleans())  # fmt: skip
    def retains(self, mode: str, days: int, bypass: bool) -> None:
        """Change the retention."""
        until = (self.bench.now).replace(microsecond=0)
        until = until.fromtimestamp(until.timestamp() + days * 86400, until.tzinfo)
        headers = BYPASSING if bypass else {}
        grows = mode == self.mode and until >= self.until
        free = not self.retained or (bypass and self.mode == GOVERNANCE)
        if grows or free:
            retain(self.bench, self.version, mode, until.isoformat(), headers=headers)
            self.mode, self.until = mode, until
        else:
            with refused("AccessDenied"):
                retain(self.bench, self.version, mode, until.isoformat(), headers=headers)

    @rule(bypass=st.booleans())
    def delete(self, bypass: bool) -> None:
        """The version goes only where the model lets it; then there is a new one."""
        headers = BYPASSING if bypass else {}
        free = not self.retained or (bypass and self.mode == GOVERNANCE)
        if free and not self.hold:
            self.bench.do("DELETE", "k", query=self.version, headers=headers)
            self.version = put(self.bench)
            self.mode, self.hold = "", False
        else:
            with refused("AccessDenied"):
                self.bench.do("DELETE", "k", query=self.version, headers=headers)
            assert self.bench.get("k", **self.version) == b"x"


def test_locks_hold(database: Database) -> None:
    """Whatever is tried in whatever order."""
    LockModel.database = database
    play(
        LockModel,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
