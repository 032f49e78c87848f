# SPDX-License-Identifier: BSD-2-Clause
"""Operations of Amazon's that are not built: known by name to whom is known, to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zeep.exceptions import Fault

from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.services import COMPUTE
from tests.street.estate import code, newest
from tests.street.test_dialects import Caller
from tests.street.town import Town

ASKED: dict[str, dict[str, Any]] = {
    "AllocateAddress": {},
    "CreateVolume": {"availabilityZone": "one", "size": "1"},
    "MonitorInstances": {"instancesSet": {"item": [{"instanceId": "i-12345678"}]}},
}


def test_by_query_each_is_refused_by_name_after_the_signature(town: Town) -> None:
    """With every parameter it may carry, or none: nothing of it is read."""
    alice = town.user("alice")
    for name in sorted(EC2.later):
        said = {"Action": name, "Version": newest(COMPUTE.path), "Anything": "x"}
        reply = town.ask(COMPUTE.path, alice, said)
        assert code(reply) == "UnsupportedOperation", name
        assert f"{name} is part of the API but this cloud does not offer it yet" in (
            reply.body.decode()
        )
        assert code(town.ask(COMPUTE.path, None, said)) == "MissingAuthenticationToken"
    assert code(town.ask(COMPUTE.path, alice, {"Action": "MakeCoffee"})) == "InvalidAction"


@pytest.mark.parametrize("version", ["2009-04-04", "2013-02-01"])
def test_by_soap_each_is_refused_by_name(version: str, town: Town, tmp_path: Path) -> None:
    """By a client that has them from Amazon's WSDL."""
    caller = Caller(town, version, tmp_path)
    for name, asked in ASKED.items():
        with pytest.raises(Fault, match=f"{name} is part of the API") as fault:
            caller.say(name, **asked)
        assert fault.value.code == "Client.UnsupportedOperation"
