# SPDX-License-Identifier: BSD-2-Clause
"""Every captured command of ec2-api-tools, sent again as those tools send it."""

from __future__ import annotations

import collections

from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.services import COMPUTE
from tests.contracts.test_captures import PAIRS, VERSION, captures
from tests.street.estate import Estate, code
from tests.street.test_habits import Way

UNREAD = {
    "UnknownParameter", "MissingParameter", "MalformedRequest", "InvalidAction", "AuthFailure",
    "MissingAuthenticationToken",
}  # fmt: skip
"""What is said to who is not understood."""


def test_every_captured_command_is_understood(estate: Estate) -> None:
    """Built operations refuse no more than ids that are not there; the others are named."""
    tools = Way(version=2, path=f"{COMPUTE.path}/")
    heard: collections.Counter[bool] = collections.Counter()
    for capture in captures():
        said = {**dict(capture["query"]), "Version": VERSION}
        answer = code(tools.send(estate, said))
        is_built = EC2.operation(said["Action"]) is not None
        heard[is_built] += 1
        if is_built:
            assert answer not in UNREAD, (capture["label"], answer)
        else:
            assert answer == "UnsupportedOperation", (capture["label"], answer)
    assert heard.total() == PAIRS and heard[True] == 29
