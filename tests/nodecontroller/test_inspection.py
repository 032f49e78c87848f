# SPDX-License-Identifier: BSD-2-Clause
"""What ``euca-verify`` sees of a node, and what it may mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eucalyptus.verification import Belief, Inspection, compare
from nodecontroller.core.reconcile import Domain, DomainState
from nodecontroller.drivers.images.cache import PARTIAL
from nodecontroller.inspection import inspect, look
from nodecontroller.settings import NodeSettings

LATER = 4e9
"""Long after every file of this test was written (POSIX seconds)."""


class _Hypervisor:
    """A hypervisor with these domains."""

    def __init__(self, *names: str) -> None:
        self.names = names

    async def domains(self) -> tuple[Domain, ...]:
        return tuple(Domain(name=n, uuid=n, state=DomainState.RUNNING) for n in self.names)


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> NodeSettings:
    settings = NodeSettings(state=tmp_path)
    for name in ("i-00000001", "i-00000002"):
        (settings.work / "user" / name).mkdir(parents=True)
    (settings.cache / ("emi-1" + PARTIAL)).mkdir(parents=True)
    settings.journal.mkdir(parents=True)
    (settings.journal / "i-00000001.json").write_text("{")
    return settings


def _found(spin: Any, settings: NodeSettings, *beliefs: Belief) -> list[Any]:
    seen = spin(look(settings, _Hypervisor("i-00000001", "web")))  # type: ignore[arg-type]
    return compare([seen, Inspection(beliefs=beliefs)], LATER)


def test_orphans_and_damage_are_found(settings: NodeSettings, spin: Any) -> None:
    """A foreign domain, a disk of nobody, a stale download, a record that cannot be read."""
    needs = frozenset({"domain", "disk"})
    one = Belief(id="i-00000001", needs=needs, may_have=frozenset({"record"}))
    found = _found(spin, settings, one)
    assert [(f.problem, f.kind, f.id) for f in found] == [
        ("orphan", "disk", "i-00000002"),
        ("orphan", "domain", "web"),
        ("orphan", "download", "emi-1"),
        ("faulty", "record", "i-00000001"),
    ]


def test_only_what_is_safe_can_be_mended(settings: NodeSettings, spin: Any) -> None:
    """Disks without a domain and stale downloads go; a domain is never touched."""
    for finding in _found(spin, settings):
        if finding.fix is not None:
            spin(finding.fix())
    left = {(f.kind, f.id) for f in _found(spin, settings)}
    assert left == {("disk", "i-00000001"), ("domain", "i-00000001"), ("domain", "web"),
                    ("record", "i-00000001")}  # fmt: skip


def test_a_host_without_a_node_has_nothing(tmp_path: Path, spin: Any) -> None:
    """The inspection of such a host needs no hypervisor."""
    conf = tmp_path / "eucalyptus.conf"
    conf.write_text(f'EUCALYPTUS_STATE="{tmp_path}"\nINSTANCE_PATH="{tmp_path}/none"\n')
    assert spin(inspect(conf)) == Inspection()
