# SPDX-License-Identifier: BSD-2-Clause
"""The ``euare-`` commands for accounts, users and access keys, as euca2ools has them.

One program per command, all in one table; ``python -m eucalyptus.cli.euare COMMAND`` works too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eucalyptus.cli.connection import Denied, Node, Unreachable, ask
from eucalyptus.cli.profile import IDENTITY, NoProfile, Profile, add_options, find

VERSION = "2010-05-08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command and the parameter that it fills; a flag says ``true``."""

    short: str
    long: str
    parameter: str
    required: bool = False
    flag: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: what it asks, with what, and which facts of the answer it prints.

    ``rows`` is the path to the answer's items below the result, ``columns`` the parts printed
    of each, ``between`` what stands between them.
    """

    action: str
    says: str
    options: tuple[Option, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    between: str = "\t"


_ACCOUNT = Option(short="-a", long="--account-name", parameter="AccountName", required=True)
_USER = Option(short="-u", long="--user-name", parameter="UserName", required=True)
_OF_USER = Option(short="-u", long="--user-name", parameter="UserName")
_DELEGATE = Option(short="-d", long="--as-account", parameter="DelegateAccount")
_KEY = Option(short="-k", long="--user-key-id", parameter="AccessKeyId", required=True)

COMMANDS: Mapping[str, Command] = {
    "accountcreate": Command(
        action="CreateAccount", says="Create an account with its administrator.",
        options=(_ACCOUNT, Option(short="-e", long="--email", parameter="Email")),
        rows=("Account",), columns=("AccountName", "AccountId"),
    ),
    "accountlist": Command(
        action="ListAccounts", says="List the cloud's accounts.",
        rows=("Accounts", "member"), columns=("AccountName", "AccountId"),
    ),
    "accountdel": Command(
        action="DeleteAccount", says="Delete an account.",
        options=(
            _ACCOUNT,
            Option(short="-r", long="--recursive", parameter="Recursive", flag=True),
        ),
    ),
    "usercreate": Command(
        action="CreateUser", says="Create a user.",
        options=(_USER, Option(short="-p", long="--path", parameter="Path"), _DELEGATE),
        rows=("User",), columns=("Arn", "UserId"), between="\n",
    ),
    "userlistbypath": Command(
        action="ListUsers", says="List the users of an account.",
        options=(Option(short="-p", long="--path", parameter="PathPrefix"), _DELEGATE),
        rows=("Users", "member"), columns=("Arn",),
    ),
    "userdel": Command(
        action="DeleteUser", says="Delete a user.",
        options=(
            _USER, Option(short="-r", long="--recursive", parameter="IsRecursive", flag=True),
            _DELEGATE,
        ),
    ),
    "useraddkey": Command(
        action="CreateAccessKey", says="Create an access key; prints its id and its secret.",
        options=(_OF_USER, _DELEGATE), rows=("AccessKey",),
        columns=("AccessKeyId", "SecretAccessKey"), between="\n",
    ),
    "userlistkeys": Command(
        action="ListAccessKeys", says="List a user's access keys.",
        options=(_OF_USER, _DELEGATE), rows=("AccessKeyMetadata", "member"),
        columns=("AccessKeyId", "Status"),
    ),
    "userdelkey": Command(
        action="DeleteAccessKey", says="Delete an access key.",
        options=(_OF_USER, _KEY, _DELEGATE),
    ),
}  # fmt: skip


def parser_of(name: str, command: Command) -> argparse.ArgumentParser:
    """The command line of one command."""
    parser = argparse.ArgumentParser(prog=f"euare-{name}", description=command.says)
    for option in command.options:
        kind = "store_true" if option.flag else "store"
        parser.add_argument(
            option.short, option.long, dest=option.parameter, action=kind, required=option.required
        )
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    add_options(parser)
    return parser


def parameters(command: Command, options: argparse.Namespace) -> dict[str, str]:
    """The request's parameters."""
    said = {"Action": command.action, "Version": VERSION}
    for option in command.options:
        value = getattr(options, option.parameter)
        if option.flag and value:
            said[option.parameter] = "true"
        elif not option.flag and value is not None:
            said[option.parameter] = value
    return said


def pages(command: Command, said: Mapping[str, str], profile: Profile) -> list[Node]:
    """The items of the answer, of all its pages."""
    found: list[Node] = []
    marker = ""
    while True:
        asked = {**said, **({"Marker": marker} if marker else {})}
        results = ask(profile, asked, time.time()).at(f"{command.action}Result")
        found += [node for result in results for node in result.at(*command.rows)]
        marker = results[0].text("Marker") if command.rows and results else ""
        if not marker:
            return found


def run(name: str, argv: Sequence[str] | None, say: Callable[[str], object] = print) -> int:
    """Run one command; gives its exit code."""
    command = COMMANDS[name]
    options = parser_of(name, command).parse_args(argv)
    try:
        profile = find(IDENTITY, options, os.environ)
        found = pages(command, parameters(command, options), profile)
    except NoProfile as wrong:
        return _end(2, name, wrong)
    except Denied as denied:
        return _end(1, name, denied)
    except Unreachable as silent:
        return _end(3, name, silent)
    if options.json:
        say(json.dumps([{c: node.text(c) for c in command.columns} for node in found], indent=2))
    else:
        for node in found:
            say(command.between.join(node.text(column) for column in command.columns))
    return 0


def _end(code: int, name: str, why: Exception) -> int:
    print(f"euare-{name}: {why}", file=sys.stderr)
    return code


def main() -> None:
    """Every ``euare-`` program: its own name says which."""
    name = Path(sys.argv[0]).name.removeprefix("euare-")
    words = sys.argv[1:]
    if name not in COMMANDS:
        name, words = (words[0] if words else ""), words[1:]
    if name not in COMMANDS:
        sys.exit("Commands: " + ", ".join(sorted(COMMANDS)))
    sys.exit(run(name, words))


if __name__ == "__main__":
    main()
