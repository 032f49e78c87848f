# SPDX-License-Identifier: BSD-2-Clause
"""euca2ools 3.4 on Python 2.7, the commands that administrators' scripts are made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eucalyptus.command import run_now
from tests.world.access import Access
from tests.world.foreign.program import SECONDS, environment


class Euca2ools:
    """Programs that print a thing a line, in columns; EUCA2OOLS_HOME says where they lie."""

    def __init__(self, access: Access) -> None:
        home = os.environ.get("EUCA2OOLS_HOME", "")
        if not home:
            pytest.skip("EUCA2OOLS_HOME does not say where euca2ools lie (bin/euca-run-instances)")
        self._bin = Path(home, "bin")
        # Nobody's configuration file.
        self._env = {**environment(access), "HOME": "/nonexistent"}

    def _rows(self, kind: str, *words: str) -> list[list[str]]:
        """The lines of a kind that a command prints."""
        command = [str(self._bin / words[0]), *words[1:]]
        said = run_now(command, env=self._env, timeout=SECONDS).out.decode(errors="replace")
        rows = (line.split("\t") for line in said.splitlines())
        return [row for row in rows if row[0].startswith(kind)]

    def _row(self, kind: str, *words: str) -> list[str]:
        (row,) = self._rows(kind, *words)
        return row

    def zones(self) -> list[str]:
        """Names of the availability zones."""
        return [
            row[1] for row in self._rows("AVAILABILITYZONE", "euca-describe-availability-zones")
        ]

    def images(self) -> list[str]:
        """Ids of the images."""
        return [row[1] for row in self._rows("IMAGE", "euca-describe-images", "-a")]

    def create_key(self, name: str) -> str:
        """Make a key pair; its private half as PEM text."""
        rows = self._rows("", "euca-create-keypair", name)
        return "\n".join(row[0] for row in rows if row[0] != "KEYPAIR")

    def create_group(self, name: str) -> None:
        """Make a security group."""
        row = self._row("GROUP", "euca-create-group", name, "-d", "from euca2ools")
        assert row[2] == name

    def run(self, image: str, key: str, group: str) -> str:
        """Start one instance; its id."""
        what = (image, "-k", key, "-g", group, "-t", "m1.small")
        return self._row("INSTANCE", "euca-run-instances", *what)[1]

    def state(self, instance: str) -> str:
        """An instance's state."""
        return self._row("INSTANCE", "euca-describe-instances", instance)[5]

    def console(self, instance: str) -> str:
        """What an instance wrote to its console."""
        rows = self._rows("", "euca-get-console-output", instance)
        return "\n".join(row[0] for row in rows)

    def reboot(self, instance: str) -> None:
        """Reboot an instance."""
        self._rows("", "euca-reboot-instances", instance)

    def terminate(self, instance: str) -> str:
        """End an instance; the state it is in then."""
        return self._row("INSTANCE", "euca-terminate-instances", instance)[3]
