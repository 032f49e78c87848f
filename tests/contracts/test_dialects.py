# SPDX-License-Identifier: BSD-2-Clause
"""Every dated WSDL of Amazon's and every operation built: zeep asks, we answer, the schema judges."""

from __future__ import annotations

import functools
from dataclasses import MISSING
from typing import Any

import pytest
from lxml import etree

from eucalyptus.contracts.declare import Operation, Part, parts
from eucalyptus.contracts.dialects import soap_parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.wire import soap
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from tests.contracts.amazon import (
    LEAVES,
    Saying,
    alternatives,
    dialect,
    infoset,
    names_in,
)

NEWEST = EC2.versions[-1]
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
        said = spoken.body(operation.name, arguments)
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
    said = spoken.body(operation.name, saying.arguments(spoken.shape.element_type(operation.name)))
    ask = codec.read(operation.asks, asked(said)[2])
    again = parse(codec.write(ask, operation.name))
    assert codec.read(operation.asks, again) == ask
    spoken.schema.assertValid(again)


@pytest.mark.parametrize(("version", "operation"), SPOKEN)
def test_answers_with_everything_are_valid_by_amazons_schema(
    version: str, operation: Operation
) -> None:
    """Every part of that version is there, and of the parts that only others have, none."""
    spoken, name = dialect(version), f"{operation.name}Response"
    type_name = spoken.shape.element_type(name)
    for pick in range(alternatives(spoken.shape, name)):
        value = filled(operation.answers, version, pick)
        document = parse(CODECS(version).write(value, name))
        spoken.schema.assertValid(document)
        assert names_in(document) == Saying(spoken, pick).names(name, type_name)


@pytest.mark.parametrize(("version", "operation"), SPOKEN)
def test_answers_with_as_little_as_can_be_are_valid_too(version: str, operation: Operation) -> None:
    """Bodies leave out what they do not know, whether or not an old dialect wants it."""
    spoken, name = dialect(version), f"{operation.name}Response"
    spoken.schema.assertValid(parse(CODECS(version).write(least(operation.answers), name)))


def leaf(of: Any) -> Any:
    """A value of a leaf, as in ``LEAVES``."""
    return next(one for one in LEAVES.values() if type(one) is getattr(of, "__origin__", of))


def filled(message: Any, version: str, pick: int) -> Any:
    """A message with every part there ever was; of a choice of ``version``, alternative ``pick``."""
    choices: dict[str, list[Part]] = {}
    for part in soap_parts(message, version):
        if part.choice:
            choices.setdefault(part.choice, []).append(part)
    chosen = {own[pick % len(own)].attribute for own in choices.values()}
    left_out = {part.attribute for own in choices.values() for part in own} - chosen
    return message(
        **{
            part.attribute: _full(part, version, pick)
            for part in parts(message)
            if part.attribute not in left_out
        }
    )


def _full(part: Part, version: str, pick: int) -> Any:
    one = filled(part.of, version, pick) if part.is_message else leaf(part.of)
    return (one, one) if part.repeated else one


def least(message: Any) -> Any:
    """A message with what it cannot be made without, and empty lists where they may be."""
    made = {}
    for part in parts(message):
        if message.__dataclass_fields__[part.attribute].default is MISSING or part.least:
            one = least(part.of) if part.is_message else leaf(part.of)
            made[part.attribute] = (one,) * part.least if part.repeated else one
    return message(**made)
