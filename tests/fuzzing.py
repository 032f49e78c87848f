# SPDX-License-Identifier: BSD-2-Clause
"""Fuzzing with hypothesis: how long, and what becomes of honest documents.

The default run tries the same few hundred mutants every time; ``make soak`` (``SOAK=1``) tries
new ones, many more. A target may raise its own refusal and nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from lxml import etree

SOAKING = bool(os.environ.get("SOAK"))


def fuzzed(examples: int) -> settings:
    """Settings of a fuzzer that tries ``examples`` mutants, a hundred times as many in a soak."""
    return settings(
        max_examples=examples * 100 if SOAKING else examples,
        derandomize=not SOAKING,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


NASTY = (
    "", " ", "-1", "0", "1", "00", "+1", "1e9", "999999999999999999999", "9" * 5000, "²", "٣", "１",
    "1_0", "NaN", "true", "x", "a" * 300, "\t", "\r", "\x85", "\u2028", "\u202e", "\ufffd",
    "\U0001f4a9", "../../etc/passwd", "/", ".", "..", "'", '"', "]]>", "%s", "{0}", "$(id)",
    "i-00000001", "0.0.0.0", "255.255.255.255", "10.0.0.0/33", "::1", "1.2.3.4-1.2.3.3",
    "EDGE", "VPCMIDO",
)  # fmt: skip
"""Texts that find what a reader did not think of."""
MARKS = (
    b"", b"<", b">", b"&", b"</", b"/>", b"<x/>", b"<!-- -->", b"<?x y?>", b"<![CDATA[x]]>",
    b"&amp;", b"&#0;", b"&#x85;", b"&#xD;", b"&x;", b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf",
    b"<!DOCTYPE x>",
    b' xmlns="urn:x"', b" xmlns:p='urn:x'", b" a='1' a='2'", b"=", b'"', b"'", b"\r", b"\n",
)  # fmt: skip


@st.composite
def spliced(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """An honest document with pieces cut out, doubled, or replaced."""
    document = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(document)))
        end = min(len(document), start + draw(st.integers(0, 40)))
        put = draw(
            st.sampled_from(MARKS) | st.binary(max_size=4) | st.just(document[start:end] * 2)
        )
        document = document[:start] + put + document[end:]
    return document


@st.composite
def regrown(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A well-formed document whose elements were moved, copied, renamed, emptied or refilled."""
    root = etree.fromstring(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 5))):
        nodes = list(root.iter(etree.Element))
        _mutate(draw, nodes)
    return etree.tostring(root, encoding="utf-8")


DEEDS = ("text", "text", "text", "attribute", "drop", "copy", "tag", "tail")


def _mutate(draw: st.DrawFn, nodes: list[etree._Element]) -> None:
    one, two = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
    deed = draw(
        st.sampled_from(("text", "text", "text", "attribute", "drop", "copy", "tag", "tail"))
    )
    nasty = st.sampled_from(NASTY) | st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        max_size=9,
    )
    parent = one.getparent()
    if deed in ("text", "tail"):
        said = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", draw(nasty))
        setattr(one, deed, said)
    elif deed == "attribute":
        name = draw(st.sampled_from([*map(str, one.attrib), "name", "index", "count", "Id"]))
        one.set(name, draw(nasty))
    elif deed == "drop" and parent is not None:
        parent.remove(one)
    elif deed == "copy":
        two.append(etree.fromstring(etree.tostring(one, with_tail=False)))
    elif deed == "tag":
        one.tag = two.tag


def mutants(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """What becomes of honest documents in hostile hands."""
    return st.one_of(spliced(seeds), regrown(seeds))
