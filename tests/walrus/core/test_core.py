# SPDX-License-Identifier: BSD-2-Clause
"""Names, listings, conditions, documents: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from eucalyptus.contracts.refusals import Refused
from walrus.core import conditions, documents, keys, listing
from walrus.core.conditions import Slice
from walrus.core.listing import Ask, Entry, Span
from walrus.core.records import Bucket, Owner

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
OWNER = Owner(account_id="1" * 12, canonical_id="c" * 64, name="a&b")

GOOD = ["abc", "a.b.c", "a-b", "0ab", "a" * 63, "my.bucket-1"]
BAD = [
    "", "a", "ab", "a" * 64, "A", "Abc", "_abc", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "a.-b",
    "a-.b", "192.168.1.1", "xn--abc", "abc-s3alias", "image", "services", "latest", "..", ".",
    "a/b", "a\0b", "aé", "ab\n", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_bucket_names(name: str) -> None:
    """What S3 allows."""
    keys.check_bucket(name)


@pytest.mark.parametrize("name", BAD)
def test_bad_bucket_names(name: str) -> None:
    """What it does not, and what is ours (S-01)."""
    with pytest.raises(Refused, match="cannot name a bucket"):
        keys.check_bucket(name)


@pytest.mark.parametrize(
    ("path", "bucket", "key"),
    [
        ("/", "", ""), ("/b", "b", ""), ("/b/", "b", ""), ("/b/k", "b", "k"),
        ("/b/../x", "b", "../x"), ("/b/%2e%2e%2fx", "b", "../x"), ("/b//", "b", "/"),
        ("/b/a+b%20c", "b", "a+b c"), ("/b/%C3%BC", "b", "ü"), ("/b/a%3Fb", "b", "a?b"),
    ],
)  # fmt: skip
def test_keys_are_opaque(path: str, bucket: str, key: str) -> None:
    """A key is what was sent, decoded once (S-02, S-03)."""
    assert keys.target(path) == keys.Target(bucket=bucket, key=key)


def test_mounts_and_images() -> None:
    """Both mounts mean the same; ``image`` is a service of its own."""
    assert keys.below_mount("/services/Walrus/b/k") == "/b/k"
    assert keys.below_mount("/services/objectstorage") == "/"
    found = keys.target("/image/b/x/y.manifest.xml")
    assert (found.image, found.bucket, found.key) == (True, "b", "x/y.manifest.xml")


@pytest.mark.parametrize("path", ["/b/%ff", "/b/%00", "//k", "/b/%ed%a0%80"])
def test_unreadable_paths(path: str) -> None:
    """Invalid UTF-8, NUL, an empty bucket."""
    with pytest.raises(Refused, match="address cannot be read"):
        keys.target(path)


def test_the_longest_key() -> None:
    """1024 bytes, counted in UTF-8."""
    assert len(keys.target("/b/" + "k" * 1024).key) == 1024
    for path in ("/b/" + "k" * 1025, "/b/" + "%C3%BC" * 513):
        with pytest.raises(Refused, match="1024 bytes"):
            keys.target(path)


# --- listings ------------------------------------------------------------------------------------

NAMES = st.text("ab/\U0010ffff\ud7ffé", min_size=1, max_size=5)


def pages(names: Sequence[str], ask: Ask) -> list[str]:
    """Every key and prefix of a listing, page by page; counts what was read."""
    kept = sorted(set(names))

    def fetch(span: Span, most: int) -> list[Entry]:
        inside = [
            k for k in kept
            if (k >= span.start if span.inclusive else k > span.start)
            and (not span.end or k < span.end)
        ]  # fmt: skip
        return [Entry(key=k, etag="", size=0, modified=NOW) for k in inside[:most]]

    shown: list[str] = []
    after = ask.after
    for _ in range(len(kept) + 2):
        page = listing.page(
            Ask(prefix=ask.prefix, delimiter=ask.delimiter, after=after, most=ask.most), fetch
        )
        merged = sorted([e.key for e in page.entries] + list(page.prefixes))
        assert len(merged) <= ask.most
        shown += merged
        if not page.truncated:
            return shown
        assert page.last == merged[-1]
        after = page.last
    raise AssertionError("the listing does not end")


@given(
    st.lists(NAMES, max_size=30), st.text("ab/", max_size=2), st.sampled_from(["", "/", "b", "a/"]),
    st.integers(1, 4),
)  # fmt: skip
def test_pages_show_everything_once(
    names: list[str], prefix: str, delimiter: str, most: int
) -> None:
    """However small the pages, the listing is the same as by definition."""
    wanted: set[str] = set()
    for name in names:
        if name.startswith(prefix):
            at = name.find(delimiter, len(prefix)) if delimiter else -1
            wanted.add(name if at < 0 else name[: at + len(delimiter)])
    ask = Ask(prefix=prefix, delimiter=delimiter, most=most)
    assert pages(names, ask) == sorted(wanted)


@given(NAMES, NAMES)
def test_following(prefix: str, other: str) -> None:
    """Nothing lies between the last string with a prefix and what follows it."""
    end = listing.following(prefix)
    if other.startswith(prefix):
        assert not end or other < end
    elif other > prefix:
        assert end and other >= end


def test_a_big_prefix_is_not_read_through() -> None:
    """A million keys below one prefix cost as much as ten."""
    read = 0

    def fetch(span: Span, most: int) -> list[Entry]:
        nonlocal read
        if span.start > "a/":
            return []
        read += most
        return [Entry(key=f"a/{n:07}", etag="", size=0, modified=NOW) for n in range(most)]

    page = listing.page(Ask(delimiter="/"), fetch)
    assert (page.prefixes, page.truncated) == (("a/",), False)
    assert read <= 1001


@pytest.mark.parametrize("text", ["-1", "x", "", "1.5", "9" * 11, "²"])
def test_max_keys(text: str) -> None:
    """A number, at most 1000 of which are given (S-04)."""
    with pytest.raises(Refused, match="max-keys"):
        listing.most_keys(text)
    assert listing.most_keys("1000000000") == 1000
    assert listing.most_keys(None) == 1000
    assert listing.page(Ask(most=0), lambda *_: []).truncated is False


def test_tokens_belong_to_their_bucket() -> None:
    """A token of another bucket, or noise, is refused."""
    token = listing.token("b", "key\U0010ffff")
    assert listing.from_token("b", token) == "key\U0010ffff"
    for bucket, text in (("c", token), ("b", "noise"), ("b", ""), ("b", "é"), ("b", token[:-2])):
        with pytest.raises(Refused, match="continuation-token"):
            listing.from_token(bucket, text)


# --- conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "size", "wanted"),
    [
        ("bytes=0-", 10, Slice(0, 10)), ("bytes=2-4", 10, Slice(2, 5)),
        ("bytes=-3", 10, Slice(7, 10)), ("bytes=-99", 10, Slice(0, 10)),
        ("bytes=5-999", 10, Slice(5, 10)), ("bytes=5-2", 10, None), ("", 10, None),
        ("bytes=0-0,1-1", 10, None), ("bytes=a-b", 10, None), ("items=0-1", 10, None),
        ("bytes=-", 10, None), ("bytes= 1 - 2 ", 10, Slice(1, 3)), ("bytes=٣-", 10, None),
    ],
)  # fmt: skip
def test_ranges(header: str, size: int, wanted: Slice | None) -> None:
    """One range of bytes; nonsense means the whole (S-10)."""
    assert conditions.wanted_range(header, size) == wanted


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-0", 10), ("bytes=-5", 0),
     ("bytes=9999999999999999999-", 10)],
)  # fmt: skip
def test_ranges_outside(header: str, size: int) -> None:
    """InvalidRange."""
    with pytest.raises(Refused, match="outside"):
        conditions.wanted_range(header, size)


DAY = "Fri, 02 Jan 2026 03:04:05 GMT"
LATER, EARLIER = "Fri, 02 Jan 2026 03:04:06 GMT", "Fri, 02 Jan 2026 03:04:04 GMT"


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, False), ({"if-match": '"e"'}, False), ({"if-match": "*"}, False),
        ({"if-none-match": '"e"'}, True), ({"if-none-match": 'W/"e"'}, True),
        ({"if-none-match": '"x", "e"'}, True), ({"if-none-match": '"x"'}, False),
        ({"if-modified-since": DAY}, True), ({"if-modified-since": EARLIER}, False),
        ({"if-modified-since": "noise"}, False), ({"if-unmodified-since": DAY}, False),
        ({"if-unmodified-since": "noise"}, False),
        ({"if-none-match": '"x"', "if-modified-since": LATER}, False),
        ({"if-match": '"e"', "if-unmodified-since": EARLIER}, False),
    ],
)  # fmt: skip
def test_conditions(headers: dict[str, str], wanted: bool) -> None:
    """ETag conditions outweigh dates."""
    assert conditions.unmodified(headers, "e", NOW) is wanted


@pytest.mark.parametrize(
    "headers", [{"if-match": '"x"'}, {"if-unmodified-since": EARLIER}, {"if-match": ""}]
)
def test_conditions_that_fail(headers: dict[str, str]) -> None:
    """PreconditionFailed."""
    with pytest.raises(Refused, match="does not hold"):
        conditions.unmodified(headers, "e", NOW)


def test_overwriting_conditions() -> None:
    """Only if new, only if the same."""
    conditions.check_overwrite({}, "e")
    conditions.check_overwrite({"if-none-match": "*"}, None)
    conditions.check_overwrite({"if-match": '"e"'}, "e")
    for headers, etag in (
        ({"if-none-match": "*"}, "e"), ({"if-match": '"x"'}, "e"), ({"if-match": "*"}, None),
    ):  # fmt: skip
        with pytest.raises(Refused, match="does not hold"):
            conditions.check_overwrite(headers, etag)


# --- documents -----------------------------------------------------------------------------------


@given(st.text(max_size=20))
def test_documents_are_always_xml(text: str) -> None:
    """Whatever a key holds."""
    ask = Ask(prefix=text, delimiter=text)
    entry = Entry(key=text, etag="e", size=1, modified=NOW)
    for encode in (False, True) if text.isprintable() else (False,):
        shown = documents.listing(
            documents.Listing(
                bucket="b", ask=ask, page=listing.Page(entries=(entry,), prefixes=(text,)),
                told=(("Marker", text),), encode=encode, owner=OWNER,
            )
        )  # fmt: skip
        etree.fromstring(shown)
    etree.fromstring(documents.error("Code", text, {"Resource": text}))


def test_documents() -> None:
    """The smaller ones."""
    bucket = Bucket(name="b", owner=OWNER, acl=(), created=NOW)
    shown = etree.fromstring(documents.bucket_list(OWNER, [bucket]))
    assert shown.findtext(".//{*}CreationDate") == "2026-01-02T03:04:05.678Z"
    assert shown.findtext(".//{*}DisplayName") == "a&b"
    assert (etree.fromstring(documents.location("")).text or "") == ""
    assert documents.moment(NOW + timedelta(milliseconds=1)).endswith("679Z")
