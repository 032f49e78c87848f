# SPDX-License-Identifier: BSD-2-Clause
"""What spyne's schema leaves out: choices, mixed content, fixed attributes, extended, abstract and
anonymous types."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from eucalyptus.contracts.declare import concrete, message_type
from eucalyptus.wire.models import Models

XS = "{http://www.w3.org/2001/XMLSchema}"

Types = Mapping[str, etree._Element]


def complete_schema(root: etree._Element, models: Models) -> None:
    """Finish the schema in a WSDL that spyne wrote for ``models``."""
    schema = next(root.iter(f"{XS}schema"))
    _drop_elements(schema, models)
    types = {node.get("name") or "": node for node in schema.findall(f"{XS}complexType")}
    for message in _messages(models):
        # Some versions have one type for two messages that others tell apart.
        node = types.pop(models.type_name(message), None)
        if node is not None:
            _say_mixed(node, message)
            _say_attributes(node, message)
            _gather_choices(node, {p.name: p.choice for p in models.known_parts(message)})
            if message_type(message).anonymous:
                _move_inside(schema, node)
            else:
                _extend(schema, node, message, models)


def _drop_elements(schema: etree._Element, models: Models) -> None:
    """Only messages are elements; spyne declares one for every type."""
    said = {name for o in models.operations() for name in (o.name, f"{o.name}Response")}
    for element in schema.findall(f"{XS}element"):
        if element.get("name") not in said:
            schema.remove(element)


def _messages(models: Models) -> Iterator[Any]:
    """Every message class that the contract's operations reach."""
    waiting = [m for o in models.operations() for m in (o.asks, o.answers)]
    seen: set[type] = set()
    while waiting:
        message = waiting.pop()
        if message not in seen:
            seen.add(message)
            yield message
            waiting += [part.of for part in models.known_parts(message) if part.is_message]
            waiting += concrete(message) if message_type(message).abstract else ()


def _say_mixed(node: etree._Element, message: Any) -> None:
    if message.__message__.mixed:
        node.set("mixed", "true")


def _say_attributes(node: etree._Element, message: Any) -> None:
    for name, fixed in message.__message__.attributes:
        attribute = etree.SubElement(node, f"{XS}attribute")
        attribute.set("name", name)
        attribute.set("type", "xs:string")
        attribute.set("use", "required")
        attribute.set("fixed", fixed)


def _gather_choices(node: etree._Element, choices: Mapping[str, str]) -> None:
    """Put the elements of one choice into one ``xs:choice``, where the first of them stood."""
    sequence = node.find(f"{XS}sequence")
    made: dict[str, etree._Element] = {}
    for element in [] if sequence is None else list(sequence):
        choice = choices.get(element.get("name") or "")
        if choice and sequence is not None:
            if choice not in made:
                made[choice] = etree.Element(f"{XS}choice")
                sequence.replace(element, made[choice])
            made[choice].append(element)
            element.attrib.pop("minOccurs", "")


def _move_inside(schema: etree._Element, node: etree._Element) -> None:
    """Put a message's type into its element, which has the same name."""
    name = node.attrib.pop("name")
    for element in schema.findall(f"{XS}element"):
        if element.get("name") == name:
            del element.attrib["type"]
            element.append(node)


def _extend(schema: etree._Element, node: etree._Element, message: Any, models: Models) -> None:
    """Make the type of a message with a parent an extension of its parent's type."""
    if message_type(message).abstract:
        node.set("abstract", "true")
    parent: Any = message.__bases__[0]
    if not hasattr(parent, "__message__") or message_type(message).folded:
        return
    sequence = node.find(f"{XS}sequence")
    elements = [] if sequence is None else list(sequence)
    inherited = elements[: len(models.known_parts(parent))]
    _declare(schema, parent, inherited, models)
    for element in inherited:
        element.getparent().remove(element)  # type: ignore[union-attr]
    content = etree.SubElement(node, f"{XS}complexContent")
    extension = etree.SubElement(content, f"{XS}extension")
    extension.set("base", f"tns:{models.type_name(parent)}")
    if sequence is not None:
        extension.append(sequence)


def _declare(
    schema: etree._Element, message: Any, elements: list[etree._Element], models: Models
) -> None:
    """Declare a parent's type, unless it is, with copies of its ``elements``."""
    name = models.type_name(message)
    if any(node.get("name") == name for node in schema.findall(f"{XS}complexType")):
        return
    node = etree.SubElement(schema, f"{XS}complexType")
    node.set("name", name)
    if elements:
        sequence = etree.SubElement(node, f"{XS}sequence")
        sequence.extend(copy.deepcopy(element) for element in elements)
    _extend(schema, node, message, models)
