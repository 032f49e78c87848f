# SPDX-License-Identifier: BSD-2-Clause
"""Envelopes, faults, and which operation a Body asks for."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.contracts.refusals import (
    INTERNAL,
    MALFORMED,
    NO_SUCH_INSTANCE,
    UNKNOWN_OPERATION,
    UNSUPPORTED_OPERATION,
    UNSUPPORTED_VERSION,
    Refusal,
    Refused,
)
from eucalyptus.wire import soap
from eucalyptus.wire.documents import parse

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
AMAZON = "http://ec2.amazonaws.com/doc/2013-02-01/"


def body(inside: str) -> etree._Element:
    """The Body of an envelope that holds ``inside``."""
    found = parse(soap.envelope(inside.encode())).find(f"{SOAP}Body")
    assert found is not None
    return found


def test_the_operation_is_the_bodys_child_by_qualified_name() -> None:
    """And the version is its namespace's."""
    operation, version, element = soap.dispatch(
        EC2, body(f'\n<DescribeInstances xmlns="{AMAZON}"><instancesSet/></DescribeInstances>\n')
    )
    assert (operation.name, version) == ("DescribeInstances", "2013-02-01")
    assert element.tag == f"{{{AMAZON}}}DescribeInstances"


def test_an_undated_contract_has_one_namespace() -> None:
    """And the version ""."""
    operation, version, _ = soap.dispatch(
        NODE, body('<ncPowerDown xmlns="http://eucalyptus.ucsb.edu/"/>')
    )
    assert (operation.name, version) == ("ncPowerDown", "")


DESCRIBE = f'<DescribeRegions xmlns="{AMAZON}"/>'


@pytest.mark.parametrize(
    ("inside", "refusal"),
    [
        ("", MALFORMED),
        ("text", MALFORMED),
        (f"text{DESCRIBE}", MALFORMED),
        (f"{DESCRIBE}text", MALFORMED),
        (DESCRIBE + DESCRIBE, MALFORMED),
        (f'{DESCRIBE}<TerminateInstances xmlns="{AMAZON}"/>', MALFORMED),
        ("<DescribeRegions/>", MALFORMED),
        ('<DescribeRegions xmlns="urn:x"/>', MALFORMED),
        (f'<DescribeRegions xmlns="{AMAZON}x"/>', MALFORMED),
        (f'<DescribeRegions xmlns="x{AMAZON}"/>', MALFORMED),
        ('<DescribeRegions xmlns="http://ec2Xamazonaws.com/doc/2013-02-01/"/>', MALFORMED),
        ('<DescribeRegions xmlns="http://ec2.amazonaws.com/doc/1999-01-01/"/>',
         UNSUPPORTED_VERSION),
        (f'<NoSuchThing xmlns="{AMAZON}"/>', UNKNOWN_OPERATION),
        (f'<DescribeInstancesType xmlns="{AMAZON}"/>', UNKNOWN_OPERATION),
        (f'<describeInstances xmlns="{AMAZON}"/>', UNKNOWN_OPERATION),
        (f'<ncRunInstance xmlns="{AMAZON}"/>', UNKNOWN_OPERATION),
        (f'<__class__ xmlns="{AMAZON}"/>', UNKNOWN_OPERATION),
        (f'<DescribeInstanceTypes xmlns="{AMAZON}"/>', UNKNOWN_OPERATION),
        (f'<CreateVolume xmlns="{AMAZON}"/>', UNSUPPORTED_OPERATION),
    ],
)  # fmt: skip
def test_other_bodies_are_refused(inside: str, refusal: Refusal) -> None:
    """Two operations, none, of another namespace, of another protocol, not built yet."""
    with pytest.raises(Refused) as refused:
        soap.dispatch(EC2, body(inside))
    assert refused.value.refusal is refusal


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (NO_SUCH_INSTANCE(instance_id="i-<1>"), "Client.InvalidInstanceID.NotFound"),
        (INTERNAL(request_id="r&d"), "Server.InternalError"),
    ],
)
def test_a_fault_is_as_amazons_clients_read_it(refused: Refused, code: str) -> None:
    """Unqualified code with the side, the sentence, and the request id in the detail."""
    fault = parse(soap.fault(refused, "r&d"))[0][0]
    assert fault.tag == f"{SOAP}Fault"
    assert [child.tag for child in fault] == ["faultcode", "faultstring", "detail"]
    assert fault.findtext("faultcode") == code
    assert fault.findtext("faultstring") == refused.message
    request_id = fault.findtext(f"detail/{{{soap.FAULT_DETAIL}}}RequestId")
    assert request_id == "r&d"


def test_a_fault_reads_back() -> None:
    """Side, code and sentence."""
    for refused in (NO_SUCH_INSTANCE(instance_id="i-1"), INTERNAL(request_id="r")):
        read = soap.read_fault(soap.fault(refused, "r"))
        assert read.refusal.code == refused.refusal.code
        assert read.refusal.is_ours == refused.refusal.is_ours
        assert read.message == refused.message


def test_a_fault_with_a_prefixed_code_reads_too() -> None:
    """As other SOAP stacks send it."""
    document = soap.envelope(
        b"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>no</faultstring></soap:Fault>"
    )
    assert soap.read_fault(document).refusal.code == "Server"


@pytest.mark.parametrize("document", [b"<html/>", b"", soap.envelope(b"<x/>")])
def test_an_answer_that_is_no_fault_is_malformed(document: bytes) -> None:
    """Whatever came with status 500."""
    with pytest.raises(Refused) as refused:
        soap.read_fault(document)
    assert refused.value.refusal is MALFORMED


def test_an_answer_is_the_one_to_the_question() -> None:
    """By qualified name."""
    describe = NODE.operation("ncDescribeResource")
    assert describe is not None
    good = '<ncDescribeResourceResponse xmlns="http://eucalyptus.ucsb.edu/"/>'
    assert soap.answer_element(NODE, describe, body(good)).tag.endswith("Response")
    for bad in (re.sub("Resource", "Sensors", good), good.replace("edu/", "edu"), good + good, ""):
        with pytest.raises(Refused, match="does not hold ncDescribeResourceResponse"):
            soap.answer_element(NODE, describe, body(bad))
