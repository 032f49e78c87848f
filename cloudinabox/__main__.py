# SPDX-License-Identifier: BSD-2-Clause
"""The commands behind ``./faststart``."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

from cloudinabox import ending, start, status
from cloudinabox.demo import DemoFailed
from cloudinabox.layout import DEFAULT_STATE
from cloudinabox.progress import Progress, TookTooLong
from cloudinabox.soap import Cloud
from cloudinabox.supervisor import CannotStart, Supervisor
from cloudinabox.wish import FAKE, REAL, Wish
from eucalyptus.command import CommandFailed
from eucalyptus.settings import parse

EPILOGUE = """
With no command, faststart sets a cloud up on this machine, starts it, registers a small image,
launches an instance of it and logs in by SSH. A second run changes nothing.

  ./faststart                                    a running cloud
  ./faststart status --wait 60                   every service, 0 when all are ENABLED
  ./faststart credentials ~/cloud --account dev  credentials for a new account
  ./faststart down                               stop the daemons; instances go on
  ./faststart destroy --yes                      remove everything
"""


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="faststart",
        description="A private cloud on this machine, with one command.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = argparse.ArgumentParser(add_help=False)
    for one, absent in ((parser, DEFAULT_STATE), (shared, argparse.SUPPRESS)):
        one.add_argument("--state", type=Path, default=absent, metavar="DIR",
                         help=f"where state lives (default: {DEFAULT_STATE})")  # fmt: skip
        one.add_argument("--json", action="store_true",
                         default=False if one is parser else absent,
                         help="print facts as JSON")  # fmt: skip
    parser.add_argument("--no-demo", action="store_true", help="launch no demo instance")
    parser.add_argument("--hypervisor", choices=(REAL, "qemu", "xen", FAKE), default=REAL,
                        help="fake: a rehearsal, everything real but the instances")  # fmt: skip
    parser.add_argument("--zone", default="one", help="name of the availability zone")
    parser.add_argument("--subnet", type=IPv4Network, default=Wish().subnet,
                        help="addresses of the instances (default: %(default)s)")  # fmt: skip
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    looking = commands.add_parser("status", parents=[shared], help="a line per service")
    looking.add_argument("--wait", type=float, default=0.0, metavar="SECONDS",
                         help="wait until all are ENABLED")  # fmt: skip
    giving = commands.add_parser("credentials", parents=[shared], help="write credentials to DIR")
    giving.add_argument("directory", type=Path)
    giving.add_argument("--account", help="account name; made with its admin user if it is new")
    giving.add_argument("--user", help="user name (default: admin)")
    commands.add_parser("down", parents=[shared], help="stop our daemons; instances and data stay")
    removing = commands.add_parser("destroy", parents=[shared], help="remove everything")
    removing.add_argument("--yes", action="store_true", required=True, help="yes, everything")
    return parser.parse_args(argv)


def wished(asked: argparse.Namespace) -> Wish:
    """The options as a value; what an existing cloud was made with wins for its other commands."""
    wish = Wish(
        state=asked.state.absolute(), zone=asked.zone, hypervisor=asked.hypervisor,
        subnet=asked.subnet, demo=not asked.no_demo, json=asked.json,
    )  # fmt: skip
    if asked.command and wish.layout.conf.exists():
        made = parse(wish.layout.conf.read_text())
        return replace(wish, zone=made["CLUSTER"], hypervisor=made["HYPERVISOR"])
    return wish


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
