# SPDX-License-Identifier: BSD-2-Clause
"""Messages that are rightly signed and say something odd, or in an odd way, at every endpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from lxml import etree

from eucalyptus.settings import WsSecurity
from eucalyptus.wire.security import names
from tests.street.gates import NAMES, Gate, code
from tests.street.oracle import accepts, refuses
from tests.wire.security.forge import EC2, Style, letter, operation
from tests.wire.security.placing import placements

Gates = dict[str, Gate]
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "{http://www.w3.org/XML/1998/namespace}"

BODIES: dict[str, Callable[[Style], str]] = {
    "W-30 two operations": lambda style: style.good + style.evil,
    "W-30 twice the same": lambda style: style.good * 2,
    "W-30 nothing": lambda style: "",
    "W-30 only text": lambda style: "text",
    "W-30 text before": lambda style: "x" + style.good,
    "W-30 text after": lambda style: style.good + "x",
    "W-30 another namespace": lambda style: style.evil.replace('xmlns="', 'xmlns="urn:evil:'),
    "W-30 no namespace": lambda style: "<TerminateInstances/>",
    "W-30 nested": lambda style: f"<x>{style.evil}</x>",
    "W-33 comment": lambda style: style.good.replace(style.inner, "<!-- -->"),
    "W-33 instruction": lambda style: style.good.replace(style.inner, "<?x y?>"),
    "W-38 encrypted": lambda style: f'<x:EncryptedData xmlns:x="{names.XENC}"/>',
    "W-38 encrypted inside": lambda style: style.good.replace(
        style.inner, f'<x:EncryptedData xmlns:x="{names.XENC}"/>'
    ),
    "W-39 xop": lambda style: style.good.replace(
        style.inner, f'<x:Include xmlns:x="{names.XOP}" href="cid:a"/>'
    ),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", BODIES)
def test_a_body_is_one_operation_of_this_contract(street_gates: Gates, name: str, row: str) -> None:
    """Whoever signed it."""
    gate = street_gates[name]
    refuses(gate, letter(gate.style, body=BODIES[row](gate.style)).text())
    accepts(gate, gate.twin())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param("application/soap+xml", "UnsupportedMediaType", id="W-13 SOAP 1.2"),
        pytest.param("multipart/related", "UnsupportedMediaType", id="W-39 multipart"),
        pytest.param(
            "multipart/related; type=application/xop+xml", "UnsupportedMediaType", id="W-39 MTOM"
        ),
    ],
)
def test_only_soap_11_is_spoken(street_gates: Gates, name: str, kind: str, expected: str) -> None:
    """The media type decides, whatever the document is."""
    gate = street_gates[name]
    said = refuses(gate, gate.twin(), kind=kind)
    assert set(said.values()) == {expected}
    accepts(gate, gate.twin())


OUTSIDE: dict[str, Callable[[etree._Element], None]] = {
    "W-32 base": lambda root: root.set(XML + "base", "http://evil/"),
    "W-32 lang": lambda root: root.set(XML + "lang", "xx"),
    "W-32 space": lambda root: root.set(XML + "space", "preserve"),
    "W-32 encodingStyle": lambda root: root.set(f"{{{names.SOAP}}}encodingStyle", "urn:evil"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", OUTSIDE)
def test_what_no_signature_covers_changes_nothing(street_gates: Gates, name: str, row: str) -> None:
    """The message means what it meant."""
    gate = street_gates[name]
    gate.twins += 1
    for number, engine in enumerate(gate.endpoints):
        scene = letter(gate.style, now=gate.clock() - 100 - gate.twins / 1000 - number / 10)
        OUTSIDE[row](scene.E)
        accepts(gate, scene.text(), engine)


def named(gate: Gate, name: str, engine: WsSecurity, extra: str = "", attribute: str = "") -> str:
    """What group a CreateSecurityGroup makes, or the code of its refusal; ``name`` is XML."""
    inside = f"<groupName{attribute}>{name}</groupName><groupDescription>d</groupDescription>"
    gate.twins += 1
    style = dataclasses.replace(gate.style, envelope_extra=extra)
    made = operation("CreateSecurityGroup", inside)
    document = letter(style, body=made, now=gate.clock() - 200 - gate.twins / 1000).text()
    return _made(gate, document.replace(b'xmlns:p="urn:honest"', b'xmlns:p="urn:evil"'), engine)


def _made(gate: Gate, document: bytes, engine: WsSecurity) -> str:
    before = _groups(gate)
    said = code(gate.send(document, engine))
    made = _groups(gate) - before
    return said or made.pop()


def _groups(gate: Gate) -> set[str]:
    reply = accepts(gate, gate.twin(operation("DescribeSecurityGroups", "<securityGroupSet/>")))
    found = etree.fromstring(reply.body).iter(f"{{{EC2}}}groupName")
    return {each.text or "" for each in found}


@pytest.mark.parametrize("engine", WsSecurity)
@pytest.mark.parametrize(
    ("wire", "name"),
    [
        pytest.param("a-1234<![CDATA[5678]]>", "a-12345678", id="W-33 CDATA behind"),
        pytest.param("<![CDATA[b-1234]]>5678", "b-12345678", id="W-33 CDATA before"),
        pytest.param("c-12&#51;45678", "c-12345678", id="W-33 character reference"),
        pytest.param("d-1234<x/>5678", "MalformedRequest", id="W-33 element"),
        pytest.param("e-1234<!---->5678", "MalformedRequest", id="W-33 split by a comment"),
        pytest.param("f-1234<?x y?>5678", "MalformedRequest", id="W-33 split by an instruction"),
    ],
)
def test_a_value_is_read_whole_or_not_at_all(
    street_gates: Gates, engine: WsSecurity, wire: str, name: str
) -> None:
    """Never its first piece."""
    tag = engine.value[0]
    wanted = name if name == "MalformedRequest" else tag + name
    assert named(street_gates["front"], tag + wire, engine) == wanted


@pytest.mark.parametrize("engine", WsSecurity)
def test_w31_a_prefix_in_a_value_is_only_text(street_gates: Gates, engine: WsSecurity) -> None:
    """``xsi:type`` names a type by a prefix that no signature covers: nobody looks at it."""
    extra = f'xmlns:p="urn:honest" xmlns:xsi="{XSI}"'
    name = f"w31-{engine.value}"
    assert named(street_gates["front"], name, engine, extra, ' xsi:type="p:x"') == name


@pytest.mark.parametrize("part", ["B", "T"])
@pytest.mark.parametrize("name", NAMES)
def test_w40_every_placement_is_refused(street_gates: Gates, name: str, part: str) -> None:
    """Each document of the generator; what they could change is compared once, at the end."""
    gate = street_gates[name]
    before, tried = gate.look(), 0
    for where, document in placements(gate.style, part):
        assert code(gate.send(document)) not in ("", "Declined", "InternalError"), where
        tried += 1
    assert tried > 100 and gate.look() == before
    accepts(gate, gate.twin())
