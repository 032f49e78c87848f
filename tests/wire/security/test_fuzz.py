# SPDX-License-Identifier: BSD-2-Clause
"""Fuzzers of SOAP: the whole way of a message, from bytes to the operation's parameters."""

from __future__ import annotations

import contextlib
import functools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import certificates, soap
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.security import Addressing, Rules, open_envelope, reference, sign, verify
from tests.fuzzing import fuzzed, mutants
from tests.wire.security.forge import CLIENTS, INTERNAL, NOW, letter, signer

VERIFIERS = (verify, reference.verify)
FRONT, INSIDE = Rules.front_door(), Rules.internal()
ENVELOPES = tuple(letter(style).text() for style in (*CLIENTS.values(), INTERNAL))


@fuzzed(600)
@given(mutants(*ENVELOPES))
def test_an_envelope_is_opened_or_refused(document: bytes) -> None:
    """And verified or refused, alike by both verifiers, under both kinds of rules."""
    for rules in (FRONT, INSIDE):
        with contextlib.suppress(Refused):
            sealed = open_envelope(document, rules)
            said = [_is_good(verifier, sealed) for verifier in VERIFIERS]
            assert said[0] <= said[1], "the lean verifier is laxer"


def _is_good(verifier: object, sealed: object) -> bool:
    try:
        verifier(sealed, signer("victim").pem, NOW)  # type: ignore[operator]
    except Refused:
        return False
    return True


@functools.cache
def mine() -> certificates.Identity:
    who = signer("victim")
    return certificates.identity(who.pem, certificates.key_pem(who.key))


def requests(contract: Contract, version: str = "") -> tuple[bytes, ...]:
    """An empty request of every operation, and some that say more."""
    namespace = contract.at(version)
    return tuple(
        f'<{one.name} xmlns="{namespace}">{inside}</{one.name}>'.encode()
        for one in contract.operations
        for inside in ("", "<instancesSet><item><instanceId>i-00000001</instanceId></item>"
                       "</instancesSet>", "<minCount>1</minCount><userId>x</userId>")
    )  # fmt: skip


VERSION = "2013-02-01"
BODIES = st.one_of(
    *(
        st.tuples(st.just((contract, version)), mutants(*requests(contract, version)))
        for contract, version in ((EC2, VERSION), (NODE, ""), (CLUSTER, ""))
    )
)


@functools.cache
def codec(contract: Contract, version: str) -> Codec:
    return Codec(contract, version)


@fuzzed(600)
@given(BODIES)
@example(((EC2, VERSION), b"<RunInstances xmlns='http://ec2.amazonaws.com/doc/2013-02-01/'>"
          b"<minCount>\xc2\xb2</minCount></RunInstances>"))  # fmt: skip
def test_a_signed_body_is_read_or_refused(drawn: tuple[tuple[Contract, str], bytes]) -> None:
    """Whoever signs may say anything: it is one of our operations, or a refusal."""
    (contract, _), body = drawn
    addressing = Addressing(to="http://h/", action="a", message_id="m")
    document = sign(body, mine(), addressing, NOW)
    for verifier in VERIFIERS:
        with contextlib.suppress(Refused):
            verified = verifier(open_envelope(document, FRONT), signer("victim").pem, NOW)
            operation, found, element = soap.dispatch(contract, verified.body)
            codec(contract, found).read(operation.asks, element)


FAULTS = tuple(
    soap.fault(Refused(one, "no"), "r") for one in (soap.UNKNOWN_OPERATION, soap.MALFORMED)
)


@fuzzed(300)
@given(mutants(*FAULTS))
def test_a_peers_fault_is_read_or_refused(document: bytes) -> None:
    """Whatever a peer answers with status 500."""
    try:
        assert isinstance(soap.read_fault(document), Refused)
    except Refused:
        return


@pytest.mark.parametrize("rules", [FRONT, INSIDE], ids=["front", "internal"])
def test_the_seeds_are_honest(rules: Rules) -> None:
    """Or the mutants would not come far."""
    taken = 0
    for document in ENVELOPES:
        with contextlib.suppress(Refused):
            taken += all(
                _is_good(verifier, open_envelope(document, rules)) for verifier in VERIFIERS
            )
    assert taken >= (len(ENVELOPES) - 1 if rules is FRONT else 1)
