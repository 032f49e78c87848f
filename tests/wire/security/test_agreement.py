# SPDX-License-Identifier: BSD-2-Clause
"""Two verifiers, one answer: the lean one accepts nothing that python-xmlsec refuses.

And whatever either accepts says what the signer said, however the document was mangled.
"""

from __future__ import annotations

import functools

import pytest
import xmlsec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from eucalyptus.contracts.refusals import AUTH_FAILURE, Refused
from eucalyptus.wire import certificates
from eucalyptus.wire.security import (
    Addressing,
    Rules,
    Verified,
    names,
    open_envelope,
    reference,
    sign,
    verify,
)
from tests.wire.security.forge import (
    CLIENTS,
    EC2,
    INTERNAL,
    NOW,
    REFUSALS,
    Style,
    canonical,
    letter,
    operation,
    receive,
    signer,
)

STYLES = {**CLIENTS, "internal": INTERNAL}
FRAGMENTS = (
    b"<x/>",
    b"x",
    b" ",
    b"\n",
    b"<!---->",
    b"<?x?>",
    b"&#65;",
    b"<![CDATA[]]>",
    b' wsu:Id="b"',
    b' Id="b"',
    b' xmlns="urn:x"',
    b' xmlns:wsu="urn:x"',
    b"</soapenv:Body>",
    b"&amp;",
    b"\r",
    b"",
    b"<ds:Object/>",
    b"#b",
    b"#t",
    b"=",
    b"A",
    b"\xc3\xa9",
    b"\x00",
    b'"',
    b"<",
    b">",
)


def test_lxml_and_xmlsec_share_one_libxml2() -> None:
    """Elements made by one library are walked by the other: they must be built alike."""
    assert xmlsec.get_libxml_version() == etree.LIBXML_VERSION
    assert xmlsec.get_libxml_compiled_version() == etree.LIBXML_COMPILED_VERSION


@functools.cache
def original(name: str) -> tuple[bytes, Rules, bytes]:
    """A good message, the rules of its door, and what its Body says."""
    style = STYLES[name]
    scene = letter(style)
    rules = Rules.internal() if name == "internal" else Rules.front_door()
    return scene.text(), rules, canonical(scene.B)


def outcome(document: bytes, rules: Rules, name: str) -> Verified | None:
    """What a verifier says; None for a refusal. Anything but Refused is a bug."""
    verifier = {"lean": verify, "xmlsec": reference.verify}[name]
    try:
        sealed = open_envelope(document, rules)
        return verifier(sealed, signer("victim").pem, NOW)
    except Refused as no:
        assert no.refusal.code in REFUSALS
        return None


def check(document: bytes, rules: Rules, said: bytes) -> None:
    lean, other = (outcome(document, rules, name) for name in ("lean", "xmlsec"))
    assert lean is None or other is not None, "the lean verifier is laxer"
    for verified in (lean, other):
        if verified is not None:
            assert canonical(verified.body) == said
    if lean is not None and other is not None:
        assert (lean.replay_key, lean.expires, lean.to) == (
            other.replay_key,
            other.expires,
            other.to,
        )


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(STYLES)),
    where=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 12),
    put=st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=3)),
)
def test_mangled_bytes(name: str, where: float, cut: int, put: bytes) -> None:
    text, rules, said = original(name)
    at = int(where * len(text))
    check(text[:at] + put + text[at + cut :], rules, said)


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(STYLES)),
    picks=st.tuples(*[st.integers(0, 200)] * 2),
    deed=st.sampled_from(["move", "copy", "swap", "drop", "text", "tag", "attribute", "tail"]),
    word=st.sampled_from(["", "x", "b", "#b", "1", names.SHA1, names.EXC, names.RSA_SHA256]),
)
def test_mangled_trees(name: str, picks: tuple[int, int], deed: str, word: str) -> None:
    text, rules, said = original(name)
    root = etree.fromstring(text)
    nodes = list(root.iter())
    one, two = (nodes[pick % len(nodes)] for pick in picks)
    mangle(one, two, deed, word)
    check(etree.tostring(root), rules, said)


def mangle(one: etree._Element, two: etree._Element, deed: str, word: str) -> None:
    """Do one thing to a tree; moves that would make a loop do nothing."""
    above = {id(node) for node in (two, *two.iterancestors())}
    parent = one.getparent()
    if deed == "move" and id(one) not in above:
        two.insert(len(word) % (len(two) + 1), one)
    elif deed == "copy" and id(one) not in above:
        two.append(etree.fromstring(etree.tostring(one, with_tail=False)))
    elif deed == "swap" and parent is not None and one.getnext() is not None:
        parent.insert(parent.index(one) + 1, one)
    elif deed == "drop" and parent is not None:
        parent.remove(one)
    elif deed == "text":
        one.text = word
    elif deed == "tail":
        one.tail = word
    elif deed == "tag":
        one.tag = two.tag
    elif deed == "attribute" and one.attrib:
        one.set(sorted(one.attrib)[0], word)


NAMES = st.sampled_from(["a", "b", "itemSet", "x1"])
SPACES = st.sampled_from(["", EC2, "urn:one", "urn:two", names.WSA])
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r&<>\"'"),
    max_size=12,
)


def build(children: st.SearchStrategy[etree._Element]) -> st.SearchStrategy[etree._Element]:
    return st.builds(
        element,
        NAMES,
        SPACES,
        TEXTS,
        st.lists(children, max_size=3),
        st.dictionaries(NAMES, TEXTS, max_size=2),
    )


def element(
    name: str, space: str, text: str, inside: list[etree._Element], said: dict[str, str]
) -> etree._Element:
    made = etree.Element(f"{{{space}}}{name}" if space else name, said)
    made.text = text
    made.extend(inside)
    return made


TREES = st.recursive(
    st.builds(element, NAMES, SPACES, TEXTS, st.just([]), st.just({})), build, max_leaves=8
)


@settings(max_examples=100, deadline=None)
@given(
    tree=TREES,
    style=st.sampled_from(sorted(CLIENTS)),
    prefixes=st.sets(st.sampled_from(["ns0", "ns1", "soapenv", "wsu", "#default", "nowhere"])),
)
def test_whatever_is_said_both_hear_it(
    tree: etree._Element, style: str, prefixes: set[str]
) -> None:
    base = CLIENTS[style]
    inclusive = tuple(sorted(prefixes)) or base.inclusive
    chosen = Style(soap=base.soap, hash_name=base.hash_name, inclusive=inclusive)
    scene = letter(chosen, body=etree.tostring(tree).decode())
    text, rules = scene.text(), Rules.front_door()
    for name in ("lean", "xmlsec"):
        verified = outcome(text, rules, name)
        assert verified is not None
        assert canonical(verified.body[0]) == canonical(scene.B[0])


@settings(max_examples=100, deadline=None)
@given(
    tree=TREES, to=TEXTS, action=TEXTS, number=TEXTS, sha1=st.booleans(), moment=st.floats(0, 4e9)
)
def test_what_we_sign_both_accept(
    tree: etree._Element, to: str, action: str, number: str, sha1: bool, moment: float
) -> None:
    addressing = Addressing(to="u:" + to, action="a" + action, message_id="m" + number)
    document = sign(canonical(tree), mine(sha1), addressing, NOW + moment % 10)
    for verifier in (verify, reference.verify):
        sealed = open_envelope(document, Rules.internal(sha1=sha1))
        verified = verifier(sealed, signer("victim").pem, NOW)
        assert canonical(verified.body[0]) == canonical(tree)
        said = (verified.to, verified.action, verified.message_id)
        assert said == tuple(
            part.strip() for part in (addressing.to, addressing.action, addressing.message_id)
        )


@functools.cache
def mine(sha1: bool = False) -> certificates.Identity:
    who = signer("victim")
    return certificates.identity(who.pem, certificates.key_pem(who.key), sha1=sha1)


def test_our_reply_is_bound_to_its_request() -> None:
    body = operation("XResponse", "").encode()
    reply = Addressing(action="X", message_id="urn:uuid:2", relates_to="urn:uuid:1")
    document = sign(body, mine(), reply, NOW)
    assert receive(document, Rules.reply()).relates_to == "urn:uuid:1"
    for rules in (Rules.internal(), Rules.reply()):
        with pytest.raises(Refused, match="is missing") as no:
            receive(sign(body, mine(), Addressing(action="X", message_id="m"), NOW), rules)
        assert no.value.refusal is AUTH_FAILURE
    assert receive(document, Rules.front_door()).body[0].tag == f"{{{EC2}}}XResponse"


def test_a_signed_fault_is_a_body_too() -> None:
    fault = b"<soapenv:Fault><faultcode>Client.X</faultcode></soapenv:Fault>"
    document = sign(fault, mine(), None, NOW)
    assert receive(document, Rules.front_door()).body[0].tag == names.FAULT
