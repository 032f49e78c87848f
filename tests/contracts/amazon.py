# SPDX-License-Identifier: BSD-2-Clause
"""Amazon's own WSDLs: their schemas, zeep clients of them, and everything that may be said in them.

What is said is made from their types alone, so it owes nothing to our declarations.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree
from zeep import Client
from zeep.transports import Transport

from tests.contracts.reference import XS, Particle, Shape, reference

MOMENT = datetime(2013, 2, 1, 12, 0, tzinfo=UTC)
LEAVES: Mapping[str, Any] = {
    "string": "<a & b>", "int": 7, "long": 1 << 40, "boolean": True, "double": 0.5,
    "dateTime": MOMENT,
}  # fmt: skip

ALONE = {"RunInstancesInfoType"}
"""Lists of which we take one item: several images in one launch are refused."""

Names = tuple[str, tuple[Any, ...]]
"""An element's name and those of what it holds."""


class FromMemory(Transport):
    """Serves one document for any URL and opens no connection."""

    def __init__(self, document: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._document = document

    def load(self, url: str) -> bytes:
        """The document."""
        return self._document


@dataclass(frozen=True)
class Dialect:
    """One dated WSDL as Amazon published it."""

    version: str
    shape: Shape
    schema: etree.XMLSchema
    zeep: Any

    @property
    def namespace(self) -> str:
        """What all of its elements are in."""
        return f"http://ec2.amazonaws.com/doc/{self.version}/"

    def made(self, type_name: str, told: Mapping[str, Any]) -> Any:
        """A value of a type for zeep.

        Set one by one: an empty element among the arguments means "not chosen" to zeep.
        """
        value = self.zeep.get_type(f"{{{self.namespace}}}{type_name}")()
        for name, one in told.items():
            setattr(value, name, one)
        return value

    def element(self, name: str, told: Mapping[str, Any]) -> etree._Element:
        """The element that zeep puts into the Body."""
        body = etree.Element("Body")
        value = self.made(self.shape.element_type(name), told)
        self.zeep.get_element(f"{{{self.namespace}}}{name}").render(body, value)
        return body[0]


@functools.cache
def dialect(version: str) -> Dialect:
    """The WSDL of ``version``; skips, loudly, without the reference files."""
    document = reference("EUCA_REFERENCE_WSDL", f"ec2/{version}.ec2.wsdl").read_bytes()
    shape = Shape(document)
    return Dialect(
        version=version,
        shape=shape,
        schema=etree.XMLSchema(next(shape.root.iter(f"{XS}schema"))),
        zeep=Client("memory:", transport=FromMemory(document)),
    )


def alternatives(shape: Shape, element: str) -> int:
    """How many fillings it takes to say every alternative of every choice in ``element``."""
    choices = [
        len(particle) - 1
        for name in shape.reached(element)
        for particle in shape.type_shape(name)["particles"]
        if particle[0] == "choice"
    ]
    return max(choices, default=1)


def chosen(shape: Shape, type_name: str, pick: int) -> Iterator[Particle]:
    """The particles of a type in order, alternative ``pick`` of each choice."""
    for particle in shape.type_shape(type_name)["particles"]:
        if particle[0] == "choice":
            own = particle[1:]
            yield own[pick % len(own)]
        else:
            yield particle


@dataclass(frozen=True)
class Saying:
    """What may be said by a dialect's types: with every optional part, or with none."""

    dialect: Dialect
    pick: int = 0
    full: bool = True

    def arguments(self, type_name: str) -> Any:
        """A type's content as zeep takes it."""
        shape = self.dialect.shape
        told = {
            dict(attribute)["name"]: dict(attribute)["fixed"]
            for attribute in shape.type_shape(type_name)["attributes"]
        }
        for name, of, least, most, _ in chosen(shape, type_name, self.pick):
            if self.full or least != "0":
                one, several = self._one(of), self.full and type_name not in ALONE
                told[name] = [one, one] if most == "many" and several else one
        return told

    def _one(self, type_name: str) -> Any:
        if type_name not in self.dialect.shape.types:
            return LEAVES[type_name]
        return self.dialect.made(type_name, self.arguments(type_name))

    def names(self, name: str, type_name: str) -> Names:
        """An element called ``name`` as far as its elements' names go."""
        shape, within = self.dialect.shape, []
        if type_name in shape.types:
            for inner, of, _, most, _ in chosen(shape, type_name, self.pick):
                within += [self.names(inner, of)] * (2 if most == "many" else 1)
        return name, tuple(within)


def names_in(element: etree._Element) -> Names:
    """The names of an element and of all it holds."""
    return etree.QName(element).localname, tuple(names_in(child) for child in element)


def infoset(element: etree._Element) -> Any:
    """What an element says, whatever its prefixes."""
    return (
        element.tag,
        sorted(element.attrib.items()),
        element.text or "",
        [infoset(c) for c in element],
    )
