# SPDX-License-Identifier: BSD-2-Clause
"""The administrator's hooks: executables that are told of events and may say no.

Every executable file of the hooks folder is called ``<event> <state directory> <path>``, in the
order of their names; the first that ends with something but 0 vetoes.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from twisted.logger import Logger

from eucalyptus.command import CommandFailed, Finished

PRE_INIT = "euca-nc-pre-init"
POST_INIT = "euca-nc-post-init"
PRE_HYP_CHECK = "euca-nc-pre-hyp-check"
PRE_BOOT = "euca-nc-pre-boot"
PRE_ADOPT = "euca-nc-pre-adopt"
PRE_CLEAN = "euca-nc-pre-clean"
PATIENCE = 60.0


class Vetoed(Exception):
    """A hook said no."""


class Hooks:
    """The executables in ``folder``, which need not exist."""

    log = Logger()

    def __init__(self, folder: Path, state: Path, run: Callable[..., Awaitable[Finished]]) -> None:
        self._folder, self._state, self._run = folder, state, run

    async def call(self, event: str, path: Path | None = None) -> int:
        """Tell every hook of ``event`` (and the instance's folder); gives how many there are.
        Raises Vetoed."""
        hooks = self._hooks()
        for hook in hooks:
            argv = [str(hook), event, str(self._state), *([str(path)] if path else [])]
            try:
                await self._run(argv, timeout=PATIENCE)
            except CommandFailed as failure:
                self.log.warn("hook {hook} vetoed {event}: {why}",
                              hook=hook.name, event=event, why=failure)  # fmt: skip
                raise Vetoed(f"hook {hook.name} vetoed {event}: {failure}") from failure
        return len(hooks)

    def _hooks(self) -> list[Path]:
        try:
            return sorted(
                p for p in self._folder.iterdir() if p.is_file() and os.access(p, os.X_OK)
            )
        except FileNotFoundError:
            return []
