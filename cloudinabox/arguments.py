# SPDX-License-Identifier: BSD-2-Clause
"""The command line of ``./faststart``.

Needs nothing but Python itself, so that ``faststart --help`` teaches and a typing error is found
before anything is installed: ``python -m cloudinabox.arguments WORDS`` only checks its words.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

from cloudinabox.layout import DEFAULT_STATE
from cloudinabox.wish import FAKE, REAL, Wish
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
    parser.add_argument("--subnet", type=_subnet, default=Wish().subnet,
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


def _subnet(text: str) -> IPv4Network:
    try:
        network = IPv4Network(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong
    if not 8 <= network.prefixlen <= 28:
        raise argparse.ArgumentTypeError(f"{text} is not between /8 and /28")
    return network


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


if __name__ == "__main__":
    arguments(sys.argv[1:])
