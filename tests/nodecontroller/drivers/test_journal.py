# SPDX-License-Identifier: BSD-2-Clause
"""The journal keeps what it was given and loses nothing to damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodecontroller.core.plain import Unreadable
from nodecontroller.core.record import first
from nodecontroller.drivers.files import replace, tail
from nodecontroller.drivers.journal import Journal
from tests.nodecontroller.house import EPOCH, ID, run_request

RECORD = first(run_request(), EPOCH)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An open journal."""
    made = Journal(tmp_path / "journal")
    made.open()
    return made


def test_records_come_back(journal: Journal) -> None:
    """Until they are forgotten."""
    journal.write(RECORD)
    assert journal.read(ID) == RECORD and journal.open().records == (RECORD,)
    journal.forget(ID)
    journal.forget(ID)
    assert journal.open().records == ()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1}', b"\xff"])
def test_a_damaged_record_is_named_and_kept(
    journal: Journal, tmp_path: Path, damage: bytes
) -> None:
    """It is evidence; the others are read."""
    journal.write(RECORD)
    other = tmp_path / "journal" / "i-00000002.json"
    other.write_bytes(damage)
    found = journal.open()
    assert found.records == (RECORD,) and set(found.damaged) == {"i-00000002"}
    assert other.read_bytes() == damage


def test_a_record_under_another_name_is_damage(journal: Journal, tmp_path: Path) -> None:
    """A copied file must not make a second instance."""
    journal.write(RECORD)
    folder = tmp_path / "journal"
    (folder / "i-00000002.json").write_bytes((folder / f"{ID}.json").read_bytes())
    assert set(journal.open().damaged) == {"i-00000002"}


def test_what_is_no_id_is_no_path(journal: Journal) -> None:
    """Nothing outside the folder is read."""
    with pytest.raises(Unreadable):
        journal.read("../secret")


def test_the_node_has_notes_of_its_own(journal: Journal, tmp_path: Path) -> None:
    """Damaged or missing they say nothing."""
    assert journal.read_node() == {}
    journal.write_node({"is_enabled": False})
    assert journal.read_node() == {"is_enabled": False}
    (tmp_path / "journal" / "node.json").write_text("[")
    assert journal.read_node() == {}


def test_replacing_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """A write that fails leaves the old file and no other."""
    path = tmp_path / "file"
    replace(path, b"old", mode=0o644)
    assert path.stat().st_mode & 0o777 == 0o644
    with pytest.raises(TypeError):
        replace(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_the_tail_of_a_file(tmp_path: Path) -> None:
    """Of one that is shorter, or not there, too."""
    path = tmp_path / "log"
    assert tail(path, 10) == b""
    path.write_bytes(b"0123456789abc")
    assert tail(path, 10) == b"3456789abc" and tail(path, 100) == b"0123456789abc"
