# SPDX-License-Identifier: BSD-2-Clause
"""Secrets at rest."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from eucalyptus.secrets import Sealer, WrongKey, open_sealer, write_private


def test_what_is_sealed_is_opened_by_the_same_key_file_only(tmp_path: Path) -> None:
    sealed = open_sealer(tmp_path / "keys").seal(b"secret")
    assert b"secret" not in sealed
    assert open_sealer(tmp_path / "keys").open(sealed) == b"secret"
    with pytest.raises(WrongKey):
        Sealer(Fernet.generate_key()).open(sealed)


def test_the_key_file_is_private_and_made_once_by_many(tmp_path: Path) -> None:
    made: list[bytes] = []

    def run() -> None:
        made.append(open_sealer(tmp_path).seal(b"x"))

    racing = [threading.Thread(target=run) for _ in range(8)]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join(10)
    sealer = open_sealer(tmp_path)
    assert [sealer.open(sealed) for sealed in made] == [b"x"] * 8
    assert (tmp_path / "secrets.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.key"]


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
