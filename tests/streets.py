# SPDX-License-Identifier: BSD-2-Clause
"""The house rules as functions: each takes one source file and yields kind sentences.

``tests/test_streets.py`` runs them over the whole street; HACKING.md says where a thing goes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = {"tests", "benchmarks", "build", "dist", "docs"}
FILE_WALL, FUNCTION_WALL, PARAMETER_WALL = 400, 40, 4
FREE_PARAMETERS = {"self", "cls", "world", "call", "tx"}
VAGUE = re.compile(
    r"^(manager|handler|helper|util|utils|processor|engine|common|misc|base|data|info)s?$", re.I
)
IMPURE = {
    "os", "time", "random", "secrets", "socket", "subprocess", "threading", "asyncio", "select",
    "shutil", "tempfile", "twisted", "libvirt", "spyne", "sqlalchemy", "psycopg2", "requests",
}  # fmt: skip

STREET: Mapping[str, set[str]] = {
    "contracts": {"contracts"},
    "access": {"access", "contracts"},
    "wire": {"wire", "contracts"},
    "bundles": {"bundles", "wire", "contracts"},
    "manual": {"manual", "wire", "contracts"},
    "web": {"web", "manual", "wire", "access", "contracts", "database"},
    "database": {"database", "contracts"},
    "cli": {"cli", "bundles", "manual", "web", "wire", "access", "contracts", "database"},
    "": {"contracts"},
}
"""Who may import whom inside the common ground; plain modules ("") are open to all."""

HOUSE: Mapping[str, set[str]] = {
    "core": {"core"},
    "database": {"database", "core"},
    "drivers": {"drivers", "core"},
    "operations": {"operations", "core", "drivers", "database"},
    "periodic": {"periodic", "operations", "core", "drivers", "database"},
    "": {"core", "drivers", "database", "operations", "periodic"},
}
"""Who may import whom inside a house; plain modules but ``service`` are open to all but core."""


@dataclass(frozen=True)
class Source:
    """One Python file: its path under the root and its parsed text."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.text, str(self.path))

    @property
    def parts(self) -> tuple[str, ...]:
        """The dotted name, split: ``("nodecontroller", "core", "domain")``."""
        names = self.path.with_suffix("").parts
        return names[:-1] if names[-1] == "__init__" else names

    @property
    def is_test(self) -> bool:
        """Whether the file belongs to the tests."""
        return self.parts[:1] == ("tests",)

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Dotted names of everything imported, wherever in the file the import stands."""
        found: list[str] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [f"{node.module}.{name.name}" for name in node.names]
        return tuple(found)


def sources(root: Path = ROOT) -> list[Source]:
    """Every Python file of the street, tests included."""
    found = []
    for top in sorted(root.iterdir()):
        if top.is_dir() and (top.name == "tests" or (top / "__init__.py").exists()):
            found += [
                Source(path.relative_to(root), path.read_text())
                for path in sorted(top.rglob("*.py"))
            ]
    return found


def houses(root: Path = ROOT) -> set[str]:
    """Names of the houses: top-level packages other than the common ground."""
    tops = {path.parent.name for path in root.glob("*/__init__.py")}
    return tops - OUTSIDE - {"eucalyptus"}


def _room(parts: tuple[str, ...], table: Mapping[str, set[str]]) -> str:
    return next((part for part in parts[1:] if part in table), "")


def rooms_of_cloud(root: Path = ROOT) -> set[str]:
    """The cloud controller's rooms, each a small house of its own."""
    return {
        path.parent.name for path in (root / "cloudcontroller").glob("*/__init__.py")
    } - HOUSE.keys()


def directions_between(source: Source, neighbours: set[str]) -> Iterator[str]:
    """Houses meet only in contracts: no house imports another, the common ground imports none."""
    if source.is_test:
        return
    here = source.parts[0]
    for name in source.imports:
        there = name.split(".")[0]
        if there in neighbours and there != here:
            yield (
                f"imports {name}: houses meet only through a contract in eucalyptus/contracts "
                "(or an entry point in setup.cfg)"
            )


def directions_between_rooms(source: Source, rooms: set[str]) -> Iterator[str]:
    """The cloud controller's rooms do not import each other; only a service.py knows everyone."""
    if source.parts[0] != "cloudcontroller" or source.parts[-1] == "service":
        return
    here = source.parts[1] if len(source.parts) > 1 else ""
    for name in source.imports:
        parts = name.split(".")
        there = parts[1] if parts[0] == "cloudcontroller" and len(parts) > 1 else ""
        if here in rooms and there in rooms and here != there:
            yield f"imports {name}: the cloud's rooms do not import each other; service.py joins"


def directions_inside(source: Source) -> Iterator[str]:
    """Inside a house: service -> everything; operations, periodic -> drivers, database -> core."""
    parts = source.parts
    if source.is_test or parts[0] == "eucalyptus" or parts[-1] == "service":
        return
    here = _room(parts, HOUSE)
    for name in source.imports:
        there = name.split(".")
        if there[0] != parts[0]:
            continue
        room = _room(tuple(there), HOUSE)
        if "service" in there[1:]:
            yield f"imports {name}: nobody imports service.py, it is the front door"
        elif room not in HOUSE[here] and (room or here == "core"):
            yield f"imports {name}: {here or 'a plain module'} may import {sorted(HOUSE[here])}"
        elif here in ("operations", "periodic") and room == "drivers":
            yield from _driver_by_name(name, there)


def _driver_by_name(name: str, there: list[str]) -> Iterator[str]:
    """Operations see a driver's Protocol (in the kind's package), never one driver's own file."""
    inside = there[there.index("drivers") + 1 :]
    if len(inside) > 1 and (ROOT.joinpath(*there[:-1]) / f"{inside[1]}.py").exists():
        yield f"imports {name}: take the Protocol from the package; service.py picks drivers"


def directions_in_common_ground(source: Source) -> Iterator[str]:
    """The common ground: web -> wire -> contracts; web -> access -> contracts; cli -> web."""
    if source.parts[0] != "eucalyptus":
        return
    here = _room(source.parts, STREET)
    for name in source.imports:
        parts = tuple(name.split("."))
        if parts[0] == "eucalyptus" and (room := _room(parts, STREET)) and room not in STREET[here]:
            yield f"imports {name}: {here or 'a plain module'} may import {sorted(STREET[here])}"


def core_is_pure(source: Source) -> Iterator[str]:
    """A core gets values and gives values: no clock, chance, files, sockets or frameworks."""
    if "core" not in source.parts[1:-1] or source.is_test:
        return
    for name in source.imports:
        if name.split(".")[0] in IMPURE:
            yield f"imports {name}: a core is pure; let the caller hand in what it needs"


def fences(source: Source) -> Iterator[str]:
    """Each foreign library has one home."""
    if source.is_test:
        return
    path = source.path.as_posix()
    homes = {
        "spyne": path.startswith("eucalyptus/wire/"),
        "libvirt": path == "nodecontroller/drivers/hypervisors/libvirt.py",
        "sqlalchemy": "database" in source.parts,
        "psycopg2": "database" in source.parts,
        "alembic": "database" in source.parts,
        "subprocess": path == "eucalyptus/command.py",
    }
    for name in source.imports:
        if not homes.get(name.split(".")[0], True):
            yield f"imports {name}: {name.split('.')[0]} has one home (HACKING.md); go through it"


def walls(source: Source) -> Iterator[str]:
    """File, function and parameter walls."""
    lines = source.text.count("\n")
    if lines > FILE_WALL:
        yield f"has {lines} lines; the wall is {FILE_WALL}: give a noun its own file"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function_walls(node, source.is_test)


def _function_walls(node: ast.FunctionDef | ast.AsyncFunctionDef, is_test: bool) -> Iterator[str]:
    first = node.body[0]
    spoken = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    doc = (first.end_lineno or 0) - first.lineno + 1 if spoken else 0
    lines = (node.end_lineno or 0) - node.lineno + 1 - doc
    if lines > FUNCTION_WALL:
        yield f"{node.name} has {lines} lines; the wall is {FUNCTION_WALL}: name its parts"
    asked = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    asked += [
        arg.arg
        for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is None
    ]
    counted = [name for name in asked if name not in FREE_PARAMETERS]
    if len(counted) > PARAMETER_WALL and not is_test:
        yield f"{node.name} takes {len(counted)} parameters; after {PARAMETER_WALL} make a value"


def names(source: Source) -> Iterator[str]:
    """Names say what a thing is. Contracts keep the wire's own words."""
    if "contracts" in source.parts or source.is_test:
        return
    words = list(source.parts[-1].split("_"))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            words += re.findall(r"[A-Z][a-z]+", node.name)
    for word in words:
        if VAGUE.match(word):
            yield f"uses the name {word!r}: say what the thing is"


def manners(source: Source) -> Iterator[str]:
    """Licence line, docstring, absolute imports, coroutines; tests without patches and sleeps."""
    if source.is_test and source.path.name == "__init__.py":
        return  # only says that a directory is a package
    if not source.text.startswith("# SPDX-License-Identifier: BSD-2-Clause\n"):
        yield "does not begin with the line '# SPDX-License-Identifier: BSD-2-Clause'"
    if ast.get_docstring(source.tree) is None:
        yield "has no module docstring"
    if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(source.tree)):
        yield "uses a relative import"
    for name in source.imports:
        if name.endswith("inlineCallbacks"):
            yield "uses inlineCallbacks; write async def"
        if source.is_test and name.startswith("unittest.mock"):
            yield "imports unittest.mock; hand in what needs replacing"
    for node in ast.walk(source.tree):
        if source.is_test and isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep":
            yield "sleeps; wait for a fact, or use twisted.internet.task.Clock"
