# SPDX-License-Identifier: BSD-2-Clause
"""Checksums: published values, and what parts make together."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from walrus.core.checksums import (
    ALGORITHMS,
    COMPOSITE,
    FULL_OBJECT,
    Checksum,
    chosen,
    kind_of,
    of_parts,
    wants_checksum,
)

PUBLISHED = {
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "md5": "25f9e794323b453885f5181f1b624d0b",
    "sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "xxhash64": "8cb841db40e6ae83",
}
"""Of the bytes ``123456789``."""
JOINED = [name for name, algorithm in ALGORITHMS.items() if algorithm.combine]


def digest(algorithm: str, data: bytes) -> bytes:
    """In one go."""
    running = ALGORITHMS[algorithm].begin()
    running.update(data)
    return running.digest()


@pytest.mark.parametrize(("algorithm", "value"), PUBLISHED.items())
def test_published_values(algorithm: str, value: str) -> None:
    """Ours are those that everybody computes."""
    assert digest(algorithm, b"123456789").hex() == value


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_cut_sums_alike(algorithm: str) -> None:
    """However the bytes come; and a digest has the size that is promised."""
    running = ALGORITHMS[algorithm].begin()
    for piece in (b"", b"12", b"3456", b"789"):
        running.update(piece)
    found = running.digest()
    assert (found, len(found)) == (digest(algorithm, b"123456789"), ALGORITHMS[algorithm].size)


@given(st.sampled_from(JOINED), st.lists(st.binary(max_size=50), min_size=1, max_size=5))
def test_parts_make_the_whole(algorithm: str, parts: list[bytes]) -> None:
    """The checksum of all bytes follows from those of the parts."""
    known = [(digest(algorithm, part), len(part)) for part in parts]
    whole = Checksum.of(algorithm, digest(algorithm, b"".join(parts)))
    assert of_parts(algorithm, FULL_OBJECT, known) == whole


def test_composite() -> None:
    """The checksum of the parts' checksums, and how many they were."""
    known = [(digest("sha256", part), len(part)) for part in (b"one", b"two")]
    made = of_parts("sha256", COMPOSITE, known)
    value = base64.b64encode(digest("sha256", known[0][0] + known[1][0])).decode()
    assert made == Checksum(algorithm="sha256", value=f"{value}-2", kind=COMPOSITE)
    assert made.headers == {
        "x-amz-checksum-sha256": f"{value}-2",
        "x-amz-checksum-type": COMPOSITE,
    }


def test_kinds() -> None:
    """Which types an object in parts may have."""
    assert kind_of("crc64nvme", "") == kind_of("crc32", FULL_OBJECT) == FULL_OBJECT
    assert kind_of("sha1", "") == kind_of("crc32c", "") == COMPOSITE
    for algorithm, kind in (("sha256", FULL_OBJECT), ("crc64nvme", COMPOSITE), ("fog", "")):
        with pytest.raises(Refused, match="checksum"):
            kind_of(algorithm, kind)


def test_chosen() -> None:
    """A header, a trailer and a name agree or are refused."""
    assert chosen({}) == ""
    assert chosen({"x-amz-trailer": "x-amz-checksum-crc32c"}) == "crc32c"
    assert chosen({"x-amz-trailer": "x-other", "x-amz-checksum-type": "FULL_OBJECT"}) == ""
    for headers in (
        {"x-amz-trailer": "x-amz-checksum-fog"},
        {"x-amz-trailer": "x-amz-checksum-crc32, x-amz-checksum-sha1"},
        {"x-amz-trailer": "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm": "SHA1"},
    ):
        with pytest.raises(Refused, match="checksum"):
            chosen(headers)


def test_mode() -> None:
    """A reader asks with one word only."""
    assert wants_checksum({"x-amz-checksum-mode": "ENABLED"})
    assert not wants_checksum({})
    with pytest.raises(Refused, match="ENABLED"):
        wants_checksum({"x-amz-checksum-mode": "please"})
