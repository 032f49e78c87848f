# SPDX-License-Identifier: BSD-2-Clause
"""Programs are run as they are named, with the arguments they are given, and nothing more."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eucalyptus import command
from eucalyptus.command import CommandFailed, Finished
from tests.fixtures.reactor import spin
from tests.streets import ROOT, houses

SAYS = "import sys; sys.stdout.write(repr(sys.argv[1:]))"
SHOWS = """
import os, sys
sys.stdout.write(repr((sorted(os.environ), sorted(os.listdir('/proc/self/fd')))))
"""
HOSTILE = (
    "; touch {}/made", "$(touch {}/made)", "`touch {}/made`", "| touch {}/made", "a\ntouch {}/made",
    "> {}/made", "../../etc/passwd", "-rf", "--", "", " ", "'\"\\", "\u202e", "%s%n", "*",
    "x" * 100_000,
)  # fmt: skip
Runs = Callable[..., Finished]


def turned(argv: list[str], **more: Any) -> Finished:
    """Under the reactor."""
    return spin(command.run(argv, **more))


RUNS = [pytest.param(turned, id="N-14 reactor"), pytest.param(command.run_now, id="N-14 thread")]


@pytest.mark.parametrize("run", RUNS)
def test_arguments_arrive_as_they_are(run: Runs, tmp_path: Path) -> None:
    """No shell looks at them, whatever a caller put into a name."""
    given = [text.format(tmp_path) for text in HOSTILE]
    assert run([sys.executable, "-c", SAYS, *given]).out.decode() == repr(given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", RUNS)
def test_nothing_of_ours_is_handed_on(run: Runs) -> None:
    """Neither open files, which hold databases and keys, nor, where one is given, another
    environment than that."""
    secret = os.open("/etc/hostname", os.O_RDONLY)
    try:
        os.set_inheritable(secret, False)
        said = run([sys.executable, "-c", SHOWS], env={"PATH": "/usr/bin"}).out.decode()
    finally:
        os.close(secret)
    names, files = eval(said, {"__builtins__": {}})
    assert set(names) <= {"PATH", "LC_CTYPE"}
    assert len(files) <= 4, "standard input, output, error, and the listing itself"


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(
    "argv", [["/nonexistent/program"], ["sh -c true"], ["true; true"], [""], ["true", "\0"]]
)
def test_what_is_no_program_is_refused(run: Runs, argv: list[str]) -> None:
    """A name with a command line in it is the name of a file that does not exist."""
    with pytest.raises(CommandFailed):
        run(argv)


def test_n14_nobody_asks_for_a_shell() -> None:
    """In no house: programs are started by ``eucalyptus.command`` alone, which has no shell."""
    shells = re.compile(r"shell=True|os\.system|os\.popen|[\"'](/bin/)?(ba)?sh[\"'], *[\"']-c")
    for house in (*houses(), "eucalyptus", "cloudinabox"):
        for path in (ROOT / house).rglob("*.py"):
            assert not shells.search(path.read_text()), path


def test_p07_nothing_is_unpickled_or_evaluated() -> None:
    """What comes from outside is never code."""
    evil = re.compile(r"\b(pickle|marshal|shelve|jsonpickle|dill)\b|yaml\.load|(?<![\w.])eval\(")
    allowed = {"eucalyptus/wire/reading.py", "eucalyptus/wire/writing.py"}
    for house in (*houses(), "eucalyptus", "cloudinabox"):
        for path in (ROOT / house).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            assert name in allowed or not evil.search(path.read_text()), name
