# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus.cli.docs DIRECTORY``: write the reference pages as files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from eucalyptus.manual.pages import ec2_reference


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every page below the directory and say where."""
    parser = argparse.ArgumentParser(prog="make docs", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the pages go; made when it is missing")
    directory: Path = parser.parse_args(arguments).directory
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "compute.html"
    page.write_bytes(ec2_reference())
    print(page)


if __name__ == "__main__":
    main()
