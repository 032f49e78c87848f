# SPDX-License-Identifier: BSD-2-Clause
"""A versioned bucket behaves like lists of versions: a state machine plays both and compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as play
from lxml import etree

from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin
from tests.walrus.operations.bench import Bench, refused, texts
from tests.walrus.serving import BOB
from walrus.core.versions import DELETE_MARKER, ENABLED, NULL, SUSPENDED, VERSION_ID
from walrus.operations.world import Answer

KEYS = st.sampled_from(["a", "a/b", "b", "ü"])


@dataclass(frozen=True)
class Kept:
    """One version; ``body`` is None for a delete marker."""

    version: str
    body: bytes | None


class VersionsModel(RuleBasedStateMachine):
    """One bucket, and by key its versions, the newest first."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(self.database)
        self.bench.do("PUT")
        self.state = ""
        self.held: dict[str, list[Kept]] = {}

    def of(self, key: str) -> list[Kept]:
        """A key's versions."""
        return self.held.setdefault(key, [])

    def enter(self, key: str, answer: Answer, body: bytes | None) -> None:
        """A new version has come, which replaces the null version unless it has a name."""
        version = answer.headers.get(VERSION_ID, NULL)
        assert (version == NULL) == (self.state != ENABLED)
        kept = [one for one in self.of(key) if version != NULL or one.version != NULL]
        self.held[key] = [Kept(version, body), *kept]

    @rule(state=st.sampled_from([ENABLED, SUSPENDED]))
    def change(self, state: str) -> None:
        """Enable or suspend."""
        self.bench.version(state)
        self.state = state
        assert texts(self.bench.do("GET", query={"versioning": ""}), "Status") == [state]

    @rule(key=KEYS, body=st.binary(max_size=9))
    def put(self, key: str, body: bytes) -> None:
        """A new version, or another null version."""
        self.enter(key, self.bench.put(key, body), body)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        """A delete marker, or nothing is left."""
        self.bench.pass_by(seconds=1)
        answer = self.bench.do("DELETE", key)
        if self.state:
            assert answer.headers[DELETE_MARKER] == "true"
            self.enter(key, answer, None)
        else:
            assert not answer.headers
            self.held.pop(key, None)

    @rule(key=KEYS, place=st.integers(0, 3), together=st.booleans())
    def delete_version(self, key: str, place: int, together: bool) -> None:
        """That version goes and no other, once or together with one that is not there."""
        kept = self.of(key)
        version = kept[place].version if place < len(kept) else NULL
        if together:
            self.delete_together(key, version)
        else:
            answer = self.bench.do("DELETE", key, query={"versionId": version})
            gone = [one for one in kept if one.version == version]
            marked = bool(gone) and gone[0].body is None
            assert answer.headers.get(DELETE_MARKER) == ("true" if marked else None)
        self.held[key] = [one for one in kept if one.version != version]

    def delete_together(self, key: str, version: str) -> None:
        """By a document that also names what cannot be and what is not there."""
        objects = "".join(
            f"<Object><Key>{key}</Key><VersionId>{one}</VersionId></Object>"
            for one in (version, "0" * 16, "nonsense")
        )
        answer = self.bench.do(
            "POST", query={"delete": ""}, headers={"content-md5": "checked by the resource"},
            body=f"<Delete>{objects}</Delete>".encode(),
        )  # fmt: skip
        assert sorted(texts(answer, "Deleted/VersionId")) == sorted([version, "0" * 16])
        assert texts(answer, "Error/Code") == ["InvalidArgument"]

    @rule(key=KEYS, place=st.integers(0, 3))
    def get(self, key: str, place: int) -> None:
        """The latest version, and each by its name."""
        kept = self.of(key)
        if kept and kept[0].body is not None:
            assert self.bench.get(key) == kept[0].body
        else:
            with refused("NoSuchKey"):
                self.bench.get(key)
        if place >= len(kept):
            with refused("NoSuchVersion"):
                self.bench.get(key, versionId="f" * 16)
        elif kept[place].body is None:
            with refused("MethodNotAllowed"):
                self.bench.get(key, versionId=kept[place].version)
        else:
            assert self.bench.get(key, versionId=kept[place].version) == kept[place].body

    @rule(most=st.integers(1, 4), delimiter=st.sampled_from(["", "/"]), erase=st.booleans())
    def list_versions(self, most: int, delimiter: str, erase: bool) -> None:
        """Every page together shows every version once, newest first; also to a reader who
        deletes what it has seen."""
        seen: list[tuple[str, str, bool]] = []
        wanted = [
            (key, one.version, place == 0)
            for key in sorted(self.held)
            if not delimiter or "/" not in key
            for place, one in enumerate(self.held[key])
        ]
        marker: dict[str, str] = {}
        for _ in range(2 * len(wanted) + 3):
            query = {"versions": "", "max-keys": str(most), "delimiter": delimiter, **marker}
            answer = self.bench.do("GET", query=query)
            page = shown(answer)
            seen += page
            for key, version, _ in page if erase else ():
                self.bench.do("DELETE", key, query={"versionId": version})
                self.held[key] = [one for one in self.held[key] if one.version != version]
            if texts(answer, "IsTruncated") == ["false"]:
                break
            marker = {"key-marker": texts(answer, "NextKeyMarker")[0]}
            after = texts(answer, "NextVersionIdMarker")
            marker |= {"version-id-marker": after[0]} if after else {}
        else:
            pytest.fail("the listing does not end")
        assert [one[:2] for one in seen] == [one[:2] for one in wanted]
        assert erase or seen == wanted

    @invariant()
    def readers_see_the_latest(self) -> None:
        """The plain listing shows the objects that GET finds, and no blob is left over."""
        latest = [key for key, kept in self.held.items() if kept and kept[0].body is not None]
        assert texts(self.bench.do("GET"), "Contents/Key") == sorted(latest)
        bodies = [one.body for kept in self.held.values() for one in kept if one.body is not None]
        assert len(self.bench.store.kept) - len(self.bench.doomed) == len(bodies)

    def teardown(self) -> None:
        """Bury what is doomed; then the store holds the versions and nothing else."""
        if self.bench.doomed:
            spin(self.bench.graveyard.remove(self.bench.doomed))
        bodies = [one.body for kept in self.held.values() for one in kept if one.body is not None]
        assert len(self.bench.store.kept) == len(bodies)


def shown(answer: Answer) -> list[tuple[str, str, bool]]:
    """Key, version and whether it is the latest, of each version and marker of a page."""
    found: list[tuple[str, str, bool]] = []
    for one in etree.fromstring(answer.body):
        if etree.QName(one).localname in ("Version", "DeleteMarker"):
            fields: dict[Any, str] = {etree.QName(f).localname: f.text or "" for f in one}
            found.append((fields["Key"], fields["VersionId"], fields["IsLatest"] == "true"))
    return found


def test_a_versioned_bucket_is_lists(database: Database) -> None:
    """Played on a real database and a store in memory."""
    VersionsModel.database = database
    play(
        VersionsModel,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


@pytest.fixture
def bench(database: Database) -> Bench:
    """A bucket."""
    made = Bench(database)
    made.do("PUT")
    return made


def test_clocks_may_differ(bench: Bench) -> None:
    """A version put by a gateway whose clock is behind is the newest all the same."""
    bench.version(ENABLED)
    first = bench.put("k", b"first").headers[VERSION_ID]
    bench.pass_by(days=-1)
    second = bench.put("k", b"second").headers[VERSION_ID]
    assert bench.get("k") == b"second"
    assert [one[1] for one in shown(bench.do("GET", query={"versions": ""}))] == [second, first]


@pytest.mark.parametrize(
    "what", [pytest.param(what, id=f"S-65 {what}") for what in ("an object", "versions", "uploads")]
)
def test_s65_only_an_empty_bucket_goes(bench: Bench, what: str) -> None:
    """Neither objects nor older versions nor delete markers are lost with their bucket; uploads
    that nobody completed go with it."""
    bench.version(ENABLED)
    if what == "uploads":
        bench.do("POST", "k", query={"uploads": ""})
    else:
        version = bench.put("k", b"x").headers[VERSION_ID]
        marker = bench.do("DELETE", "k").headers[VERSION_ID] if what == "versions" else ""
        for one in filter(None, (version, marker)):
            with refused("BucketNotEmpty"):
                bench.do("DELETE")
            bench.do("DELETE", "k", query={"versionId": one})
    assert bench.do("DELETE").status == 204
    with refused("NoSuchBucket"):
        bench.do("HEAD")


DELETE = "<Delete>{}</Delete>"
OBJECT = "<Object><Key>k</Key>{}</Object>"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (DELETE.format(""), "MalformedXML"),
        (DELETE.format(OBJECT.format("") * 1001), "MalformedXML"),
        (DELETE.format("<Object><Key/></Object>"), "MalformedXML"),
        (DELETE.format(f"<Object><Key>{'k' * 1025}</Key></Object>"), "KeyTooLongError"),
        (DELETE.format(OBJECT.format("<Key>twice</Key>")), "MalformedXML"),
        (DELETE.format(OBJECT.format("<Size>big</Size>")), "MalformedXML"),
        (DELETE.format(OBJECT.format("<LastModifiedTime>now</LastModifiedTime>")), "MalformedXML"),
        (DELETE.format("<All/>"), "MalformedXML"),
        ("<Deletes/>", "MalformedXML"),
        ("<Delete>", "MalformedXML"),
        ("<!DOCTYPE x><Delete/>", "MalformedXML"),
    ],
)
def test_malformed_deletions(bench: Bench, document: str, code: str) -> None:
    """Nothing is deleted by a document that is not wholly understood."""
    bench.put("k", b"x")
    post: dict[str, Any] = {
        "query": {"delete": ""},
        "headers": {"content-md5": "good"},
    }
    with refused(code):
        bench.do("POST", **post, body=document.encode())
    assert bench.get("k") == b"x"
    with refused("InvalidRequest"):
        bench.do("POST", query=post["query"], body=DELETE.format(OBJECT.format("")).encode())
    twin = DELETE.format("<Quiet>true</Quiet>" + OBJECT.format(""))
    assert texts(bench.do("POST", **post, body=twin.encode()), "Deleted") == []
    with refused("NoSuchKey"):
        bench.get("k")


VERSIONING = "<VersioningConfiguration>{}</VersioningConfiguration>"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("", "IllegalVersioningConfigurationException"),
        ("<Status>enabled</Status>", "MalformedXML"),
        ("<Status>Enabled</Status><Status>Enabled</Status>", "MalformedXML"),
        ("<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>", "NotImplemented"),
        ("<Status><b/></Status>", "MalformedXML"),
    ],
)
def test_malformed_versioning(bench: Bench, inside: str, code: str) -> None:
    """A bucket stays as it is."""
    with refused(code):
        bench.do("PUT", query={"versioning": ""}, body=VERSIONING.format(inside).encode())
    assert texts(bench.do("GET", query={"versioning": ""}), "Status") == []


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", {"versionId": ""}, "InvalidArgument"),
        ("GET", {"versionId": "../../etc"}, "InvalidArgument"),
        ("DELETE", {"versionId": "G" * 16}, "InvalidArgument"),
        ("PUT", {"versionId": "0" * 16}, "InvalidArgument"),
        ("GET", {"versionId": "0" * 16}, "NoSuchVersion"),
        ("GET", {"versionId": "null"}, ""),
    ],
)
def test_names_of_versions(bench: Bench, method: str, query: dict[str, str], code: str) -> None:
    """What names no version is refused, and where none is taken too."""
    bench.put("k", b"x")
    if not code:
        assert bench.get("k", **query) == b"x"
        return
    with refused(code):
        bench.do(method, "k", query=query)
    assert bench.get("k") == b"x"


def test_a_marker_needs_its_key(bench: Bench) -> None:
    """A version to go on behind is one of a key."""
    with refused("InvalidArgument"):
        bench.do("GET", query={"versions": "", "version-id-marker": "0" * 16})
    with refused("InvalidArgument"):
        query = {"versions": "", "key-marker": "k", "version-id-marker": "nonsense"}
        bench.do("GET", query=query)


@pytest.mark.parametrize(
    "headers",
    [
        {"if-match": '"other"'},
        {"x-amz-if-match-size": "2"},
        {"x-amz-if-match-last-modified-time": "Fri, 20 Nov 2026 00:00:00 GMT"},
    ],
)
def test_only_what_is_expected_is_deleted(bench: Bench, headers: dict[str, str]) -> None:
    """Another object stays; one that is not there is deleted already, and gets no marker."""
    bench.version(ENABLED)
    etag = bench.put("k", b"x").headers["etag"]
    with refused("PreconditionFailed"):
        bench.do("DELETE", "k", headers=headers)
    assert bench.get("k") == b"x"
    assert bench.do("DELETE", "gone", headers=headers).headers == {}
    bench.do("DELETE", "k", headers={"if-match": etag, "x-amz-if-match-size": "1"})
    with refused("PreconditionFailed"):
        bench.do("DELETE", "k", headers=headers)
    assert bench.do("DELETE", "k", headers={"if-match": "*"}).headers[DELETE_MARKER] == "true"


@pytest.mark.parametrize(
    "headers", [{"x-amz-if-match-size": "-1"}, {"x-amz-if-match-last-modified-time": "soon"}]
)
def test_expectations_make_sense(bench: Bench, headers: dict[str, str]) -> None:
    """What cannot be read is no condition that holds."""
    bench.put("k", b"x")
    with refused("InvalidArgument"):
        bench.do("DELETE", "k", headers=headers)
    assert bench.get("k") == b"x"


def test_each_of_many_is_asked_for(bench: Bench) -> None:
    """A stranger's document is answered, and says of every key that it may not."""
    bench.put("k", b"x")
    document = DELETE.format(OBJECT.format(""))
    post: dict[str, Any] = {"query": {"delete": ""}, "headers": {"content-md5": "good"}}
    answer = bench.do("POST", who=BOB, **post, body=document.encode())
    assert (texts(answer, "Error/Key"), texts(answer, "Error/Code")) == (["k"], ["AccessDenied"])
    assert texts(answer, "Deleted/Key") == []
    assert bench.get("k") == b"x"
