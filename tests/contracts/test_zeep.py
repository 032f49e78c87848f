# SPDX-License-Identifier: BSD-2-Clause
"""An independent client: zeep loads our WSDL, we read what it says, it reads what we say."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from lxml import etree
from zeep import Client

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract, parts
from eucalyptus.contracts.dialects import soap_parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.wire import soap, wsdl
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.models import Models
from tests.contracts.amazon import FromMemory
from tests.contracts.reference import reference
from tests.wire.messages import Said, said

SPOKEN = [*((EC2, version) for version in EC2.versions), (CLUSTER, ""), (NODE, "")]
BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
LARGE = DocumentLimits(elements=200_000)


@functools.cache
def client(contract: Contract, version: str) -> Any:
    """A zeep client of our own WSDL."""
    return Client(
        "memory:", transport=FromMemory(wsdl.text(contract, version, "http://localhost/"))
    )


def arguments(value: Any, version: str) -> dict[str, Any]:
    """A message as a person says it to zeep: nested keywords."""
    return told_as(type(value), value, version)


def told_as(kind: Any, value: Any, version: str) -> dict[str, Any]:
    """A message's parts, or those that it has from its parent ``kind``."""
    told: dict[str, Any] = dict(kind.__message__.attributes)
    for part in soap_parts(kind, version):
        got = (value,) if part.folded else getattr(value, part.attribute)
        if got is None:
            continue
        if part.repeated:
            listed = [told_as(part.of, one, version) if part.is_message else one for one in got]
            if listed or part.required:
                told[part.name] = {part.item: listed} if part.set_type else listed
        else:
            told[part.name] = arguments(got, version) if part.is_message else got
    return told


def chosen_empty(value: Any) -> bool:
    """Whether a choice fell on something empty, which zeep takes for not chosen."""
    kind: Any = type(value)
    if not hasattr(kind, "__message__"):
        return False
    for part in parts(kind):
        got = getattr(value, part.attribute)
        if part.choice and got is not None and not _has_content(got):
            return True
        if any(chosen_empty(one) for one in (got or () if part.repeated else [got])):
            return True
    return False


def _has_content(value: Any) -> bool:
    kind: Any = type(value)
    if not hasattr(kind, "__message__"):
        return bool(value)
    return any(_has_content(getattr(value, part.attribute)) for part in parts(kind))


FEW = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@FEW
@given(said(soap=True, sides=("asks",)))
def test_we_read_what_zeep_asks(what: Said) -> None:
    """From its envelope, by the Body's child."""
    zeep = client(what.contract, what.version)
    told = arguments(what.value, what.version)
    assume(not chosen_empty(what.value))
    made = zeep.create_message(zeep.service, what.operation.name, **told)
    body = parse(etree.tostring(made), LARGE).find(BODY)
    assert body is not None
    found, version, element = soap.dispatch(what.contract, body)
    assert (found, version) == (what.operation, what.version)
    assert Codec(what.contract, version).read(found.asks, element) == what.value


@FEW
@given(said(soap=True, sides=("answers",)))
def test_zeep_reads_what_we_answer(what: Said) -> None:
    """Strictly, and understands the same."""
    zeep = client(what.contract, what.version)
    codec = Codec(what.contract, what.version)
    body = parse(soap.envelope(codec.write(what.value, what.element)), LARGE).find(BODY)
    assert body is not None
    kind = zeep.get_element(f"{{{codec.namespace}}}{what.element}")
    answer = kind.parse(body[0], zeep.wsdl.types)
    assert understood(answer, arguments(what.value, what.version))


def understood(answer: Any, expected: Any) -> bool:
    """Whether zeep's objects hold what is expected; to zeep, what is empty may be None."""
    if isinstance(expected, dict):
        return all(understood(getattr(answer, n, None), one) for n, one in expected.items())
    if isinstance(expected, list):
        pairs = zip(answer or [], expected, strict=True)
        return len(answer or []) == len(expected) and all(understood(*pair) for pair in pairs)
    return bool(answer == expected) or (expected == "" and answer is None)


def test_we_read_what_zeep_asks_by_amazons_wsdl() -> None:
    """A launch with everything that matters, from the published file of 2013."""
    path: Path = reference("EUCA_REFERENCE_WSDL", "ec2/2013-02-01.ec2.wsdl")
    zeep = Client("memory:", transport=FromMemory(path.read_bytes()))
    made = zeep.create_message(
        zeep.create_service(
            "{http://ec2.amazonaws.com/doc/2013-02-01/}AmazonEC2Binding", "http://localhost/"
        ),
        "RunInstances",
        imageId="emi-12345678",
        minCount=1,
        maxCount=2,
        instanceType="m1.small",
        groupSet={"item": [{"groupName": "default"}]},
        userData={"data": "ZA==", "version": "1.0", "encoding": "base64"},
        placement={"availabilityZone": "one"},
        blockDeviceMapping={"item": [{"deviceName": "/dev/sdb", "ebs": {"volumeSize": 5}}]},
    )
    body = parse(etree.tostring(made)).find(BODY)
    assert body is not None
    operation, version, element = soap.dispatch(EC2, body)
    ask = Codec(EC2, version).read(operation.asks, element)
    assert (ask.image_id, ask.min_count, ask.max_count) == ("emi-12345678", 1, 2)
    assert ask.user_data.data == "ZA=="
    assert ask.placement.availability_zone == "one"
    assert ask.block_device_mapping[0].ebs.volume_size == 5
    assert ask.group[0].group_name == "default"


@pytest.mark.parametrize(("contract", "version"), SPOKEN)
def test_zeep_loads_our_wsdl(contract: Contract, version: str) -> None:
    """Every operation is there."""
    bindings = client(contract, version).wsdl.bindings
    (binding,) = bindings.values()
    assert binding._operations.keys() == {o.name for o in Models(contract, version).operations()}
