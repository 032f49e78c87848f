# SPDX-License-Identifier: BSD-2-Clause
"""The commands behind ``./faststart``."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence

from cloudinabox import ending, start, status
from cloudinabox.arguments import arguments, wished
from cloudinabox.demo import DemoFailed
from cloudinabox.progress import Progress, TookTooLong
from cloudinabox.soap import Cloud
from cloudinabox.supervisor import CannotStart, Supervisor
from cloudinabox.wish import Wish
from eucalyptus.command import CommandFailed


def do_start(wish: Wish, supervisor: Supervisor, progress: Progress) -> int:
    """No command: set up, start, prove."""
    done = start.Starter(wish, supervisor, progress).everything()
    progress.say("Ready")
    print(start.as_json(wish, done) if wish.json else start.summary(wish, done))
    return 0


def do_status(wish: Wish, supervisor: Supervisor, progress: Progress, wait: float) -> int:
    """``status``."""
    made: list[Cloud] = []
    zones = start.asking(wish, made)
    lines: list[status.Service] = []

    def enabled() -> bool:
        lines[:] = status.look(wish, supervisor, zones)
        return status.all_enabled(lines)

    with contextlib.suppress(TookTooLong):
        progress.wait("enabling the services", enabled, wait)
    print(status.as_json(lines) if wish.json else status.table(lines))
    return 0 if status.all_enabled(lines) else 1


def do_credentials(wish: Wish, asked: argparse.Namespace) -> int:
    """``credentials``: becomes the program that writes them."""
    words = [str(asked.directory.absolute()), "--config", str(wish.layout.conf)]
    for option, value in (("--account", asked.account), ("--user", asked.user)):
        words += [option, value] if value else []
    if wish.json:
        words.append("--json")
    program = str(start.PROGRAMS_HERE / "eucalyptus-credentials")
    os.execv(program, [program, *words])  # noqa: S606


def dispatch(asked: argparse.Namespace, progress: Progress) -> int:
    """Do what was asked."""
    wish = wished(asked)
    supervisor = Supervisor(wish.layout, start.PROGRAMS_HERE)
    if asked.command == "status":
        return do_status(wish, supervisor, progress, asked.wait)
    if asked.command == "credentials":
        return do_credentials(wish, asked)
    if asked.command == "down":
        ending.down(supervisor, progress)
        return 0
    if asked.command == "destroy":
        ending.destroy(wish.layout, supervisor, progress)
        return 0
    return do_start(wish, supervisor, progress)


def main(argv: Sequence[str] | None = None) -> int:
    """``faststart``; 0 when what was asked is done."""
    asked = arguments(sys.argv[1:] if argv is None else argv)
    began = float(os.environ.get("FASTSTART_BEGAN", time.time()))
    progress = Progress(sys.stderr, time.time, time.sleep, began)
    try:
        return dispatch(asked, progress)
    except start.Unfit as unfit:
        print(unfit, file=sys.stderr)
    except (CannotStart, CommandFailed, DemoFailed, TookTooLong, ending.NotOurs) as failure:
        progress.say(f"Failed: {failure}")
        progress.say(f"Logs: {asked.state / 'log'}; after mending, run ./faststart again")
    return 1


if __name__ == "__main__":
    sys.exit(main())
