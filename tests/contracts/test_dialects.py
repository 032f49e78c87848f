# SPDX-License-Identifier: BSD-2-Clause
"""Every dated WSDL of Amazon's and every operation built: zeep asks, the schema judges answers."""

from __future__ import annotations

import functools

import pytest
from lxml import etree

from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.wire import soap
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from tests.conformance import AMAZONS_SCHEMA, Sightings
from tests.contracts.amazon import Saying, alternatives, dialect, infoset, names_in
from tests.contracts.saying import filled, least

SPOKEN = [
    pytest.param(version, operation, id=f"{version}-{operation.name}")
    for version in EC2.versions
    for operation in EC2.operations
    if operation.in_wsdl(version)
]
CODECS = functools.cache(functools.partial(Codec, EC2))


def asked(said: etree._Element) -> tuple[Operation, str, etree._Element]:
    """What a Body with a copy of this element asks for."""
    body = etree.Element("Body")
    body.append(parse(etree.tostring(said)))
    return soap.dispatch(EC2, body)


@pytest.mark.parametrize(("version", "operation"), SPOKEN)
def test_what_zeep_asks_by_amazons_wsdl_is_read(version: str, operation: Operation) -> None:
    """With every optional part, each alternative once: nothing is lost on the way."""
    spoken = dialect(version)
    for pick in range(alternatives(spoken.shape, operation.name)):
        arguments = Saying(spoken, pick).arguments(spoken.shape.element_type(operation.name))
        said = spoken.element(operation.name, arguments)
        spoken.schema.assertValid(said)
        assert asked(said)[:2] == (operation, version)
        ask = CODECS(version).read(operation.asks, asked(said)[2])
        again = parse(CODECS(version).write(ask, operation.name))
        assert infoset(again) == infoset(said)


@pytest.mark.parametrize(("version", "operation"), SPOKEN)
def test_what_zeep_need_not_say_may_be_absent(version: str, operation: Operation) -> None:
    """With no optional part; and all that reads the same is valid."""
    spoken, codec = dialect(version), CODECS(version)
    saying = Saying(spoken, full=False)
    arguments = saying.arguments(spoken.shape.element_type(operation.name))
    said = spoken.element(operation.name, arguments)
    ask = codec.read(operation.asks, asked(said)[2])
    again = parse(codec.write(ask, operation.name))
    assert codec.read(operation.asks, again) == ask
    spoken.schema.assertValid(again)


@pytest.mark.parametrize(("version", "operation"), SPOKEN)
def test_answers_with_everything_are_valid_by_amazons_schema(
    version: str, operation: Operation, conformance: Sightings
) -> None:
    """Every part of that version is there, and of the parts that only others have, none."""
    spoken, name = dialect(version), f"{operation.name}Response"
    type_name = spoken.shape.element_type(name)
    for pick in range(alternatives(spoken.shape, name)):
        value = filled(operation.answers, version, pick)
        document = parse(CODECS(version).write(value, name))
        spoken.schema.assertValid(document)
        assert names_in(document) == Saying(spoken, pick).names(name, type_name)
        zeep = spoken.zeep
        assert zeep.get_element(document.tag).parse(document, zeep.wsdl.types) is not None
    conformance.note(AMAZONS_SCHEMA, version, operation.name, works=True)


@pytest.mark.parametrize(("version", "operation"), SPOKEN)
def test_answers_with_as_little_as_can_be_are_valid_too(version: str, operation: Operation) -> None:
    """Bodies leave out what they do not know, whether or not an old dialect wants it."""
    spoken, name = dialect(version), f"{operation.name}Response"
    spoken.schema.assertValid(parse(CODECS(version).write(least(operation.answers, version), name)))
