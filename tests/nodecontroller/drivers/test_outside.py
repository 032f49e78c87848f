# SPDX-License-Identifier: BSD-2-Clause
"""Hooks, the network's files, news, power: the small drivers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from eucalyptus.command import run
from eucalyptus.contracts.news import Changed
from eucalyptus.web.connections import Unreachable
from nodecontroller.drivers.hooks import PRE_BOOT, Hooks, Vetoed
from nodecontroller.drivers.network import EucanetdNetwork, FakeNetwork
from nodecontroller.drivers.news import ClusterNews
from nodecontroller.drivers.power import CommandPower
from tests.fixtures.reactor import Spin


def hook(folder: Path, name: str, script: str, mode: int = 0o755) -> None:
    """An executable hook."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n" + script + "\n")
    (folder / name).chmod(mode)


def test_hooks_hear_the_event_in_order(tmp_path: Path, spin: Spin) -> None:
    """With the state directory and the instance's folder; what is not executable is not called."""
    folder, said = tmp_path / "hooks", tmp_path / "said"
    hook(folder, "20", f"echo two $1 $2 $3 >> {said}")
    hook(folder, "10", f"echo one $1 $2 $3 >> {said}")
    hook(folder, "30", f"echo no >> {said}", mode=0o644)
    hooks = Hooks(folder, Path("/state"), run)
    spin(hooks.call(PRE_BOOT, Path("/folder")))
    assert said.read_text() == "".join(
        f"{n} euca-nc-pre-boot /state /folder\n" for n in ("one", "two")
    )


def test_the_first_hook_that_says_no_vetoes(tmp_path: Path, spin: Spin) -> None:
    """The others are not asked."""
    folder = tmp_path / "hooks"
    hook(folder, "10", "echo not today >&2; exit 3")
    hook(folder, "20", f"touch {tmp_path}/asked")
    with pytest.raises(Vetoed, match="not today"):
        spin(Hooks(folder, tmp_path, run).call(PRE_BOOT))
    assert not (tmp_path / "asked").exists()


def test_no_folder_is_no_hook(tmp_path: Path, spin: Spin) -> None:
    """As on a fresh host."""
    spin(Hooks(tmp_path / "none", tmp_path, run).call(PRE_BOOT))


def test_the_wanted_network_is_handed_over_whole(tmp_path: Path) -> None:
    """Readable for eucanetd, and nothing else in the directory."""
    EucanetdNetwork(tmp_path).publish(b"<network-data/>")
    assert [p.name for p in tmp_path.iterdir()] == ["global_network_info.xml"]
    assert (tmp_path / "global_network_info.xml").read_bytes() == b"<network-data/>"


def test_what_eucanetd_applied_is_read(tmp_path: Path) -> None:
    """Missing or damaged it is nothing."""
    network = EucanetdNetwork(tmp_path)
    file = tmp_path / "net" / "applied.json"
    assert network.applied() == frozenset()
    file.parent.mkdir()
    for damage in ("", "{", "[]", '{"instances": 3}'):
        file.write_text(damage)
        assert network.applied() == frozenset()
    file.write_text('{"version": "a", "instances": ["i-12345678"], "at": 1.0}')
    assert network.applied() == {"i-12345678"}


def test_eucanetd_is_there_while_its_process_is(tmp_path: Path) -> None:
    """By its pid file."""
    network, file = EucanetdNetwork(tmp_path), tmp_path / "eucanetd.pid"
    assert not network.is_served()
    file.write_text(f"{os.getpid()}\n")
    assert network.is_served()
    for damage in ("", "x", "999999999"):
        file.write_text(damage)
        assert not network.is_served()


def test_the_rehearsal_applies_what_it_is_given() -> None:
    """At once."""
    network = FakeNetwork()
    network.publish(b'<instance name="i-12345678">')
    assert network.applied() == {"i-12345678"} and network.is_served()


class Line:
    """A stub that notes what it is asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.said: list[Changed] = []
        self.fails: Exception | None = None

    async def call(self, operation: Any, ask: Any, timeout: float | None = None) -> Any:
        """Note and answer."""
        self.said.append(ask)
        if self.fails:
            raise self.fails


def test_changes_are_gathered_into_one_message() -> None:
    """To the news service beside the cluster's own, wherever that was learned to be."""
    clock, lines = Clock(), []

    def stub(url: str) -> Line:
        lines.append(Line(url))
        return lines[-1]

    news = ClusterNews(stub, lambda: "http://us/", clock)
    news.changed("i-00000001")
    clock.advance(1)
    news.learn("http://cc:8774/axis2/services/EucalyptusCC")
    news.learn("http://cc:8774/axis2/services/EucalyptusCC")
    news.learn("nonsense")
    news.changed("i-00000001")
    news.changed("i-00000002")
    clock.advance(1)
    (line,) = lines
    assert line.url == "http://cc:8774/axis2/services/EucalyptusNews"
    assert [(m.service_tag, m.subject) for m in line.said] == [("http://us/", "i-00000002")]


def test_a_cluster_that_does_not_answer_costs_nothing() -> None:
    """The next change is told again."""
    clock = Clock()
    line = Line("http://cc/")
    line.fails = Unreachable("http://cc/", "gone")
    news = ClusterNews(lambda url: line, lambda: "http://us/", clock, "http://cc:8774/")
    for subject in ("i-00000001", "i-00000002"):
        news.changed(subject)
        clock.advance(1)
    assert len(line.said) == 2


def test_sleep_is_a_command(tmp_path: Path, spin: Spin) -> None:
    """Of the administrator's choice."""
    spin(CommandPower(["touch", str(tmp_path / "asleep")], run).sleep())
    assert (tmp_path / "asleep").exists()
