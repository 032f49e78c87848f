# SPDX-License-Identifier: BSD-2-Clause
"""SCHEDPOLICY as a program: it gets the original's arguments and names a node by its exit code."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twisted.logger import Logger

from clustercontroller.core.capacity import Needs
from eucalyptus.command import Finished, run

CANNOT_RUN = 127
"""The exit code of a program that is not there, as shells have it."""
LIMIT = 8.0
"""Seconds that the program may think."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Where to put one instance; the two texts are made by core/scheduler.py."""

    instance_id: str
    platform: str
    needs: Needs
    nodes: str
    instances: str


class Placer(Protocol):
    """Asks a program of the administrator's."""

    async def ask(self, program: str, question: Question) -> int:
        """The exit code: a node counted from 1; 0 or less for none, also when it fails."""
        ...


class ProgramPlacer:
    """Runs the program with its files under ``directory``; its data file is its own to keep."""

    log = Logger()

    def __init__(
        self, directory: Path, run_program: Callable[..., Awaitable[Finished]] = run
    ) -> None:
        self._directory, self._run = directory, run_program

    async def ask(self, program: str, question: Question) -> int:
        """Write the two files, run the program, read its exit code."""
        with tempfile.TemporaryDirectory(dir=self._directory, prefix="sched") as made:
            nodes, instances = Path(made, "nodes"), Path(made, "instances")
            nodes.write_text(question.nodes)
            instances.write_text(question.instances)
            argv = self._arguments(program, question, (nodes, instances))
            finished = await self._run(argv, timeout=LIMIT, check=False)
        if finished.code != CANNOT_RUN:
            return finished.code
        self.log.error("{program} cannot be run: {why}", program=program, why=finished.err)
        return 0

    def _arguments(self, program: str, question: Question, files: Sequence[Path]) -> list[str]:
        needs = question.needs
        return [
            program, str(files[0]), str(files[1]), str(needs.memory), str(needs.disk),
            str(needs.cores), question.instance_id, str(self._directory / "schedpolicy.data"),
            question.platform,
        ]  # fmt: skip


class FakePlacer:
    """Answers with the exit codes it was given, the last one for ever."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes) or [0]
        self.asked: list[Question] = []

    async def ask(self, program: str, question: Question) -> int:
        """The next exit code."""
        self.asked.append(question)
        return self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
