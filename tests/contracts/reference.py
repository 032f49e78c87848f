# SPDX-License-Identifier: BSD-2-Clause
"""Reference data that is not part of this repository, and the shape of a WSDL to compare.

``EUCA_REFERENCE_WSDL`` names a folder with ``ec2/<date>.ec2.wsdl`` and ``internal/*.wsdl`` as
Amazon and the original published them, ``EUCA_REFERENCE_API`` one with captures of real clients.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from eucalyptus.wire.documents import DocumentLimits, parse

XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
LIMITS = DocumentLimits(size=4 << 20, elements=100_000)

Particle = tuple[Any, ...]


def reference(variable: str, name: str) -> Path:
    """A reference file; skips, loudly, where there is none."""
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{variable} does not name the folder with {name}: NOT COMPARED")
    path = Path(folder) / name
    assert path.is_file(), f"{variable} has no {name}"
    return path


def read_wsdl(document: bytes) -> etree._Element:
    """A WSDL without its comments: reference files have licences in them."""
    plain = etree.tostring(
        etree.fromstring(document, etree.XMLParser(remove_comments=True, resolve_entities=False))
    )
    return parse(plain, LIMITS)


class Shape:
    """What a WSDL says, without how: types, elements, messages, actions."""

    def __init__(self, document: bytes) -> None:
        self.root = read_wsdl(document)
        _expand_groups(self.root)
        self.types = {str(node.get("name")): node for node in self.root.iter(f"{XS}complexType")}

    def type_shape(self, name: str) -> dict[str, Any]:
        """Particles in order with names, types and occurrence; attributes; the first ancestor.

        Inherited particles count as a type's own: what stands on the wire is the same.
        """
        node = self.types[name]
        extension = node.find(f"{XS}complexContent/{XS}extension")
        base = {} if extension is None else self.type_shape(_local(extension.get("base")))
        holder = node if extension is None else extension
        own = [p for s in holder.findall(f"{XS}sequence") for p in _particles(s)]
        return {
            "first": base.get("first", name),
            "mixed": node.get("mixed", "false"),
            "attributes": sorted(
                tuple(sorted(one.attrib.items())) for one in node.findall(f"{XS}attribute")
            ),
            "particles": [*base.get("particles", ()), *own, *_particles(holder)],
        }

    def reached(self, element: str) -> set[str]:
        """The types that an element's content is made of, all the way down; no ancestors."""
        waiting, seen = [self.element_type(element)], set()
        while waiting:
            name = waiting.pop()
            if name in self.types and name not in seen:
                seen.add(name)
                node = self.types[name]
                waiting += self._within(node)
        return seen

    def _within(self, node: etree._Element) -> list[str]:
        names = [_local(e.get("type")) for e in node.iter(f"{XS}element")]
        for extension in node.iter(f"{XS}extension"):
            names += self._within(self.types[_local(extension.get("base"))])
        return names

    def element_type(self, element: str) -> str:
        """The type of a global element."""
        for node in self.root.findall(f"{WSDL}types/{XS}schema/{XS}element"):
            if node.get("name") == element:
                return _local(node.get("type"))
        raise LookupError(element)

    def operations(self) -> dict[str, dict[str, Any]]:
        """By name: the elements of both messages, soapAction and styles."""
        elements = {
            str(message.get("name")): _local(message[0].get("element"))
            for message in self.root.findall(f"{WSDL}message")
        }
        found: dict[str, dict[str, Any]] = {}
        for node in self.root.findall(f"{WSDL}portType/{WSDL}operation"):
            sides = {side: node.find(f"{WSDL}{side}") for side in ("input", "output")}
            found[str(node.get("name"))] = {
                side: elements[_local(one.get("message"))]
                for side, one in sides.items()
                if one is not None
            }
        for node in self.root.findall(f"{WSDL}binding/{WSDL}operation"):
            said = node.find(f"{SOAP}operation")
            assert said is not None
            found[str(node.get("name"))] |= {
                "action": said.get("soapAction"),
                "uses": sorted({str(body.get("use")) for body in node.iter(f"{SOAP}body")}),
            }
        return found

    def names(self) -> dict[str, Any]:
        """What tools and clients call things."""
        schema = next(self.root.iter(f"{XS}schema"))
        binding = next(self.root.iter(f"{SOAP}binding"))
        return {
            "namespace": self.root.get("targetNamespace"),
            "schema": schema.get("targetNamespace"),
            "elements": schema.get("elementFormDefault"),
            "transport": binding.get("transport"),
            "style": binding.get("style", "document"),
            "port type": [n.get("name") for n in self.root.findall(f"{WSDL}portType")],
            "binding": [n.get("name") for n in self.root.findall(f"{WSDL}binding")],
            "service": [n.get("name") for n in self.root.findall(f"{WSDL}service")],
            "port": [n.get("name") for n in self.root.findall(f"{WSDL}service/{WSDL}port")],
        }


def _expand_groups(root: etree._Element) -> None:
    """Put what groups hold where types refer to them."""
    named = {node.get("name"): node for node in root.iter(f"{XS}group") if node.get("name")}
    for node in list(root.iter(f"{XS}group")):
        parent = node.getparent()
        if node.get("ref") and parent is not None:
            (content,) = named[_local(node.get("ref"))]
            parent.replace(node, copy.deepcopy(content))


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def _particles(sequence: etree._Element) -> list[Particle]:
    made: list[Particle] = []
    for node in sequence:
        if node.tag == f"{XS}choice":
            made.append(("choice", *_particles(node)))
        elif node.tag == f"{XS}element":
            most = node.get("maxOccurs", "1")
            made.append(
                (
                    node.get("name"),
                    _local(node.get("type")),
                    node.get("minOccurs", "1"),
                    "1" if most == "1" else "many",
                    node.get("nillable", "false"),
                )
            )
    return made
