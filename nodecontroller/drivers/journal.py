# SPDX-License-Identifier: BSD-2-Clause
"""What the node must not forget: one fsynced JSON file per instance, and one for the node itself.

A record that cannot be read is left where it is and named: it belongs to an instance that may be
running, and only a person may say that it is worth nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodecontroller.core.plain import Unreadable, build, plain
from nodecontroller.core.record import ID, Record
from nodecontroller.drivers.files import remove, replace

FORMAT = 1
SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a journal held: readable records, and instance id -> why, for the others."""

    records: tuple[Record, ...]
    damaged: Mapping[str, str]


class Journal:
    """Records in ``folder``. All calls block, for as long as the disk takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> Found:
        """Make the folder if need be and read everything in it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        records, damaged = [], {}
        for file in sorted(self._folder.glob("i-*" + SUFFIX)):
            name = file.name.removesuffix(SUFFIX)
            try:
                records.append(self.read(name))
            except (Unreadable, OSError) as failure:
                damaged[name] = str(failure)
        return Found(records=tuple(records), damaged=damaged)

    def read(self, instance_id: str) -> Record:
        """One record; raises Unreadable, or FileNotFoundError when there is none."""
        try:
            content = json.loads(self._file(instance_id).read_bytes())
        except ValueError as wrong:
            raise Unreadable(f"not JSON: {wrong}") from wrong
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise Unreadable(f"not a record of format {FORMAT}")
        record = build(Record, content.get("record"))
        if record.id != instance_id:
            raise Unreadable(f"it is the record of {record.id}")
        return record

    def write(self, record: Record) -> None:
        """Keep ``record``; when this returns it survives a power cut."""
        replace(self._file(record.id), _bytes({"format": FORMAT, "record": plain(record)}))

    def forget(self, instance_id: str) -> None:
        """Remove a record."""
        remove(self._file(instance_id))

    def read_node(self) -> Mapping[str, Any]:
        """What was noted of the node itself; {} when nothing was, or it cannot be read."""
        try:
            content = json.loads((self._folder / "node.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def write_node(self, facts: Mapping[str, Any]) -> None:
        """Note ``facts`` of the node itself."""
        replace(self._folder / "node.json", _bytes(facts))

    def _file(self, instance_id: str) -> Path:
        if not ID.match(instance_id):
            raise Unreadable(f"'{instance_id}' is not an instance id")
        return self._folder / (instance_id + SUFFIX)


def _bytes(content: object) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"
