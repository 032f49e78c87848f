# SPDX-License-Identifier: BSD-2-Clause
"""The catalogue's changed WS-Security messages at the door of S3's SOAP API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.access.principals import Certificate
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import NAMESPACE
from eucalyptus.web.soap_door import Users
from eucalyptus.wire import soap
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security import Verifier, verify
from eucalyptus.wire.security.reference import verify as verify_by_xmlsec
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, People
from tests.wire.security.catalogue import EVIL, Made
from tests.wire.security.forge import CLIENTS, NOW, Style, letter, signer
from tests.wire.security.rewriting import rewrapped
from walrus.web.soap.letting_in import Gate, Sent, let_in

INNER = "<Bucket>b</Bucket><Key>good</Key>"
GOOD = f'<DeleteObject xmlns="{NAMESPACE}">{INNER}</DeleteObject>'
STYLE = Style(
    good=GOOD,
    inner=INNER,
    evil=f'<DeleteBucket xmlns="{NAMESPACE}"><Bucket>b</Bucket></DeleteBucket>',
)
Door = Callable[[bytes], Sent]


@pytest.fixture(params=[verify, verify_by_xmlsec], ids=["lean", "xmlsec"])
def door(request: pytest.FixtureRequest) -> Door:
    """Lets messages in; knows the victim's certificate, and time stands still."""
    return make_door(request.param)


def make_door(verifier: Verifier, sha1: bool = True) -> Door:
    """The door with one verifier."""
    people, victim = People(), signer("victim")
    people.certificates.append(
        Certificate(fingerprint=victim.fingerprint, pem=victim.pem, principal=ALICE.principal)
    )
    gate = Gate(
        principals=people, signers=Users(people), replay=MemoryReplayStore(), clock=lambda: NOW,
        sha1=lambda: sha1, verifier=verifier,
    )  # fmt: skip

    def let(document: bytes) -> Sent:
        sent: Sent = spin(let_in(gate, document))
        return sent

    return let


@pytest.mark.parametrize(
    "made", [pytest.param(made, id=f"{row[:60]}-s3") for row, made in EVIL.items()]
)
def test_a_changed_message_is_refused(door: Door, made: Made) -> None:
    """Its twin is let in, and the victim sent it."""
    with pytest.raises(Refused):
        door(made(STYLE))
    sent = door(letter(STYLE).text())
    assert (sent.operation, sent.ask.key, sent.who) == ("DeleteObject", "good", ALICE.principal)


def test_evil_would_be_done_if_it_was_signed(door: Door) -> None:
    """So the refusals above are not for its content."""
    sent = door(letter(Style(good=STYLE.evil)).text())
    assert sent.operation == "DeleteBucket"


@pytest.mark.parametrize("name", CLIENTS)
def test_clients_are_let_in(door: Door, name: str) -> None:
    """However they write and sign."""
    made = CLIENTS[name]
    style = Style(
        **{field: getattr(made, field) for field in Style.__dataclass_fields__}
        | {"good": GOOD, "inner": INNER}
    )
    assert door(letter(style).text()).who == ALICE.principal


@pytest.mark.parametrize(
    "rewrite", [pytest.param(bytes, id="W-72"), pytest.param(rewrapped, id="W-74")]
)
def test_a_message_is_good_once(door: Door, rewrite: Callable[[bytes], bytes]) -> None:
    """Also when it is written another way."""
    sent = letter(STYLE).text()
    door(sent)
    with pytest.raises(Refused, match="before"):
        door(rewrite(sent))


@pytest.mark.parametrize("verifier", [verify, verify_by_xmlsec])
def test_sha1_is_a_property(verifier: Verifier) -> None:
    """W-52: signature and digest."""
    style = Style(good=GOOD, inner=INNER, hash_name="sha1")
    assert make_door(verifier)(letter(style).text()).who == ALICE.principal
    with pytest.raises(Refused):
        make_door(verifier, sha1=False)(letter(style).text())


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=12), st.booleans())
def test_a_mangled_message_is_refused_or_means_the_same(
    at: int, cut: int, put: bytes, sealed: bool
) -> None:
    """Nothing else comes of any bytes: no other error, and no other sender."""
    plain = soap.envelope(GOOD.encode())
    whole = letter(STYLE).text() if sealed else plain
    at %= len(whole)
    mangled = whole[:at] + put + whole[at + cut :]
    try:
        sent = make_door(verify)(mangled)
    except Refused:
        return
    assert sent.who in (None, ALICE.principal)
    assert sent.who is None or sent.ask.key == "good"
