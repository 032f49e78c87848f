# SPDX-License-Identifier: BSD-2-Clause
"""Query strings and signatures, fuzzed: whatever is sent is read, or refused by name."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.arrivals import Arrived
from eucalyptus.web.query_door import FORM, parameters
from eucalyptus.wire import query, signatures
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.parameters import entries, tree
from eucalyptus.wire.signable import Accepts, Signable, canonical_pairs, check, pairs
from tests.fuzzing import NASTY, fuzzed
from tests.web.asking import Ask, presigned, version2, version4

SEEDS = [version2(KeyName="k"), version2(KeyName="k", method="POST"), version4(KeyName="k"),
         presigned(KeyName="k")]  # fmt: skip
CODECS = [Codec(EC2, "2016-11-15"), Codec(IDENTITY, "2010-05-08")]
OPERATIONS = [(codec, operation) for codec in CODECS for operation in codec.contract.operations]
WORDS = st.sampled_from([
    "Action", "Filter", "1", "2", "0", "01", "-1", "Value", "Name", "InstanceId", "member", "",
    "IpPermissions", "IpRanges", "Groups", "UserData", "LaunchPermission", "Add", "Placement",
    "BlockDeviceMapping", "Ebs", "NetworkInterface", "9999999", "UserName", "Version", "x" * 300,
])  # fmt: skip
NAMES = st.lists(WORDS, max_size=14).map(".".join) | st.text(max_size=12)
VALUES = st.sampled_from(NASTY) | st.text(max_size=40)
PIECES = st.sampled_from(
    [b"", b"&", b"=", b"%", b"%2", b"%zz", b"%00", b"%ff", b"+", b"%26", b"%3D", b";", b"\xff",
     b"Signature=x", b"&Signature=", b"X-Amz-Signature=", b"AWSAccessKeyId=", b"Timestamp=",
     b"&Expires=1", b"a=b&a=b"]
) | st.binary(max_size=5)  # fmt: skip


def only_refusals(work: object, *args: object) -> object:
    """What ``work`` gives, None when it refuses; anything else is a bug."""
    assert callable(work)
    try:
        return work(*args)
    except Refused as refused:
        assert refused.message and not refused.refusal.is_ours
        return None


@st.composite
def spoilt(draw: st.DrawFn, text: bytes) -> bytes:
    """An honest text with pieces cut out, doubled or put in."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(PIECES | st.just(text[start:end] * 2)) + text[end:]
    return text


@st.composite
def asked(draw: st.DrawFn) -> Ask:
    """An honest request of which one part was spoilt."""
    seed = draw(st.sampled_from(SEEDS))
    where = draw(st.sampled_from(["query", "body", "authorization", "x-amz-date", "host", "path"]))
    if where == "query":
        return replace(seed, query=draw(spoilt(seed.query.encode())).decode("latin-1"))
    if where == "body":
        return replace(seed, body=draw(spoilt(seed.body)))
    if where == "path":
        return replace(seed, path="/" + draw(spoilt(b"services/compute")).decode("latin-1"))
    said = draw(spoilt(str(seed.headers.get(where, "x")).encode())).decode("latin-1")
    twice = draw(st.booleans())
    return replace(seed, headers={**seed.headers, where: (said, said) if twice else said})


def signable(arrived: Arrived, said: list[tuple[str, str]]) -> Signable:
    """What there is to sign."""
    return Signable(
        method=arrived.method, path=arrived.path, query=arrived.query, headers=arrived.headers,
        parameters=tuple(said), body_sha256="0" * 64, port=arrived.port,
    )  # fmt: skip


@fuzzed(300)
@given(asked(), st.booleans(), st.sampled_from([Accepts(service="ec2", bare_path=True),
                                               Accepts(service="s3", s3=True)]))  # fmt: skip
def test_signatures_are_read_or_refused(ask: Ask, unsigned: bool, accepts: Accepts) -> None:
    """Version 2 and 4, EC2's and S3's; and nobody's secret never fits."""
    arrived = ask.arrived()
    said = only_refusals(parameters, arrived)
    if said is None and not accepts.s3:
        return
    request = signable(arrived, said if isinstance(said, list) else [])
    signed = only_refusals(signatures.parse, request, accepts)
    if signed is not None:
        with pytest.raises(Refused):
            check(signed, "nobody's", time.time())  # type: ignore[arg-type]


@fuzzed(300)
@given(st.binary(max_size=80) | spoilt(b"Action=RunInstances&InstanceId.1=i-1&Filter.1.Name=a%20b"))
def test_a_form_is_read_in_one_way(body: bytes) -> None:
    """What the door reads is what the signature covers; written and read again it is the same."""
    arrived = Ask("POST", body=body, headers={"content-type": FORM}).arrived()
    said = only_refusals(parameters, arrived)
    if said is None:
        return
    assert isinstance(said, list)
    assert list(pairs(body.decode("latin-1"))) == said
    assert sorted(pairs(canonical_pairs(dict(said)))) == sorted(said)
    assert len({name for name, _ in said}) == len(said) and "" not in dict(said)


@fuzzed(300)
@given(st.dictionaries(NAMES, VALUES, max_size=12))
def test_names_are_a_tree_or_refused(said: dict[str, str]) -> None:
    """Every parameter of the operation is somewhere in it, once."""
    top = only_refusals(tree, said)
    if top is None:
        return
    left = list(top.unread())  # type: ignore[attr-defined]
    assert sorted(left) == sorted(set(said) - query.ENVELOPE_NAMES)
    for node in [top, *top.below.values()]:  # type: ignore[attr-defined]
        indices = [int(index) for index, _ in entries(node)]
        assert indices == sorted(indices)


@fuzzed(400)
@given(
    st.integers(0, len(OPERATIONS) - 1),
    st.dictionaries(NAMES, VALUES, max_size=6),
    st.randoms(use_true_random=False),
)
def test_messages_are_read_or_refused(number: int, said: dict[str, str], chance: object) -> None:
    """Any parameters of any operation give its message, or a refusal."""
    codec, operation = OPERATIONS[number]
    known = [query.query_name(part) for part in query.parts(operation.asks)]
    mixed = {name if chance.random() < 0.5 or not known else  # type: ignore[attr-defined]
             chance.choice(known) + name[-3:]: value  # type: ignore[attr-defined]
             for name, value in said.items()}  # fmt: skip
    ask = only_refusals(query.read, codec, operation, mixed)
    assert ask is None or isinstance(ask, operation.asks)


def test_honest_requests_are_read() -> None:
    """The twins: nothing that the fuzzer begins with is refused."""
    for seed in SEEDS:
        arrived = seed.arrived()
        said = parameters(arrived)
        signed = signatures.parse(signable(arrived, said), Accepts(service="ec2"))
        assert signed.key_id == "AKIADMIN"
    assert dict(pairs(f"a={quote('&=%é')}")) == {"a": "&=%é"}
