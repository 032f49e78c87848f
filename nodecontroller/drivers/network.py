# SPDX-License-Identifier: BSD-2-Clause
"""The network side of this host: eucanetd applies documents, we write them and wait for it.

``run/global_network_info.xml`` is the wanted world; ``run/net/applied.json`` is what eucanetd says
it has made of it; ``run/eucanetd.pid`` tells whether there is an eucanetd.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from nodecontroller.drivers.files import put

DOCUMENT = "global_network_info.xml"


class Network(Protocol):
    """What the node needs of its host's network."""

    def publish(self, document: bytes) -> None:
        """Hand the wanted world to eucanetd; blocks for as long as the disk takes."""
        ...

    def applied(self) -> frozenset[str]:
        """The instances whose network is ready."""
        ...

    def is_served(self) -> bool:
        """Whether an eucanetd is there to do it."""
        ...


class EucanetdNetwork:
    """Network by files in the ``run`` directory that eucanetd shares with us."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def publish(self, document: bytes) -> None:
        """Replace the wanted world at once; one that is there already stays as it is.

        After a power cut the cluster tells it again, and eucanetd has the last it applied.
        """
        path = self._run / DOCUMENT
        if not path.exists() or path.read_bytes() != document:
            put(path, document, mode=0o644)

    def applied(self) -> frozenset[str]:
        """The instances of the document that eucanetd applied last."""
        try:
            content = json.loads((self._run / "net" / "applied.json").read_bytes())
            return frozenset(map(str, content["instances"]))
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def is_served(self) -> bool:
        """Whether the process of the pid file lives."""
        try:
            pid = int((self._run / "eucanetd.pid").read_text())
        except (OSError, ValueError):
            return False
        return Path(f"/proc/{pid}").exists()


class FakeNetwork:
    """Network for rehearsals: whatever is published is applied."""

    def __init__(self) -> None:
        self.document = b""
        self.ready: set[str] | None = None
        self.served = True

    def publish(self, document: bytes) -> None:
        """Remember the wanted world."""
        self.document = document

    def applied(self) -> frozenset[str]:
        """``ready``, or everything that the document names."""
        if self.ready is not None:
            return frozenset(self.ready)
        words = self.document.decode(errors="replace").replace('"', " ").split()
        return frozenset(word for word in words if word.startswith("i-"))

    def is_served(self) -> bool:
        """As told."""
        return self.served
