# SPDX-License-Identifier: BSD-2-Clause
"""``euctl``: show and change the cloud's properties, in the manner of sysctl.

euctl                               every property
euctl cloud.vmstate                 those under a name
euctl NAME=VALUE                    set one (several may follow)
euctl NAME=@FILE                    set one to the content of a file ("-": standard input)
euctl -r NAME                       back to its default
euctl --dump NAME --format json     a whole document
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
from eucalyptus.cli.profile import PROPERTIES, NoProfile, Profile, add_options, find

VERSION = "eucalyptus"
REFUSED, MISUSED, UNREACHED = 1, 2, 3
"""Exit codes: the cloud said no; the command line is wrong; no answer."""


class Misused(Exception):
    """The command line asks for something impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One property as the cloud tells it."""

    name: str
    value: str
    default: str
    says: str
    structure: bool


def _shown(node: Node) -> Shown:
    return Shown(
        name=node.text("name"),
        value=node.text("value"),
        default=node.text("defaultValue"),
        says=node.text("description"),
        structure=node.text("structure") == "true",
    )


def describe(profile: Profile, names: Sequence[str], now: float) -> list[Shown]:
    """The properties under ``names``, or all."""
    parameters = {"Action": "DescribeProperties", "Version": VERSION}
    parameters |= {f"Properties.{place}": name for place, name in enumerate(names, 1)}
    return [_shown(node) for node in ask(profile, parameters, now).at("properties", "item")]


def modify(profile: Profile, name: str, value: str | None, now: float) -> str:
    """Set a property, or with None reset it; gives its value now."""
    parameters = {"Action": "ModifyPropertyValue", "Version": VERSION, "Name": name}
    parameters |= {"Reset": "true"} if value is None else {"Value": value}
    return ask(profile, parameters, now).text("value")


def text_for(word: str, stdin: Callable[[], str]) -> str:
    """The value that the right side of NAME=… means; raises Misused for an unreadable file."""
    if not word.startswith("@"):
        return word
    try:
        return stdin() if word == "@-" else Path(word[1:]).read_text()
    except (OSError, UnicodeDecodeError) as wrong:
        raise Misused(f"{word[1:]} cannot be read: {wrong}") from wrong


def formatted(value: str, form: str) -> str:
    """A document as ``raw``, ``json`` (indented) or ``yaml``; raises Misused if it is no JSON."""
    if form == "raw" or not value:
        return value
    try:
        read = json.loads(value)
    except ValueError as wrong:
        raise Misused("The value is not JSON; use --format raw.") from wrong
    if form == "json":
        return json.dumps(read, indent=2)
    return "\n".join(yaml(read))


def yaml(value: object, indent: str = "") -> list[str]:
    """Lines of YAML for plain data: block style, scalars as JSON, which YAML includes."""
    if isinstance(value, Mapping) and value:
        return [line for key, part in value.items() for line in _entry(f"{key}:", part, indent)]
    if isinstance(value, list) and value:
        return [line for part in value for line in _entry("-", part, indent)]
    return [indent + json.dumps(value)]


def _entry(label: str, part: object, indent: str) -> list[str]:
    if isinstance(part, Mapping | list) and part:
        return [f"{indent}{label}", *yaml(part, indent + "  ")]
    return [f"{indent}{label} {json.dumps(part)}"]


def line(shown: Shown, options: argparse.Namespace) -> str | None:
    """What is printed of a property, None when it is left out of listings."""
    if options.dump:
        return formatted(shown.value, options.format)
    if options.describe:
        value = shown.says
    elif options.defaults:
        value = shown.default
    elif shown.structure and not options.all_types:
        return None
    else:
        value = shown.value
    return value if options.values_only else f"{shown.name} = {value}"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="euctl", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="NAME[=VALUE|=@FILE]")
    parser.add_argument("-A", "--all-types", action="store_true", help="show documents, too")
    parser.add_argument("-r", "--reset", action="store_true", help="reset to the default")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("-d", "--defaults", action="store_true", help="show defaults")
    kinds.add_argument("-s", "--describe", action="store_true", help="show descriptions")
    kinds.add_argument("--dump", action="store_true", help="print one value, documents whole")
    parser.add_argument("-n", "--values-only", action="store_true", help="leave the names out")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing after a change")
    parser.add_argument("--format", choices=("raw", "json", "yaml"), default="raw")
    parser.add_argument("--json", action="store_true", help="list everything as JSON")
    add_options(parser)
    return parser.parse_args(argv)


def run(options: argparse.Namespace, profile: Profile, say: Callable[[str], object]) -> None:
    """Do what the command line asks; raises Misused, Denied, Unreachable."""
    changes = [word.partition("=") for word in options.words if "=" in word]
    if changes and (options.reset or len(changes) != len(options.words)):
        raise Misused("Either set properties, or show them, or reset them.")
    if options.reset and not options.words:
        raise Misused("Which properties are to be reset? Name them.")
    if changes or options.reset:
        wanted: list[tuple[str, str | None]] = [(word, None) for word in options.words]
        if changes:
            wanted = [(name, text_for(value, sys.stdin.read)) for name, _, value in changes]
        for name, value in wanted:
            now = modify(profile, name, value, time.time())
            if not options.quiet:
                say(now if options.values_only else f"{name} = {now}")
        return
    if options.dump and len(options.words) != 1:
        raise Misused("--dump prints one property; name it.")
    _show(options, describe(profile, options.words, time.time()), say)


def _show(options: argparse.Namespace, found: list[Shown], say: Callable[[str], object]) -> None:
    if options.dump and len(found) != 1:
        raise Misused(f"{options.words[0]} stands for {len(found)} properties; name one.")
    if options.json:
        say(json.dumps([{k: getattr(p, k) for k in Shown.__slots__} for p in found], indent=2))
        return
    named = options.words if len(options.words) == len(found) else []
    for shown in found:
        said = line(shown, options)
        if said is not None:
            say(said)
        elif shown.name in named:
            print(f"euctl: {shown.name} is a document; use --dump", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> None:
    """The program: 0 done, 1 refused, 2 misused, 3 no answer."""
    options = _arguments(argv)
    try:
        run(options, find(PROPERTIES, options, os.environ), print)
    except (Misused, NoProfile) as wrong:
        _end(MISUSED, wrong)
    except Denied as denied:
        _end(REFUSED, denied)
    except Unreachable as silent:
        _end(UNREACHED, silent)


def _end(code: int, why: Exception) -> None:
    print(f"euctl: {why}", file=sys.stderr)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
