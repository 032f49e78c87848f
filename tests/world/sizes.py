# SPDX-License-Identifier: BSD-2-Clause
"""What a process holds: memory, open files, threads, connections that the peer has closed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

CLOSE_WAIT = "08"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """``rss`` in bytes; ``close_wait`` counts connections that only the peer has closed."""

    rss: int
    files: int
    threads: int
    close_wait: int


def sizes_of(pid: int) -> Sizes:
    """Look at a process now."""
    proc = Path(f"/proc/{pid}")
    status = (proc / "status").read_text()
    links = []
    for name in os.listdir(proc / "fd"):
        try:
            links.append(os.readlink(proc / "fd" / name))
        except FileNotFoundError:  # closed meanwhile
            continue
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    rows = [line.split() for line in (proc / "net" / "tcp").read_text().splitlines()[1:]]
    return Sizes(
        rss=_number(status, "VmRSS") * 1024,
        files=len(links),
        threads=_number(status, "Threads"),
        close_wait=sum(row[3] == CLOSE_WAIT and row[9] in inodes for row in rows),
    )


def _number(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    assert found is not None
    return int(found[1])
