# SPDX-License-Identifier: BSD-2-Clause
"""The published WSDL of S3's SOAP API against Amazon's own, to the last occurrence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.wire import wsdl
from tests.contracts.reference import SOAP, WSDL, XS, Shape, read_wsdl, reference

Told = tuple[Any, ...]
_EXPECTED = {
    "minOccurs": "1", "maxOccurs": "1", "nillable": "false", "abstract": "false",
    "style": "document",
}  # fmt: skip


def ours() -> etree._Element:
    """What we publish."""
    return read_wsdl(wsdl.text(S3_SOAP, "", "http://localhost/"))


def theirs() -> etree._Element:
    """Amazon's, with the schema that it includes."""
    place = reference("EUCA_REFERENCE_WSDL", "s3/AmazonS3.wsdl")
    root = read_wsdl(place.read_bytes())
    (include,) = root.iter(f"{XS}include")
    schema = include.getparent()
    assert schema is not None
    schema.remove(include)
    schema.extend(read_wsdl((place.parent / "AmazonS3.xsd").read_bytes()))
    return root


def told(node: etree._Element) -> Told:
    """A node with all that is in it; prefixes, defaults and empty sequences do not count, nor does
    order among what WSDL itself knows by name."""
    said = {name: re.sub(r"^\w+:(?!/)", "", str(value)) for name, value in node.attrib.items()}
    inside = [told(one) for one in node if len(one) or one.tag != f"{XS}sequence"]
    if str(node.tag).startswith(WSDL):
        inside.sort()
    attributes = {n: v for n, v in said.items() if _EXPECTED.get(str(n)) != v}
    return (str(node.tag), tuple(sorted(attributes.items())), *inside)


def declared(root: etree._Element) -> dict[tuple[str, str], etree._Element]:
    """Elements and types of the schema, by kind and name."""
    (schema,) = root.iter(f"{XS}schema")
    kind = {f"{XS}element": "element", f"{XS}complexType": "type", f"{XS}simpleType": "type"}
    return {(kind[str(node.tag)], str(node.get("name"))): node for node in schema}


def reached(root: etree._Element) -> Iterator[tuple[str, str]]:
    """The elements that operations say, and the types that they are made of; also those that
    extend a type."""
    known = declared(root)
    waiting = [("element", o.name + end) for o in S3_SOAP.operations for end in ("", "Response")]
    seen: set[tuple[str, str]] = set()
    while waiting:
        place = waiting.pop()
        if place in seen or place not in known:
            continue
        seen.add(place)
        yield place
        named = [n.get("type") or n.get("base") or "" for n in known[place].iter()]
        waiting += [("type", name.rpartition(":")[2]) for name in named]
        waiting += [
            other for other, node in known.items()
            if any((n.get("base") or "").rpartition(":")[2] == place[1]
                   for n in node.iter(f"{XS}extension"))
        ]  # fmt: skip


def test_every_operation_of_amazons_is_declared() -> None:
    """All sixteen."""
    assert len(S3_SOAP.operations) == 16
    named = [node.get("name") for node in theirs().iterfind(f"{WSDL}portType/{WSDL}operation")]
    assert sorted(map(str, named)) == sorted(o.name for o in S3_SOAP.operations)


def test_the_schema_is_amazons() -> None:
    """Every element and type that is said: names, types, order, occurrence, enumerations."""
    here, there = ours(), theirs()
    assert sorted(reached(here)) == sorted(declared(here)), "something is declared for nothing"
    assert sorted(reached(here)) == sorted(reached(there))
    for place in reached(here):
        assert told(declared(here)[place]) == told(declared(there)[place])


def test_the_messages_and_the_binding_are_amazons() -> None:
    """Messages with their parts, port type, binding with its empty actions, service."""
    here, there = ours(), theirs()
    for path in ("message", "portType", "binding"):
        said = [sorted(map(told, root.findall(WSDL + path))) for root in (here, there)]
        assert said[0] == said[1]
    shapes = [Shape(etree.tostring(root)) for root in (here, there)]
    assert shapes[0].names() == shapes[1].names()
    assert shapes[0].operations() == shapes[1].operations()
    assert {one["action"] for one in shapes[0].operations().values()} == {""}


def test_the_address_is_ours() -> None:
    """Amazon's names a host that is long gone."""
    (address,) = ours().iter(f"{SOAP}address")
    assert address.get("location") == "http://localhost/"
    published = wsdl.published()["s3.wsdl"]
    assert b"http://localhost:8773/services/objectstorage/soap" in published


@pytest.mark.parametrize("name", ["s3.wsdl"])
def test_it_is_committed(name: str) -> None:
    """Where the interface says."""
    path = Path(__file__).parents[2] / "wsdl" / name
    assert path.read_bytes() == wsdl.published()[name]
