# SPDX-License-Identifier: BSD-2-Clause
"""What a real client sent, once as SOAP and once as Query: both are read, as the same ask."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from eucalyptus.contracts.declare import Operation, parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from tests.contracts.reference import reference

VERSION = "2013-02-01"
CODEC = Codec(EC2, VERSION)
DECLARED = {operation.name: operation for operation in (*EC2.operations, *EC2.drafts)}
STEP = re.compile(r"(\w+)(?:\[(\d+)\])?\Z")
PAIRS = 72


@functools.cache
def captures() -> list[dict[str, Any]]:
    """Every captured pair."""
    path = reference("EUCA_REFERENCE_API", "ec2-soap-query-pairs.json")
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def element(name: str, leaves: list[tuple[str, str]]) -> etree._Element:
    """The message again, from its leaves: ("groupSet/item[1]/groupId", "sg-1")."""
    namespace = EC2.at(VERSION)
    root = etree.Element(
        f"{{{namespace}}}{name}",
        nsmap={None: namespace},  # type: ignore[dict-item]
    )
    made: dict[str, etree._Element] = {}
    for path, text in leaves:
        node, walked = root, ""
        for step in path.split("/"):
            walked += f"/{step}"
            if walked not in made:
                found = STEP.match(step)
                assert found is not None
                made[walked] = etree.SubElement(node, f"{{{namespace}}}{found[1]}")
            node = made[walked]
        node.text = text
    return root


def meaning(value: Any) -> list[tuple[str, Any]]:
    """What a message says, said once.

    A client of the two names an instance twice in SOAP, and sends a group's id as its name in
    Query: operations take either in either place.
    """
    groups = ("groupSet/groupId", "groupSet/groupName")
    told = {
        (path.rpartition("/")[0] if path.endswith(groups) else path, leaf)
        for path, leaf in said(value)
    }
    return sorted(told, key=str)


def said(value: Any) -> Iterator[tuple[str, Any]]:
    """What a message says, without what says nothing: empty, False, absent."""
    kind: type = type(value)
    for part in parts(kind):
        got = getattr(value, part.attribute)
        for one in got or () if part.repeated else [got]:
            if part.is_message and one is not None:
                yield from ((f"{part.name}/{path}", leaf) for path, leaf in said(one))
                if part.choice and not parts(part.of):
                    yield part.name, "chosen"
            elif one:
                yield part.name, one


def asks(operation: Operation, capture: dict[str, Any]) -> tuple[Any, Any]:
    """What the client asked by SOAP and what by Query."""
    flat = dict(capture["query"])
    assert flat["Action"] == operation.name
    by_soap = CODEC.read(operation.asks, element(operation.name, capture["soap"]))
    return by_soap, query.read(CODEC, operation, flat)


def test_there_are_as_many_pairs_as_we_claim() -> None:
    """Each is read by the test below."""
    assert len(captures()) == PAIRS
    assert {capture["soapBody"] for capture in captures()} <= DECLARED.keys()


@pytest.mark.parametrize("number", range(PAIRS))
def test_a_real_client_says_the_same_in_soap_and_query(number: int) -> None:
    """Every captured command, whether its operation is built or not."""
    capture = captures()[number]
    by_soap, by_query = asks(DECLARED[capture["soapBody"]], capture)
    assert (capture["label"], meaning(by_query)) == (capture["label"], meaning(by_soap))
