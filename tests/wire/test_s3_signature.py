# SPDX-License-Identifier: BSD-2-Clause
"""S3's own signature of SOAP requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import s3_signature
from eucalyptus.wire.documents import parse
from eucalyptus.wire.s3_signature import claim_in

SECRET, NOW = "wJalrXUtnFEMI", 1_359_720_000.0
STAMP = "2013-02-01T12:00:00.000Z"


def read(operation: str, stamp: str, signature: str) -> s3_signature.Claim:
    """The claim in a request."""
    said = (
        f'<{operation} xmlns="urn:s3"><AWSAccessKeyId>AKI</AWSAccessKeyId>'
        f"<Timestamp>{stamp}</Timestamp><Signature>{signature}</Signature></{operation}>"
    )
    claim = claim_in(parse(said.encode()))
    assert claim is not None
    return claim


def test_a_known_signature() -> None:
    """HMAC-SHA1 of AmazonS3, operation, stamp, computed by OpenSSL."""
    assert s3_signature.sign(SECRET, "GetObject", STAMP) == "XxvXVK4lvcMCmVw3p2UTlmdfuZQ="


@given(st.text(max_size=20), st.floats(-899, 899))
def test_what_is_signed_is_good_for_a_quarter_of_an_hour(secret: str, later: float) -> None:
    """Either way, for the operation and the secret, and no other."""
    claim = read("GetObject", STAMP, s3_signature.sign(secret, "GetObject", STAMP))
    s3_signature.check(claim, secret, NOW + later)
    with pytest.raises(Refused, match="differ"):
        s3_signature.check(claim, secret, NOW + 901)
    with pytest.raises(Refused, match="match"):
        s3_signature.check(claim, secret + "x", NOW)
    other = read("PutObject", STAMP, s3_signature.sign(secret, "GetObject", STAMP))
    with pytest.raises(Refused, match="match"):
        s3_signature.check(other, secret, NOW)


def test_one_signature_has_one_key_however_it_is_written() -> None:
    """The bytes count, not the text around them."""
    signature = s3_signature.sign(SECRET, "GetObject", STAMP)
    keys = {
        read("GetObject", stamp, text).replay_key
        for stamp in (STAMP, STAMP.replace(".000", ""), f" {STAMP}\n")
        for text in (signature, f"\n{signature} ")
    }
    assert len(keys) == 1


def test_nobody_claims_nothing() -> None:
    """Empty elements are none."""
    assert claim_in(parse(b"<GetObject/>")) is None
    assert claim_in(parse(b"<GetObject><Signature/><Timestamp> </Timestamp></GetObject>")) is None


@pytest.mark.parametrize("long", ["AWSAccessKeyId", "Signature", "Timestamp"])
def test_a_claim_is_short(long: str) -> None:
    """Before it is looked at."""
    with pytest.raises(Refused, match="short"):
        claim_in(parse(f"<GetObject><{long}>{'x' * 300}</{long}></GetObject>".encode()))
