# SPDX-License-Identifier: BSD-2-Clause
"""The RPMs build offline, hold what they should, and their units are sound."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from eucalyptus.command import run_now
from eucalyptus.services import SERVICES
from tests.streets import ROOT, houses

PACKAGES = {
    "eucalyptus", "eucalyptus-cloud", "eucalyptus-cluster", "eucalyptus-node", "eucalyptus-walrus",
    "eucanetd", "eucalyptus-fast-start",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The binary packages of this tree."""
    top = tmp_path_factory.mktemp("rpm")
    run_now([str(ROOT / "rpm" / "build"), str(top)], timeout=120)
    return sorted((top / "RPMS").rglob("*.rpm"))


@pytest.fixture(scope="module")
def root(built: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everything installed."""
    directory = tmp_path_factory.mktemp("root")
    run_now(["rpm", "--root", str(directory), "--initdb"])
    flags = ("--nodeps", "--noscripts", "--ignorearch")
    run_now(["rpm", "--root", str(directory), "-i", *flags, *map(str, built)])
    return directory


def test_every_package_is_built(built: list[Path]) -> None:
    """The split administrators know."""
    names = {run_now(["rpm", "-qp", "--qf", "%{NAME}", str(path)]).out.decode() for path in built}
    assert names == PACKAGES


def test_every_house_is_in_a_package(root: Path) -> None:
    """The packages hold the whole street, and nothing is installed twice."""
    private = root / "usr/lib/eucalyptus/site-packages"
    installed = {path.name for path in private.iterdir() if not path.name.endswith("dist-info")}
    assert installed == houses() | {"eucalyptus"}


def test_every_command_is_installed(root: Path) -> None:
    """Each console script of setup.cfg is a command of a package, and runs our code."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    scripts = setup["options.entry_points"]["console_scripts"].split("\n")
    for line in filter(None, scripts):
        command = root / "usr/bin" / line.partition("=")[0].strip()
        assert command.stat().st_mode & 0o111
        compile(command.read_text(), str(command), "exec")


def test_what_is_installed_verifies(root: Path) -> None:
    """rpm finds every file as it was packed, the owners of a foreign system aside."""
    flags = ("--nodeps", "--nouser", "--nogroup")
    for package in PACKAGES:
        run_now(["rpm", "--root", str(root), "-V", *flags, package])


def test_every_daemon_has_the_unit_that_the_table_names(root: Path) -> None:
    """eucalyptus/services.py, the packages and the units agree."""
    units = {path.name for path in (root / "usr/lib/systemd/system").iterdir()}
    assert {service.unit for service in SERVICES} <= units


def test_units_are_sound(root: Path) -> None:
    """systemd finds no unknown key and no missing program."""
    # Standing in for the distribution's interpreter and units, which are not ours.
    (root / "usr/bin/python3.12").touch(mode=0o755)
    units = sorted(str(path) for path in (root / "usr/lib/systemd/system").iterdir())
    for name in ("network-online.target", "libvirtd.service", "multi-user.target", "sysinit.target",
                 "basic.target", "shutdown.target", "network.target", "local-fs.target",
                 "tmp.mount", "-.mount", "system.slice"):  # fmt: skip
        path = root / "usr/lib/systemd/system" / name
        if not path.exists() and not name.endswith((".mount", ".slice")):
            body = "[Service]\nExecStart=/usr/bin/true\n" if name.endswith("service") else ""
            path.write_text(f"[Unit]\nDescription={name}\n{body}")
    (root / "usr/bin/true").touch(mode=0o755)
    checked = run_now(
        ["systemd-analyze", "verify", "--man=no", f"--root={root}", *map(_instance, units)],
        check=False,
    )
    complaints = [
        line
        for line in checked.err.decode().splitlines()
        if "eucalyptus" in line or "eucanetd" in line
    ]
    assert not complaints, checked.err.decode()


def _instance(path: str) -> str:
    return path.replace("@.service", "@1.service")


def test_rpmlint_finds_no_error(built: list[Path]) -> None:
    """Errors that are about us; Debian's rpmlint also asks for other distributions' habits."""
    config = str(ROOT / "rpm" / "rpmlint.toml")
    report = run_now(["rpmlint", "-c", config, *map(str, built)], check=False, timeout=120)
    errors = [line for line in report.out.decode().splitlines() if ": E: " in line]
    assert errors == []
