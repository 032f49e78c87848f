# SPDX-License-Identifier: BSD-2-Clause
"""An example message as the text a reader may copy: SOAP, Query, and a zeep call."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from lxml import etree

from eucalyptus.contracts.declare import Contract, Operation, Part, parts
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from eucalyptus.wire.flattening import flatten

_WIDTH = 78


def soap_body(contract: Contract, operation: Operation, version: str, ask: Any) -> str:
    """What stands in the SOAP Body, indented."""
    document = parse(Codec(contract, version).write(ask, operation.name))
    etree.indent(document, space="  ")
    return etree.tostring(document, encoding="unicode")


def query_parameters(operation: Operation, version: str, ask: Any) -> str:
    """The parameters before signing, one a line, as they stand in a form."""
    said = {"Action": operation.name, "Version": version, **flatten(ask, version)}
    return "\n& ".join(f"{name}={quote(value, safe='-_.~')}" for name, value in said.items())


def zeep_call(operation: Operation, version: str, ask: Any) -> str:
    """A call on a zeep service proxy; empty lists are said because the WSDL requires them."""
    said = [f"{name}={_literal(value)}" for name, value in _arguments(ask, version).items()]
    line = f"ec2.{operation.name}({', '.join(said)})"
    if len(line) <= _WIDTH or not said:
        return line
    return f"ec2.{operation.name}(\n" + "".join(f"    {one},\n" for one in said) + ")"


def boto3_call(call: str) -> str:
    """A call on a boto3 client."""
    return f"ec2.{call}"


def _arguments(message: Any, version: str) -> dict[str, Any]:
    """The parts of a message by their names on the wire, as zeep takes them."""
    kind: type = type(message)
    made = {}
    for part in parts(kind):
        got = getattr(message, part.attribute)
        if part.known_in(version) and not part.query_only and _is_said(part, got):
            made[part.name] = _argument(part, got, version)
    return made


def _is_said(part: Part, got: Any) -> bool:
    return got is not None and (got != () or part.required)


def _argument(part: Part, got: Any, version: str) -> Any:
    if not part.repeated:
        said = _arguments(got, version) if part.is_message else got
        # To zeep an empty element is none, unless it stands in a list.
        return [{}] if said == {} else said
    listed = [_arguments(one, version) if part.is_message else one for one in got]
    if not part.set_type:
        return listed
    return {part.item: listed} if listed else {}


def _literal(value: Any) -> str:
    """A Python literal in double quotes."""
    text = json.dumps(value, ensure_ascii=False)
    return {"true": "True", "false": "False", "null": "None"}.get(text, text)
