# SPDX-License-Identifier: BSD-2-Clause
"""What components say to each other, said by users: rows N-05 and N-06."""

from __future__ import annotations

import pytest

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.node import NODE
from tests.street.gates import Gate
from tests.street.oracle import CODES, accepts, refuses

Gates = dict[str, Gate]

HIDDEN = ("userId", "effectiveUserId", "correlationId", "_services", "_return", "statusMessage")
INTERNAL = {
    **{
        f"N-05 {operation.name}": f'<{operation.name} xmlns="{contract.namespace}"/>'
        for contract in (NODE, CLUSTER)
        for operation in contract.operations
    },
    **{
        f"N-05 with {name}": f'<DescribeInstances xmlns="{{ec2}}"><{name}>x</{name}>'
        "<instancesSet/></DescribeInstances>"
        for name in HIDDEN
    },
    "N-05 an internal name in our namespace": '<ncTerminateInstance xmlns="{ec2}"/>',
    "N-05 the name of a type": '<TerminateInstancesType xmlns="{ec2}"/>',
}


@pytest.mark.parametrize("row", INTERNAL)
def test_users_cannot_speak_as_components_do(street_gates: Gates, row: str) -> None:
    """Neither their operations nor the parts of their messages that say who somebody is."""
    gate = street_gates["front"]
    namespace = gate.contract.at("2013-02-01")
    body = INTERNAL[row].replace("{ec2}", namespace)
    said = refuses(gate, lambda: gate.twin(body), codes=CODES | {"UnknownParameter"})
    assert set(said.values()) <= {"MalformedRequest", "InvalidAction", "UnknownParameter"}
    accepts(gate, gate.twin())


UNKNOWN = ("MigrateInstances", "RegisterCluster", "DeregisterCluster", "RegisterService",
           "ModifyService", "DescribeServices", "ModifyNode", "EnableService")  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, id=f"N-06 {name}") for name in UNKNOWN])
def test_there_is_no_administration_by_soap(street_gates: Gates, name: str) -> None:
    """The original's administrative operations are none of EC2's."""
    gate = street_gates["front"]
    body = f'<{name} xmlns="{gate.contract.at("2013-02-01")}"/>'
    assert set(refuses(gate, lambda: gate.twin(body)).values()) == {"InvalidAction"}
    accepts(gate, gate.twin())
