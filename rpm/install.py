# SPDX-License-Identifier: BSD-2-Clause
"""Lay the packages out for an RPM: a private directory, its dist-info, and our commands.

Called by eucalyptus.spec with a bare Python: neither pip nor the network is there.
"""

from __future__ import annotations

import argparse
import configparser
import shutil
from pathlib import Path

LAUNCHER = """#!{python} -sP
import sys

sys.path.insert(0, "{private}")
from {module} import {function}

if __name__ == "__main__":
    sys.exit({function}())
"""


def main() -> None:
    """Read setup.cfg beside us and install below ``--root``."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--root", "--private", "--python", "--version"):
        parser.add_argument(option, required=True)
    asked = parser.parse_args()
    source = Path(__file__).resolve().parent.parent
    setup = configparser.ConfigParser()
    setup.read(source / "setup.cfg")
    points = dict(setup["options.entry_points"])
    packages(source, Path(asked.root + asked.private))
    dist_info(points, Path(asked.root + asked.private), asked.version)
    commands = points["console_scripts"] + "\neucalyptus-fast-start = cloudinabox.__main__:main"
    launchers(commands, Path(asked.root) / "usr/bin", asked)


def packages(source: Path, target: Path) -> None:
    """Copy every package of the street."""
    hidden = shutil.ignore_patterns("__pycache__", "*.pyc")
    for init in sorted(source.glob("*/__init__.py")):
        if init.parent.name not in ("tests", "benchmarks"):
            shutil.copytree(init.parent, target / init.parent.name, ignore=hidden)


def dist_info(points: dict[str, str], target: Path, version: str) -> None:
    """What importlib.metadata reads: houses find each other by entry points."""
    directory = target / f"eucalyptus-{version}.dist-info"
    directory.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: eucalyptus\nVersion: {version}\n"
    (directory / "METADATA").write_text(metadata)
    text = "".join(f"[{group}]\n{lines.strip()}\n\n" for group, lines in points.items())
    (directory / "entry_points.txt").write_text(text)


def launchers(commands: str, directory: Path, asked: argparse.Namespace) -> None:
    """A script per command that looks only into our own directory first."""
    directory.mkdir(parents=True)
    for line in filter(None, map(str.strip, commands.splitlines())):
        name, _, target = (part.strip() for part in line.partition("="))
        module, _, function = target.partition(":")
        script = directory / name
        script.write_text(
            LAUNCHER.format(
                python=asked.python, private=asked.private, module=module, function=function
            )
        )
        script.chmod(0o755)


if __name__ == "__main__":
    main()
