# SPDX-License-Identifier: BSD-2-Clause
"""Where the cloud is and who asks: which source wins."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from eucalyptus.cli.profile import IDENTITY, NoProfile, add_options, find, ini_files

INI = """
[global]
default-region = ops@here

[user ops]
key-id = OPS
secret-key = ops-secret

[user dev*]
key-id = DEV
secret-key = dev-secret

[region here]
iam-url = http://here/services/Euare
user = developer
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".euca").mkdir()
    (tmp_path / ".euca" / "a.ini").write_text(INI)
    return tmp_path


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(list(words))


def test_ini_files_alone(home: Path) -> None:
    found = find(IDENTITY, options(), {"HOME": str(home)})
    assert (found.url, found.key_id, found.secret) == (
        "http://here/services/Euare", "OPS", "ops-secret",
    )  # fmt: skip
    assert found.service == "iam"
    assert "ops-secret" not in repr(found)


def test_a_regions_own_user_by_wildcard(home: Path) -> None:
    assert find(IDENTITY, options("--region", "here"), {"HOME": str(home)}).key_id == "DEV"


def test_environment_wins_over_ini_and_options_over_both(home: Path) -> None:
    environment = {
        "HOME": str(home), "EUARE_URL": "http://env", "EC2_ACCESS_KEY": "E", "AWS_SECRET_KEY": "s",
    }  # fmt: skip
    found = find(IDENTITY, options(), environment)
    assert (found.url, found.key_id, found.secret) == ("http://env", "E", "s")
    given = find(IDENTITY, options("-U", "http://opt", "-I", "O", "-S", "t"), environment)
    assert (given.url, given.key_id, given.secret) == ("http://opt", "O", "t")
    named = find(IDENTITY, options("--region", "ops@here"), environment)
    assert (named.url, named.key_id) == ("http://here/services/Euare", "OPS")


def test_a_later_file_wins(home: Path) -> None:
    (home / ".euca" / "b.ini").write_text("[user ops]\nkey-id = LATER\n")
    found = find(IDENTITY, options(), {"HOME": str(home)})
    assert (found.key_id, found.secret) == ("LATER", "ops-secret")


def test_files_named_by_the_environment(tmp_path: Path) -> None:
    named = ini_files({"EUCA_CONFIG_PATH": f"{tmp_path}/x:{tmp_path}/y"})
    assert named == [tmp_path / "x", tmp_path / "y"]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [({}, "Where is the cloud"), ({"EUARE_URL": "http://x"}, "Who are you")],
)
def test_what_is_missing_is_said(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(NoProfile, match=sentence):
        find(IDENTITY, options(), {"HOME": str(tmp_path), **environment})


def test_an_unreadable_file_is_said(home: Path) -> None:
    (home / ".euca" / "b.ini").write_text("no section\n")
    with pytest.raises(NoProfile, match="cannot be read"):
        find(IDENTITY, options(), {"HOME": str(home)})
