# SPDX-License-Identifier: BSD-2-Clause
"""Randomness as compute needs it: ids and keys."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from twisted.internet.threads import deferToThread

KEY_BITS = 2048


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


class SystemChance:
    """The operating system's randomness; keys are made in a thread, since they take a while."""

    def digits(self) -> str:
        """Eight random hex digits."""
        return secrets.token_hex(4)

    def uuid(self) -> str:
        """A random UUID."""
        return str(uuid.uuid4())

    async def key(self) -> RSAPrivateKey:
        """A new RSA key of 2048 bits."""
        return await deferToThread(generate_private_key, public_exponent=65537, key_size=KEY_BITS)
