# SPDX-License-Identifier: BSD-2-Clause
"""``eucalyptus.conf`` -> a frozen dataclass; every mistake is reported at once.

The file keeps the original's shape: shell-style ``KEY="value"`` lines, ``#`` comments. A local
file beside it (``eucalyptus.local.conf``) is read first, so its values win.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

DEFAULT_FILE = Path("/etc/eucalyptus/eucalyptus.conf")
FILE_VARIABLE = "EUCALYPTUS_CONF"
_YES = {"y", "yes", "true", "1", "on"}
_NO = {"n", "no", "false", "0", "off", ""}


class BadSettings(Exception):
    """One or more settings that cannot be used; ``mistakes`` has a sentence for each."""

    def __init__(self, path: Path, mistakes: Sequence[str]) -> None:
        super().__init__(f"{path}:\n  " + "\n  ".join(mistakes))
        self.mistakes = tuple(mistakes)


def setting(key: str, default: Any = dataclasses.MISSING, *, says: str) -> Any:
    """Declare one setting: its key in the file, its default, and what it means."""
    return dataclasses.field(default=default, metadata={"key": key, "says": says})


class WsSecurity(Enum):
    """What verifies WS-Security signatures."""

    LEAN = "lean"
    XMLSEC = "xmlsec"

    @classmethod
    def _missing_(cls, value: object) -> WsSecurity:
        raise ValueError("is none of " + ", ".join(one.value for one in cls))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every daemon of the cloud may be told."""

    state: Path = setting(
        "EUCALYPTUS_STATE", Path("/var/lib/eucalyptus"), says="Directory that holds all state."
    )
    log_level: str = setting("LOGLEVEL", "INFO", says="DEBUG, INFO, WARN or ERROR.")
    ws_security: WsSecurity = setting(
        "WS_SECURITY_ENGINE", WsSecurity.LEAN,
        says="What verifies SOAP signatures: lean (lxml and OpenSSL), or xmlsec (libxmlsec1).",
    )  # fmt: skip

    @property
    def keys(self) -> Path:
        """Certificates and private keys."""
        return self.state / "keys"

    @property
    def run(self) -> Path:
        """Sockets, pid files and documents of the running system."""
        return self.state / "run"

    @property
    def log(self) -> Path:
        """Log files."""
        return self.state / "log"

    @property
    def replay(self) -> Path:
        """Replay stores of the daemons that have no database."""
        return self.state / "replay"


Model = TypeVar("Model", bound=House)


def parse(text: str) -> dict[str, str]:
    """``KEY="value"`` lines -> a dict; raises ValueError naming the first bad line."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = shlex.split(line, comments=True)
        if not words:
            continue
        key, equals, value = words[0].partition("=")
        if not equals or len(words) > 1:
            raise ValueError(f'line {number} is not KEY="value": {line.strip()}')
        found[key.strip()] = value
    return found


def _convert(kind: Any, value: str) -> Any:
    if kind is bool:
        if value.lower() in _YES | _NO:
            return value.lower() in _YES
        raise ValueError("is neither Y nor N")
    if kind == tuple[str, ...]:
        return tuple(value.split())
    return kind(value)


def build(model: type[Model], values: Mapping[str, str], path: Path) -> Model:
    """Make ``model`` from raw values; unknown keys pass, since one file serves all daemons."""
    mistakes: list[str] = []
    made: dict[str, Any] = {}
    hints = get_type_hints(model)
    for field in dataclasses.fields(model):
        key = field.metadata["key"]
        if key in values:
            try:
                made[field.name] = _convert(hints[field.name], values[key])
            except (ValueError, TypeError) as wrong:
                mistakes.append(f'{key}="{values[key]}": {wrong}. {field.metadata["says"]}')
        elif field.default is dataclasses.MISSING:
            mistakes.append(f"{key} is missing. {field.metadata['says']}")
    if mistakes:
        raise BadSettings(path, mistakes)
    try:
        return model(**made)
    except ValueError as wrong:
        raise BadSettings(path, [str(wrong)]) from wrong


def default_file() -> Path:
    """The settings file of who names none."""
    return Path(os.environ.get(FILE_VARIABLE, DEFAULT_FILE))


def read(model: type[Model], path: Path | None = None) -> Model:
    """Read the settings of one house; raises BadSettings with every mistake in the file."""
    path = path or default_file()
    values: dict[str, str] = {}
    for file in (path, path.with_name("eucalyptus.local.conf")):
        if file.exists():
            try:
                values.update(parse(file.read_text()))
            except ValueError as wrong:
                raise BadSettings(file, [str(wrong)]) from wrong
    return build(model, values, path)


def from_arguments(model: type[Model], what: str, argv: Sequence[str] | None = None) -> Model:
    """Settings of a daemon started with ``--config FILE``; ``what`` is its ``--help`` sentence."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--config", type=Path, help="settings file (default: $EUCALYPTUS_CONF or "
                        f"{DEFAULT_FILE})")  # fmt: skip
    config = parser.parse_args(argv).config
    if config is not None:
        # The houses that this daemon serves read their own settings from the same file.
        os.environ[FILE_VARIABLE] = str(config)
    return read(model, config)
