# SPDX-License-Identifier: BSD-2-Clause
"""The packet rules in a real kernel: all or nothing, and watched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.command import CommandFailed, Finished, run
from eucanetd.core.modes import MODES
from eucanetd.core.plan import Choices
from eucanetd.core.world import here
from eucanetd.drivers.firewall import NftFirewall
from tests.eucanetd.worlds import guest, world

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("nft"), reason="needs root and nft"
)
SPACE = f"eucl-n{os.getpid()}"


async def inside(argv: Sequence[str], **more: Any) -> Finished:
    """Run a program in the namespace of the test."""
    return await run(["ip", "netns", "exec", SPACE, *argv], env=dict(os.environ), **more)


@pytest.fixture
def firewall(tmp_path: Path) -> Iterator[NftFirewall]:
    subprocess.run(["ip", "netns", "add", SPACE], check=True)
    try:
        yield NftFirewall(tmp_path / "seen", inside)
    finally:
        subprocess.run(["ip", "netns", "del", SPACE], check=True)


def rules(*numbers: int) -> str:
    found = here(world(*map(guest, numbers)), frozenset({"10.1.1.7"}))
    assert found is not None
    return MODES["EDGE"](found, Choices()).rules


def test_rules_are_applied_once_and_watched(firewall: NftFirewall, spin: Any) -> None:
    """New, then quiet; a rule added, a table dropped by somebody else: noticed and mended."""
    assert spin(firewall.settle(rules(1))) == ["rules are new"]
    assert spin(firewall.settle(rules(1))) == []
    spin(inside(["nft", "add", "rule", "ip", "eucalyptus", "to_guests", "drop"]))
    assert spin(firewall.settle(rules(1))) == ["rules differed"]
    spin(inside(["nft", "delete", "table", "bridge", "eucalyptus"]))
    assert spin(firewall.settle(rules(1))) == ["rules differed"]
    assert spin(firewall.settle(rules(1, 2))) == ["rules are new"]


def test_a_text_that_fails_leaves_the_old_rules(firewall: NftFirewall, spin: Any) -> None:
    """One bad line, and nothing of the text is applied: never half, never none."""
    spin(firewall.settle(rules(1)))
    before = spin(inside(["nft", "-s", "list", "ruleset"])).out
    with pytest.raises(CommandFailed):
        spin(firewall.settle(rules(2) + "add rule ip eucalyptus nowhere drop\n"))
    assert spin(inside(["nft", "-s", "list", "ruleset"])).out == before
    assert spin(firewall.settle(rules(1))) == []


def test_the_tables_of_others_are_left_alone(firewall: NftFirewall, spin: Any) -> None:
    """What the administrator has beside ours survives every change of ours."""
    spin(inside(["nft", "add", "table", "inet", "mine"]))
    spin(firewall.settle(rules(1)))
    spin(firewall.settle(rules(2)))
    assert b"table inet mine" in spin(inside(["nft", "list", "tables"])).out
