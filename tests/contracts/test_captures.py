# SPDX-License-Identifier: BSD-2-Clause
"""What a real client sent, once as SOAP and once as Query: both are read, as the same ask."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from eucalyptus.contracts.declare import Operation, parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from tests.contracts.reference import reference

VERSION = "2013-02-01"
CODEC = Codec(EC2, VERSION)
STEP = re.compile(r"(\w+)(?:\[(\d+)\])?\Z")


def captures() -> list[dict[str, Any]]:
    """The captured pairs of the operations that are built."""
    path = reference("EUCA_REFERENCE_API", "ec2-soap-query-pairs.json")
    return [one for one in json.loads(path.read_text()) if EC2.operation(one["soapBody"])]


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


def said(value: Any) -> Iterator[tuple[str, Any]]:
    """What a message says, without what says nothing: empty, False, absent."""
    kind: type = type(value)
    for part in parts(kind):
        got = getattr(value, part.attribute)
        for one in got or () if part.repeated else [got]:
            if part.is_message and one is not None:
                yield from ((f"{part.name}/{path}", leaf) for path, leaf in said(one))
            elif one:
                yield part.name, one


def test_a_real_client_says_the_same_in_soap_and_query() -> None:
    """Every captured command of a built operation."""
    checked = 0
    for capture in captures():
        operation: Operation | None = EC2.operation(capture["soapBody"])
        assert operation is not None
        asked = CODEC.read(operation.asks, element(operation.name, capture["soap"]))
        flat = dict(capture["query"])
        assert flat["Action"] == operation.name
        assert (capture["label"], sorted(said(query.read(CODEC, operation, flat)), key=str)) == (
            capture["label"],
            sorted(said(asked), key=str),
        )
        checked += 1
    assert checked >= 20


@pytest.mark.parametrize("action", [o.name for o in EC2.operations if o.soap])
def test_every_name_that_clients_of_today_share_with_2013_is_read(action: str) -> None:
    """By the map of all operations: where the rule and botocore agree, so do we."""
    path = reference("EUCA_REFERENCE_API", "ec2-soap-query-map-2013-02-01.json")
    known = json.loads(path.read_text())["full"][action]
    operation = EC2.operation(action)
    assert operation is not None
    today = set(known["query_botocore"])
    for leaf, regular in known["soap_regular"]:
        if regular in today:
            name = re.sub(r"\.N\b", ".1", regular)
            with pytest.raises(Refused) as refused:
                query.read(CODEC, operation, {name: "1", "Surely.Unknown": "x"})
            assert "know: Surely.Unknown." in refused.value.message, (leaf, refused.value.message)
