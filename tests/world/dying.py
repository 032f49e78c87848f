# SPDX-License-Identifier: BSD-2-Clause
"""A daemon of a running cloud that is to die at a crash point."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cloudinabox import status
from cloudinabox.programs import PROGRAMS
from cloudinabox.supervisor import Supervisor
from eucalyptus.crashpoints import VARIABLE
from tests.fixtures.cloud import Box

PORTS = {program.name: program.port for program in PROGRAMS}


def supervisor(box: Box) -> Supervisor:
    """What drives the daemons of ``box``."""
    return Supervisor(box.layout, Path(sys.executable).parent)


def revive(box: Box, program: str) -> None:
    """Have the supervisor run a program again."""
    over = supervisor(box)
    over.launch(program)
    box.wait(f"{program} to stay up", lambda: over.stays_up(program), 30)


class Doomed:
    """One daemon, started by us with its crash point in place of the supervisor's."""

    def __init__(self, box: Box, program: str, point: str) -> None:
        self._box, self._program, self._point = box, program, point
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Stop the supervisor's processes of the program and be the only one."""
        over = supervisor(self._box)
        before = next(p for p in over.processes() if p.group == self._program)
        proc = Path(f"/proc/{before.pid}")
        words = (proc / "cmdline").read_bytes().split(b"\0")[:-1]
        pairs = (line.partition(b"=") for line in (proc / "environ").read_bytes().split(b"\0"))
        env = {name: value for name, _, value in pairs if name}
        who = {line.partition(":")[0]: line.split()[1:] for line in
               (proc / "status").read_text().splitlines()}  # fmt: skip
        over.stop(self._program)
        with open(before.log, "ab") as log:
            self._process = subprocess.Popen(
                words, env={**env, VARIABLE.encode(): self._point.encode()},
                user=int(who["Uid"][1]), group=int(who["Gid"][1]),
                extra_groups=[int(one) for one in who["Groups"]],
                cwd=self._box.state, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        if PORTS[self._program]:
            listens = lambda: status.is_open(PORTS[self._program])  # noqa: E731
            self._box.wait(f"{self._program} to listen", listens, 30)

    def await_death(self, seconds: float = 60.0) -> None:
        """It dies at its crash point, and the supervisor's processes come back."""
        process = self._process
        assert process is not None
        self._box.wait(f"{self._point} to be reached", lambda: process.poll() is not None, seconds)
        assert process.returncode == -9

    def end(self) -> None:
        """Whatever happened: the program runs as it did before."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(30)
        revive(self._box, self._program)


@contextlib.contextmanager
def doomed(box: Box, program: str, point: str) -> Iterator[Doomed]:
    """``program`` of ``box`` is to die at ``point``; afterwards it runs as before."""
    one = Doomed(box, program, point)
    try:
        one.start()
        yield one
    finally:
        one.end()


def find_points(root: Path) -> set[str]:
    """Every crash point that the code of the given folder has."""
    pattern = re.compile(r"""crash(?:point)?\(\s*"([a-z_.]+)"\s*\)""")
    return {name for path in root.rglob("*.py") for name in pattern.findall(path.read_text())}
