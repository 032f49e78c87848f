# SPDX-License-Identifier: BSD-2-Clause
"""Randomness as compute needs it: ids and keys."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from twisted.internet.threads import deferToThread

from cloudcontroller.compute.drivers.keysahead import make_key


class Chance(Protocol):
    """Where ids and keys come from."""

    def digits(self) -> str:
        """Eight random hex digits."""
        ...

    def uuid(self) -> str:
        """A random UUID."""
        ...

    def key(self) -> Awaitable[RSAPrivateKey]:
        """A new RSA key of 2048 bits."""
        ...


def make_in_thread() -> Awaitable[RSAPrivateKey]:
    """A new key, made in a thread, since that takes a while."""
    return deferToThread(make_key)


class SystemChance:
    """The operating system's randomness. ``key`` gives keys; by default each is made when asked."""

    def __init__(self, key: Callable[[], Awaitable[RSAPrivateKey]] = make_in_thread) -> None:
        self._key = key

    def digits(self) -> str:
        """Eight random hex digits."""
        return secrets.token_hex(4)

    def uuid(self) -> str:
        """A random UUID."""
        return str(uuid.uuid4())

    async def key(self) -> RSAPrivateKey:
        """A new RSA key of 2048 bits."""
        return await self._key()
