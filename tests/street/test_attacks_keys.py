# SPDX-License-Identifier: BSD-2-Clause
"""Whose key it is, and whether it still counts, at every endpoint of SOAP."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from eucalyptus.services import COMPUTE, EUARE
from eucalyptus.settings import WsSecurity
from eucalyptus.wire import certificates
from tests.street import gates
from tests.street.estate import OK
from tests.street.estate import code as query_code
from tests.street.gates import INSIDE, NAMES, Gate, code
from tests.street.oracle import accepts, refuses
from tests.street.town import Key, Town
from tests.wire.security.forge import NOW, Signer, letter, operation, signer
from tests.wire.security.holders import pem_of
from tests.wire.security.special import lookalike

Gates = dict[str, Gate]
YEAR = 365 * 86_400.0

STRANGERS: dict[str, Callable[[], Signer]] = {
    "W-62 a user": lambda: signer("user"),
    "W-62 the receiver itself": lambda: signer(gates.OTHER),
    "W-62 the component of another zone": lambda: signer("victim/of another zone"),
    "W-60 a look-alike of the caller": lookalike,
}


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("row", STRANGERS)
def test_only_the_caller_on_record_commands(street_gates: Gates, name: str, row: str) -> None:
    """The cloud at the news, the cluster and the node each know one caller; nobody else's
    certificate commands anything, whatever it is good for elsewhere."""
    gate = street_gates[name]
    said = refuses(gate, gate.evil(STRANGERS[row]()))
    assert set(said.values()) == {"AuthFailure"}
    accepts(gate, gate.twin())


@pytest.mark.parametrize(
    "who",
    [
        pytest.param("cloud", id="W-62 the cloud's key"),
        pytest.param("cluster", id="W-62 the cluster's key"),
        pytest.param("node", id="W-62 the node's key"),
    ],
)
def test_no_component_is_a_user(street_gates: Gates, who: str) -> None:
    """A component's certificate is none of a user's."""
    gate = street_gates["front"]
    assert set(refuses(gate, gate.evil(signer(who))).values()) == {"AuthFailure"}
    accepts(gate, gate.twin())


@pytest.mark.parametrize("engine", WsSecurity)
def test_w61_each_acts_as_himself(street_gates: Gates, engine: WsSecurity) -> None:
    """Another account's user makes things of his own, and does not find the victim's."""
    gate = street_gates["front"]
    alices, bobs = signer(gates.VICTIM), signer(gates.OTHER)
    name = f"hers-{engine.value}"
    asked = operation("CreateKeyPair", f"<keyName>{name}</keyName>")
    found = operation(
        "DescribeKeyPairs", f"<keySet><item><keyName>{name}</keyName></item></keySet>"
    )
    ended = operation("DeleteKeyPair", f"<keyName>{name}</keyName>")
    accepts(gate, gate.twin(asked, alices), engine)
    assert code(gate.send(gate.twin(found, bobs), engine)) == "InvalidKeyPair.NotFound"
    accepts(gate, gate.twin(ended, bobs), engine)
    accepts(gate, gate.twin(found, alices), engine)
    accepts(gate, gate.twin(ended, alices), engine)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(NOW + 6 * YEAR, id="W-64 expired"),
        pytest.param(NOW - 1.5 * YEAR, id="W-64 not yet valid"),
    ],
)
def test_a_certificate_has_its_time(street_gates: Gates, name: str, moment: float) -> None:
    """On record, and the message well dated; but the certificate is out of its time."""
    gate = street_gates[name]
    gate.clock.now = moment
    try:
        document = letter(gate.style, now=moment).text()
        assert set(refuses(gate, document).values()) == {"AuthFailure"}
    finally:
        gate.clock.now = NOW
    accepts(gate, gate.twin())


# --- certificates that are brought ---------------------------------------------------------------


def uploaded(town: Town, key: Key, pem: bytes) -> str:
    """The code with which a certificate is refused, "" when it was taken."""
    said = {"Action": "UploadSigningCertificate", "CertificateBody": pem.decode()}
    return query_code(town.ask(EUARE.path, key, said))


def test_w71_a_certificate_belongs_to_one_user(town: Town) -> None:
    """A second upload is a conflict, whoever tries; the first user stays who he is."""
    alice, bob = town.user("alice"), town.user("bob")
    key = certificates.make_key()
    pem = certificates.self_issue(key, certificates.subject("alice", "User"), time.time())
    assert uploaded(town, alice, pem) == OK
    before = town.rows()
    for who in (bob, alice, town.user("alice", "carol"), town.user("eucalyptus")):
        # In other white space: the very same request would be answered from the record.
        assert uploaded(town, who, pem + b"\n") in ("DuplicateCertificate", "AccessDenied")
    assert town.rows()["identity.certificates"] == before["identity.certificates"]


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(lambda: pem_of(rsa.generate_private_key(65537, 1024)), id="W-56 1024 bits"),
        pytest.param(lambda: pem_of(rsa.generate_private_key(3, 2048)), id="W-56 exponent 3"),
        pytest.param(lambda: pem_of(ec.generate_private_key(ec.SECP256R1())), id="W-56 elliptic"),
        pytest.param(lambda: signer("carol").pem * 2, id="W-65 two at once"),
    ],
)
def test_a_weak_certificate_is_not_registered(town: Town, pem: Callable[[], bytes]) -> None:
    """So that no signature with it is ever weighed."""
    alice = town.user("alice")
    before = town.rows()
    assert uploaded(town, alice, pem()) == "MalformedCertificate"
    assert town.rows() == before
    assert query_code(town.ask(COMPUTE.path, alice, {"Action": "DescribeRegions"})) == OK
