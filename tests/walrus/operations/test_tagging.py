# SPDX-License-Identifier: BSD-2-Clause
"""Tags of buckets and objects."""

from __future__ import annotations

import pytest

from eucalyptus.database.run import Database
from tests.walrus.operations.bench import Bench, refused, texts
from tests.walrus.serving import BOB
from walrus.core.versions import ENABLED, VERSION_ID

TAG = "<Tag><Key>{}</Key><Value>{}</Value></Tag>"
TAGGING = "<Tagging><TagSet>{}</TagSet></Tagging>"


def document(tags: dict[str, str]) -> bytes:
    """Tagging."""
    return TAGGING.format("".join(TAG.format(*tag) for tag in tags.items())).encode()


@pytest.fixture
def bench(database: Database) -> Bench:
    """A bucket with an object."""
    made = Bench(database)
    made.do("PUT")
    made.put("k", b"x", headers={"x-amz-tagging": "b=2&a%20b=%C3%BC&empty"})
    return made


def tags(bench: Bench, key: str = "k", **query: str) -> dict[str, str]:
    """What is shown."""
    answer = bench.do("GET", key, query={"tagging": "", **query})
    found = zip(texts(answer, "TagSet/Tag/Key"), texts(answer, "TagSet/Tag/Value"), strict=True)
    return dict(found)


def test_objects_have_tags(bench: Bench) -> None:
    """From the header, from a document, taken off; counted, and kept by version."""
    assert tags(bench) == {"a b": "ü", "b": "2", "empty": ""}
    assert bench.do("HEAD", "k").headers["x-amz-tagging-count"] == "3"
    bench.version(ENABLED)
    assert bench.put("k", b"y").headers[VERSION_ID]
    assert "x-amz-tagging-count" not in bench.do("HEAD", "k").headers
    most = {f"{'k' * 126}{number:02}": "v" * 256 for number in range(10)}
    bench.do("PUT", "k", query={"tagging": ""}, body=document(most))
    assert tags(bench) == most
    assert len(tags(bench, versionId="null")) == 3
    gone = bench.do("DELETE", "k", query={"tagging": "", "versionId": "null"})
    assert (gone.status, gone.headers) == (204, {VERSION_ID: "null"})
    assert (tags(bench), tags(bench, versionId="null")) == (most, {})


def test_buckets_have_tags(bench: Bench) -> None:
    """Up to fifty; without any there is no set."""
    with refused("NoSuchTagSet"):
        tags(bench, "")
    many = {f"{number:02}": "" for number in range(50)}
    assert bench.do("PUT", query={"tagging": ""}, body=document(many)).status == 204
    assert tags(bench, "") == many
    with refused("InvalidTag"):
        bench.do("PUT", query={"tagging": ""}, body=document(many | {"one": "more"}))
    assert tags(bench, "") == many
    assert bench.do("DELETE", query={"tagging": ""}).status == 204
    with refused("NoSuchTagSet"):
        tags(bench, "")


BAD = [
    (document({str(number): "" for number in range(11)}), "InvalidTag"),
    (document({"k" * 129: ""}), "InvalidTag"), (document({"k": "v" * 257}), "InvalidTag"),
    (document({"": "v"}), "InvalidTag"), (document({"aws:mine": "v"}), "InvalidTag"),
    (TAGGING.format(TAG.format("a", 1) * 2).encode(), "InvalidTag"),
    (TAGGING.format("<Tag><Key>a</Key></Tag>").encode(), "MalformedXML"),
    (TAGGING.format("<Tag><Key><b/></Key><Value/></Tag>").encode(), "MalformedXML"),
    (TAGGING.format("<Pair/>").encode(), "InvalidTag"), (b"<Tagging/>", "MalformedXML"),
    (b"<TagSet/>", "MalformedXML"), (b"", "MalformedXML"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), BAD)
def test_malformed_tags(bench: Bench, body: bytes, code: str) -> None:
    """The old tags stay."""
    with refused(code):
        bench.do("PUT", "k", query={"tagging": ""}, body=body)
    assert len(tags(bench)) == 3


@pytest.mark.parametrize("header", ["a=1&a=2", "&".join(map(str, range(11))), "%ff=1", "%00"])
def test_malformed_headers(bench: Bench, header: str) -> None:
    """The object is not replaced."""
    with refused("InvalidTag"):
        bench.put("k", b"new", headers={"x-amz-tagging": header})
    assert bench.get("k") == b"x"


def test_tags_of_what_is_not_there(bench: Bench) -> None:
    """Neither of a missing object nor of a stranger's."""
    with refused("NoSuchKey"):
        tags(bench, "missing")
    with refused("NoSuchVersion"):
        bench.do("PUT", "k", query={"tagging": "", "versionId": "0" * 16}, body=document({}))
    for method in ("GET", "PUT", "DELETE"):
        with refused("AccessDenied"):
            bench.do(method, "k", BOB, query={"tagging": ""}, body=document({}))
    assert len(tags(bench)) == 3
