# SPDX-License-Identifier: BSD-2-Clause
"""Contract -> WSDL text, through spyne, in stable order.

``make wsdl`` writes every published file; a test fails when a committed one differs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from lxml import etree

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.services import CLUSTER as CLUSTER_SERVICE
from eucalyptus.services import COMPUTE, OBJECT_STORAGE, S3_SOAP_BELOW
from eucalyptus.services import NODE as NODE_SERVICE
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.leaves import write_str
from eucalyptus.wire.models import Models
from eucalyptus.wire.schema import XS, complete_schema

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"

_OURS = DocumentLimits(size=16 << 20, elements=1_000_000)
_PLACE = "http://the.address.goes.here/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """How a published contract has always called its parts; ``{}`` is operation or service.

    ``sides``: input and output have names of their own, which are those of their messages.
    """

    ask: str
    ask_part: str
    answer: str
    answer_part: str
    port_type: str
    binding: str
    sides: bool = False


_AMAZON = _Names(
    ask="{}RequestMsg", ask_part="{}RequestMsgReq",
    answer="{}ResponseMsg", answer_part="{}ResponseMsgResp",
    port_type="{}PortType", binding="{}Binding",
)  # fmt: skip
_S3 = _Names(
    ask="{}Request", ask_part="parameters", answer="{}Response", answer_part="parameters",
    port_type="{}", binding="{}SoapBinding", sides=True,
)  # fmt: skip
_INTERNAL = _Names(
    ask="{}", ask_part="{}", answer="{}Response", answer_part="{}Response",
    port_type="{}", binding="{}SoapBinding",
)  # fmt: skip
_OTHERS = {S3_SOAP.name: _S3}
"""Contracts that follow neither habit, by name."""


def text(contract: Contract, version: str, url: str) -> bytes:
    """The WSDL 1.1 document of ``contract`` in API ``version``, served at ``url``."""
    address = write_str(url).replace('"', "&quot;").encode()
    return _document(contract, version).replace(_PLACE.encode(), address)


@functools.cache
def _document(contract: Contract, version: str) -> bytes:
    models = Models(contract, version)
    root = parse(models.interface_document(_PLACE), _OURS)
    complete_schema(root, models)
    _name(root, contract, version)
    for node in root.iter(f"{WSDL}definitions", f"{WSDL}portType", f"{WSDL}binding"):
        _sort(node)
    for schema in root.iter(f"{XS}schema"):
        _sort(schema)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["xs", "tns"])
    etree.indent(root, space="  ")
    made: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    # Spyne's prefix for the binding's namespace; everybody else's is "soap".
    made = made.replace(b"wsdlsoap11:", b"soap:").replace(b"xmlns:wsdlsoap11=", b"xmlns:soap=")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + made + b"\n"


_ORDER = (
    *(f"{WSDL}{name}" for name in ("types", "message", "portType", "binding", "service")),
    f"{SOAP}binding", f"{WSDL}operation", f"{XS}element", f"{XS}simpleType",
    f"{XS}complexType",
)  # fmt: skip


def _sort(node: etree._Element) -> None:
    """Children in the order that every reader expects, those of one kind by name."""
    node[:] = sorted(node, key=lambda n: (_ORDER.index(str(n.tag)), n.get("name") or ""))


def _name(root: etree._Element, contract: Contract, version: str) -> None:
    """Replace the names that spyne makes up, and give operations their soapAction."""
    names = _OTHERS.get(contract.name) or (_AMAZON if contract.versions else _INTERNAL)
    port_type, binding = names.port_type, names.binding
    for node in root.iter(f"{WSDL}portType"):
        node.set("name", port_type.format(contract.service))
    for node in root.iter(f"{WSDL}binding"):
        node.set("name", binding.format(contract.service))
        node.set("type", f"tns:{port_type.format(contract.service)}")
    for node in root.iter(f"{WSDL}service"):
        node.set("name", contract.service)
    for node in root.iter(f"{WSDL}port"):
        node.set("name", contract.port)
        node.set("binding", f"tns:{binding.format(contract.service)}")
    for operation in contract.operations:
        _name_messages(root, operation.name, names)
        action = contract.soap_action(operation, version)
        for node in root.iterfind(f".//{WSDL}operation[@name='{operation.name}']"):
            _name_operation(node, action, names)


def _name_messages(root: etree._Element, operation: str, names: _Names) -> None:
    renamed = {
        operation: (names.ask, names.ask_part),
        f"{operation}Response": (names.answer, names.answer_part),
    }
    for message in root.findall(f"{WSDL}message"):
        if message.get("name") in renamed and len(message):
            name, part = renamed.pop(str(message.get("name")))
            message.set("name", name.format(operation))
            message[0].set("name", part.format(operation))


def _name_operation(node: etree._Element, action: str, names: _Names) -> None:
    node.attrib.pop("parameterOrder", "")
    for direction, message in (("input", names.ask), ("output", names.answer)):
        for child in node.findall(f"{WSDL}{direction}"):
            child.attrib.pop("name", "")
            called = message.format(node.get("name"))
            if names.sides:
                child.set("name", called)
            if "message" in child.attrib:
                child.set("message", f"tns:{called}")
    for said in node.findall(f"{SOAP}operation"):
        said.set("soapAction", action)


def published() -> dict[str, bytes]:
    """Every published file: path below ``wsdl/`` -> content."""
    files = {}
    for version in EC2.versions:
        url = f"http://localhost:{COMPUTE.port}{COMPUTE.path}"
        files[f"ec2/{version}.wsdl"] = text(EC2, version, url)
    for contract, service in ((CLUSTER, CLUSTER_SERVICE), (NODE, NODE_SERVICE)):
        url = f"http://localhost:{service.port}{service.path}"
        files[service.wsdl] = text(contract, "", url)
    url = f"http://localhost:{OBJECT_STORAGE.port}{OBJECT_STORAGE.path}{S3_SOAP_BELOW}"
    files[OBJECT_STORAGE.wsdl] = text(S3_SOAP, "", url)
    return files
