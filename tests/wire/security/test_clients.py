# SPDX-License-Identifier: BSD-2-Clause
"""What honest clients send is accepted, by both verifiers, and gives the same message."""

from __future__ import annotations

import pytest

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.security import Rules, Verifier, names, open_envelope, reference, verify
from tests.wire.security.forge import (
    CLIENTS,
    EC2,
    FRONT,
    INTERNAL,
    NODE_URL,
    NOW,
    Style,
    letter,
    receive,
    refused,
    signer,
)

VERIFIERS = {"lean": verify, "xmlsec": reference.verify}


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
@pytest.mark.parametrize("style", CLIENTS.values(), ids=CLIENTS)
def test_clients_are_served(style: Style, verifier: Verifier) -> None:
    verified = receive(letter(style).text(), Rules.front_door(), verifier=verifier)
    assert verified.body.tag == names.BODY
    assert [child.tag for child in verified.body] == [f"{{{EC2}}}DescribeInstances"]
    assert verified.fingerprint == signer("victim").fingerprint


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
def test_components_are_served(verifier: Verifier) -> None:
    verified = receive(letter(INTERNAL).text(), Rules.internal(), verifier=verifier)
    assert (verified.to, verified.action, verified.message_id) == (
        NODE_URL,
        "EucalyptusNC#ncX",
        "urn:uuid:1",
    )


def test_the_body_that_was_verified_is_the_one_handed_out() -> None:
    sealed = open_envelope(letter().text(), Rules.front_door())
    verified = verify(sealed, signer("victim").pem, NOW)
    assert verified.body is sealed.envelope[1]
    assert any(cover.element is verified.body for cover in sealed.seal.covers)


def test_unsigned_addressing_is_not_reported_as_said() -> None:
    style = Style(addressed=True)
    verified = receive(letter(style).text(), Rules.front_door())
    assert (verified.to, verified.action, verified.message_id) == ("", "", "")


@pytest.mark.parametrize("name", ["ec2-api-tools", "gsoap", "php", "node-soap-plain-ids"])
def test_sha1_is_refused_where_the_rules_say_so(name: str) -> None:
    assert refused(letter(CLIENTS[name]).text(), Rules.front_door(sha1=False)) == "AuthFailure"


def test_sha1_digests_need_the_flag_too() -> None:
    style = Style(hash_name="sha256", digest_name="sha1")
    assert refused(letter(style).text(), Rules.front_door()) == ""
    assert refused(letter(style).text(), Rules.front_door(sha1=False)) == "AuthFailure"


def test_sha1_between_components_is_a_setting() -> None:
    style = Style(addressed=True, signs=INTERNAL.signs, hash_name="sha1")
    assert refused(letter(style).text(), Rules.internal(sha1=True)) == ""
    assert refused(letter(style).text(), Rules.internal()) == "AuthFailure"


@pytest.mark.parametrize("name", ["node-soap", "node-soap-plain-ids", "signs-addressing"])
def test_habits_of_foreign_clients_stay_at_the_front_door(name: str) -> None:
    style = CLIENTS[name]
    inside = Style(
        addressed=True,
        hash_name="sha256",
        id_names=style.id_names,
        enveloped=style.enveloped,
        signs=(*dict.fromkeys((*style.signs, *INTERNAL.signs)),),
    )
    assert refused(letter(inside).text(), Rules.front_door()) == ""
    assert refused(letter(inside).text(), Rules.internal()) == "AuthFailure"


def test_an_unsigned_envelope_is_told_to_sign() -> None:
    bare = f'<s:Envelope xmlns:s="{names.SOAP}"><s:Body><x/></s:Body></s:Envelope>'
    with_header = bare.replace("<s:Body>", "<s:Header/><s:Body>")
    for text in (bare, with_header):
        with pytest.raises(Refused) as no:
            open_envelope(text.encode(), Rules.front_door())
        assert no.value.refusal.code == "MissingAuthenticationToken"


def test_whitespace_and_a_declaration_do_no_harm() -> None:
    text = b'<?xml version="1.0" encoding="UTF-8"?>\n  ' + letter(FRONT).text() + b"\r\n"
    assert refused(text, Rules.front_door()) == ""
