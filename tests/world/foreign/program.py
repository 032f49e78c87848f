# SPDX-License-Identifier: BSD-2-Clause
"""Clients in other languages: one process for each thing to do, words in, words out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.command import run_now
from tests.world.access import Access
from tests.world.foreign.soap import Message, Soap

HERE = Path(__file__).parent
SECONDS = 60.0
"""How long one process may take."""
TRUE = {"true", "1"}


class Program:
    """A program whose first word says what to do; it prints the answer, a thing a line."""

    def __init__(self, access: Access, argv: Sequence[str], **more: str) -> None:
        self._argv, self._env = tuple(argv), environment(access, **more)

    def _say(self, *words: str) -> str:
        said = run_now([*self._argv, *words], env=self._env, timeout=SECONDS).out
        return said.decode(errors="replace").strip()

    def zones(self) -> list[str]:
        """Names of the availability zones."""
        return self._say("zones").split()

    def images(self) -> list[str]:
        """Ids of the images."""
        return self._say("images").split()

    def create_key(self, name: str) -> str:
        """Make a key pair; its private half as PEM text."""
        return self._say("create-key", name)

    def create_group(self, name: str) -> None:
        """Make a security group."""
        assert self._say("create-group", name) in TRUE

    def run(self, image: str, key: str, group: str) -> str:
        """Start one instance; its id."""
        return self._say("run", image, key, group)

    def state(self, instance: str) -> str:
        """An instance's state."""
        return self._say("state", instance)

    def console(self, instance: str) -> str:
        """What an instance wrote to its console."""
        return self._say("console", instance)

    def reboot(self, instance: str) -> None:
        """Reboot an instance."""
        assert self._say("reboot", instance) in TRUE

    def terminate(self, instance: str) -> str:
        """End an instance; the state it is in then."""
        return self._say("terminate", instance)


class SoapProgram(Soap):
    """A program that takes an operation's name and a request in JSON, and prints the response."""

    def __init__(self, access: Access, argv: Sequence[str]) -> None:
        env = environment(access)

        def call(operation: str, asked: Message) -> Any:
            words = [*argv, operation, json.dumps(asked)]
            return json.loads(run_now(words, env=env, timeout=SECONDS).out)

        super().__init__(call, access.version)


def environment(access: Access, **more: str) -> dict[str, str]:
    """What a program sees: the variables of eucarc, and where the WSDL of the dialect is."""
    return {
        **os.environ, **access.variables, **more, "EC2_WSDL": access.wsdl,
        "EC2_VERSION": access.version,
    }  # fmt: skip


def program(name: str) -> str:
    """Where a program lies; skips the test without it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def php() -> str:
    """PHP with its SOAP client; skips the test without it."""
    found = program("php")
    given([found, "-r", "exit(extension_loaded('soap') ? 0 : 1);"], "php-soap")
    return found


def node() -> str:
    """node.js with node soap; skips the test without it."""
    if not (HERE / "node_modules" / "soap").is_dir():
        pytest.skip("node soap is not installed: npm ci in tests/world/foreign")
    return program("node")


def given(test: Sequence[str], package: str) -> None:
    """Skip the test unless a short program, which looks for ``package``, ends well."""
    if run_now(test, timeout=SECONDS, check=False, env=dict(os.environ)).code:
        pytest.skip(f"{package} is not installed: {' '.join(test)} fails")
