# SPDX-License-Identifier: BSD-2-Clause
"""Signed chunks: Amazon's own worked example, and every way to break the chain."""

from __future__ import annotations

import hashlib

import pytest

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import signatures
from eucalyptus.wire.signable import Signable, Signed, check
from eucalyptus.wire.sigv4_chunks import ChunkChain
from tests.wire.signatures.peers import EC2, KEY, S3, query_v2

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

DIGESTS = [hashlib.sha256(b"a" * size).hexdigest() for size in (65536, 1024, 0)]
CHUNKS = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"


def seed() -> Signed:
    """The request of the worked example in S3's documentation of signed chunks."""
    names = "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
    names += "x-amz-decoded-content-length;x-amz-storage-class"
    request = Signable(
        method="PUT",
        path="/examplebucket/chunkObject.txt",
        query="",
        body_sha256="",
        headers={
            "host": ("s3.amazonaws.com",),
            "x-amz-date": ("20130524T000000Z",),
            "x-amz-storage-class": ("REDUCED_REDUNDANCY",),
            "content-encoding": ("aws-chunked",),
            "x-amz-content-sha256": ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD",),
            "x-amz-decoded-content-length": ("66560",),
            "content-length": ("66824",),
            "authorization": (
                f"AWS4-HMAC-SHA256 Credential={KEY}/20130524/us-east-1/s3/aws4_request,"
                f"SignedHeaders={names},Signature={SEED}",
            ),
        },
    )
    return signatures.parse(request, S3)


def test_the_worked_example() -> None:
    signed = seed()
    check(signed, SECRET, signed.begins + S3.future)
    chain = ChunkChain(signed, SECRET)
    for digest, signature in zip(DIGESTS, CHUNKS, strict=True):
        chain.check(digest, signature)


BROKEN = {
    "data": ([DIGESTS[1], *DIGESTS[1:]], CHUNKS),
    "signature": (DIGESTS, ["0" * 64, *CHUNKS[1:]]),
    "swapped": ([DIGESTS[1], DIGESTS[0], DIGESTS[2]], [CHUNKS[1], CHUNKS[0], CHUNKS[2]]),
    "dropped": ([DIGESTS[0], DIGESTS[2]], [CHUNKS[0], CHUNKS[2]]),
    "twice": ([DIGESTS[0]] * 2, [CHUNKS[0]] * 2),
    "not ASCII": (DIGESTS, ["é" * 64, *CHUNKS[1:]]),
}


@pytest.mark.parametrize("row", BROKEN)
def test_s33_a_broken_chain_is_noticed(row: str) -> None:
    chain = ChunkChain(seed(), SECRET)
    with pytest.raises(Refused) as no:
        for digest, signature in zip(*BROKEN[row], strict=True):
            chain.check(digest, signature)
    assert no.value.refusal.code == "AuthFailure"


def test_s33_the_trailer_ends_the_chain() -> None:
    chains = [ChunkChain(seed(), SECRET) for _ in range(2)]
    for chain in chains:
        chain.next(DIGESTS[0])
    signature = chains[0].trailer(DIGESTS[1])
    chains[1].check_trailer(DIGESTS[1], signature)
    with pytest.raises(Refused):
        chains[1].check_trailer(DIGESTS[2], signature)
    chains[1].next(DIGESTS[2])
    with pytest.raises(Refused):
        chains[1].check_trailer(DIGESTS[1], signature)


def test_another_secret_or_version_makes_no_chain() -> None:
    with pytest.raises(Refused):
        ChunkChain(seed(), SECRET + "x").check(DIGESTS[0], CHUNKS[0])
    old = signatures.parse(query_v2({"Timestamp": "2027-01-15T08:00:00Z"}), EC2)
    with pytest.raises(ValueError, match="version 4"):
        ChunkChain(old, SECRET)
