# SPDX-License-Identifier: BSD-2-Clause
"""Bodies in signed chunks, ranges and queries, fuzzed: read, or refused by name."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from tests.fuzzing import NASTY, fuzzed
from walrus.core.asking import parameters
from walrus.core.chunked import Decoder, Promise
from walrus.core.conditions import asked_range, wanted_range

OBJECT = b"0123456789abcdef" * 4


class Sealed:
    """Signatures as simple as can be: each is the digest itself."""

    def check(self, content_sha256: str, signature: str) -> None:
        """As ChunkChain does."""
        if content_sha256 != signature:
            raise _refusal()

    check_trailer = check


def _refusal() -> Refused:
    from eucalyptus.contracts.s3 import SIGNATURE_MISMATCH

    return SIGNATURE_MISMATCH()


def chunked(sizes: tuple[int, ...], *, signed: bool) -> bytes:
    """OBJECT in chunks of these sizes and the rest."""
    out, left = b"", OBJECT
    for size in (*sizes, len(OBJECT) - sum(sizes), 0):
        piece, left = left[:size], left[size:]
        seal = f";chunk-signature={hashlib.sha256(piece).hexdigest()}" if signed else ""
        out += f"{size:x}{seal}\r\n".encode() + piece + (b"\r\n" if size else b"")
    return out + b"\r\n"


@st.composite
def spoilt(draw: st.DrawFn, text: bytes) -> bytes:
    """An honest body with bytes cut out, doubled or put in."""
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 70)))
        put = st.binary(max_size=4) | st.sampled_from([b"\r\n", b"0\r\n\r\n", b"-1\r\n", b";"])
        text = text[:start] + draw(put | st.just(text[start:end] * 2)) + text[end:]
    return text


@fuzzed(400)
@given(st.booleans(), st.lists(st.integers(1, 20), max_size=3), st.data())
def test_chunks_are_decoded_whole_or_refused(
    signed: bool, sizes: list[int], data: st.DataObject
) -> None:
    """However the body is cut up on its way, what counts is the object itself or nothing."""
    body = data.draw(spoilt(chunked(tuple(sizes), signed=signed)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    places = [0, *cuts, len(body)]
    seal = Sealed() if signed else None
    decoder = Decoder(Promise(length=len(OBJECT), seal=seal))
    out = b""
    try:
        for start, end in pairwise(places):
            out += decoder.feed(body[start:end])
            assert len(out) <= len(OBJECT)
        decoder.finish()
    except Refused as refused:
        assert refused.message and not refused.refusal.is_ours
        return
    assert len(out) == len(OBJECT)


@fuzzed(400)
@given(
    st.from_regex(r"(bytes)?\s?=?\s?[-0-9]{0,4}\s?-?[0-9]{0,22},?", fullmatch=True)
    | st.sampled_from(NASTY) | st.text(max_size=30),
    st.integers(0, 1 << 40),
)  # fmt: skip
def test_a_range_is_within_the_object_or_none(header: str, size: int) -> None:
    """Never negative, never beyond, never empty."""
    try:
        found = wanted_range(header, size)
    except Refused as refused:
        assert refused.refusal.code == "InvalidRange"
        return
    if found is not None:
        assert 0 <= found.first < found.end <= size
    asked_range({"range": header, "if-range": header}, "etag", size or 1) if found else None


@fuzzed(300)
@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_a_query_is_read_or_refused(raw: str) -> None:
    """Names once, no NUL."""
    try:
        found = parameters(raw)
    except Refused as refused:
        assert not refused.refusal.is_ours
        return
    assert "\0" not in "".join([*found, *found.values()])


def test_honest_bodies_are_decoded() -> None:
    """The twin."""
    for signed in (False, True):
        decoder = Decoder(Promise(length=len(OBJECT), seal=Sealed() if signed else None))
        assert decoder.feed(chunked((5, 7), signed=signed)) == OBJECT
        decoder.finish()
