# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus.cli.wsdl DIRECTORY``: write the published WSDL files, or check them for drift."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eucalyptus.wire.wsdl import published


def drifted(directory: Path) -> list[str]:
    """The published files below ``directory`` that differ from their contracts, or are missing."""
    return [
        name
        for name, content in published().items()
        if not (directory / name).is_file() or (directory / name).read_bytes() != content
    ]


def write(directory: Path) -> None:
    """Write every published file below ``directory``."""
    for name, content in published().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when ``--check`` finds drift."""
    parser = argparse.ArgumentParser(prog="make wsdl", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the published files are")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    asked = parser.parse_args(arguments)
    if not asked.check:
        write(asked.directory)
        return 0
    stale = drifted(asked.directory)
    for name in stale:
        print(f"{asked.directory / name} is not what its contract says: run make wsdl",
              file=sys.stderr)  # fmt: skip
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
