# SPDX-License-Identifier: BSD-2-Clause
"""Contract -> WSDL text, through spyne, in stable order.

``python -m eucalyptus.wire.wsdl DIRECTORY`` (``make wsdl``) writes every published file;
a test fails when a committed one differs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from spyne.interface.wsdl import Wsdl11
from spyne.server.http import HttpBase

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract, parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.services import CLUSTER as CLUSTER_SERVICE
from eucalyptus.services import COMPUTE
from eucalyptus.services import NODE as NODE_SERVICE
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.models import Models

XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"

_OURS = DocumentLimits(size=16 << 20, elements=1_000_000)


def text(contract: Contract, version: str, url: str) -> bytes:
    """The WSDL 1.1 document of ``contract`` in API ``version``, served at ``url``."""
    models = Models(contract, version)
    application = models.application()
    HttpBase(application)  # without a server spyne writes a transport that nobody understands
    document = Wsdl11(application.interface)
    document.build_interface_document(url)
    root = parse(document.get_interface_document(), _OURS)
    _complete_types(root, models)
    _name_binding(root, contract)
    for schema in root.iter(f"{XS}schema"):
        schema[:] = sorted(schema, key=_rank)
    for name in ("message", "portType", "binding", "service"):
        _sort_children(root, name)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["xs", "tns"])
    etree.indent(root, space="  ")
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return made + b"\n"


def _rank(node: etree._Element) -> tuple[bool, str]:
    return (node.tag != f"{XS}element", node.get("name") or "")


def _sort_children(root: etree._Element, name: str) -> None:
    if name == "message":
        messages = sorted(root.findall(f"{WSDL}message"), key=_rank)
        at = root.index(root.find(f"{WSDL}message"))  # type: ignore[arg-type]
        for offset, message in enumerate(messages):
            root.insert(at + offset, message)
        return
    for node in root.findall(f"{WSDL}{name}"):
        operations = sorted(node.findall(f"{WSDL}operation"), key=_rank)
        for operation in operations:
            node.append(operation)


def _messages(models: Models) -> Iterator[type]:
    """Every message class that the contract's operations reach."""
    waiting = [m for o in models.operations() for m in (o.asks, o.answers)]
    seen: set[type] = set()
    while waiting:
        message = waiting.pop()
        if message in seen:
            continue
        seen.add(message)
        yield message
        waiting += [part.of for part in parts(message) if part.is_message]


def _complete_types(root: etree._Element, models: Models) -> None:
    """Add what spyne cannot say: choices, mixed content, fixed attributes."""
    types = {node.get("name"): node for node in root.iter(f"{XS}complexType")}
    for message in _messages(models):
        declared = message.__message__  # type: ignore[attr-defined]
        node = types.get(declared.name)
        if node is None:
            continue
        if declared.mixed:
            node.set("mixed", "true")
        for name, fixed in declared.attributes:
            attribute = etree.SubElement(node, f"{XS}attribute")
            for key, value in (("name", name), ("type", "xs:string"), ("use", "required"),
                               ("fixed", fixed)):  # fmt: skip
                attribute.set(key, value)
        _gather_choices(node, {p.name: p.choice for p in models.known_parts(message) if p.choice})


def _gather_choices(node: etree._Element, choices: dict[str, str]) -> None:
    sequence = node.find(f"{XS}sequence")
    if sequence is None or not choices:
        return
    made: dict[str, etree._Element] = {}
    for element in list(sequence):
        choice = choices.get(element.get("name") or "")
        if not choice:
            continue
        if choice not in made:
            made[choice] = etree.Element(f"{XS}choice")
            sequence.replace(element, made[choice])
        made[choice].append(element)
        if element.get("minOccurs") == "0":
            del element.attrib["minOccurs"]


def _name_binding(root: etree._Element, contract: Contract) -> None:
    """Give binding, service and port the contract's names, and operations their soapAction."""
    binding = root.find(f"{WSDL}binding")
    service = root.find(f"{WSDL}service")
    if binding is None or service is None:
        raise ValueError(f"{contract.name} has no operations to publish")
    binding.set("name", f"{contract.service}Binding")
    service.set("name", contract.service)
    for port in service.findall(f"{WSDL}port"):
        port.set("name", contract.port)
        port.set("binding", f"tns:{contract.service}Binding")
    for node in binding.findall(f"{WSDL}operation"):
        operation = contract.operation(node.get("name") or "")
        said = node.find(f"{SOAP}operation")
        if operation is not None and said is not None:
            said.set("soapAction", contract.soap_action(operation))


def published() -> dict[str, bytes]:
    """Every published file: path below ``wsdl/`` -> content."""
    files = {}
    for version in EC2.versions:
        url = f"http://localhost:{COMPUTE.port}{COMPUTE.path}"
        files[f"ec2/{version}.wsdl"] = text(EC2, version, url)
    for contract, service in ((CLUSTER, CLUSTER_SERVICE), (NODE, NODE_SERVICE)):
        url = f"http://localhost:{service.port}{service.path}"
        files[service.wsdl] = text(contract, "", url)
    return files


def main() -> None:
    """Write the published files below the directory given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    for name, content in published().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
