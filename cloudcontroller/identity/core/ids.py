# SPDX-License-Identifier: BSD-2-Clause
"""How new things are numbered. Chance is handed in, so nothing here surprises a test."""

from __future__ import annotations

from collections.abc import Callable

Chance = Callable[[int], bytes]
"""Gives so many random bytes."""

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ANY = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def account_number(chance: Chance) -> str:
    """Twelve digits, the first not zero, so that no tool takes it for an octal or drops it."""
    return str(10**11 + int.from_bytes(chance(16)) % (9 * 10**11))


def canonical_id(chance: Chance) -> str:
    """64 hex digits: the account's name in access control lists of objects."""
    return chance(32).hex()


def _upper(chance: Chance, length: int) -> str:
    return "".join(_UPPER[byte & 31] for byte in chance(length))


def user_id(chance: Chance) -> str:
    """``AID`` and 18 letters or digits."""
    return "AID" + _upper(chance, 18)


def access_key_id(chance: Chance) -> str:
    """``AKI`` and 17 letters or digits."""
    return "AKI" + _upper(chance, 17)


def secret_key(chance: Chance) -> str:
    """40 letters and digits, 238 bits of chance; nothing that a URL or shell would mangle."""
    number, made = int.from_bytes(chance(40)), []
    for _ in range(40):
        number, digit = divmod(number, len(_ANY))
        made.append(_ANY[digit])
    return "".join(made)


def certificate_id(fingerprint: str) -> str:
    """The id of a certificate: 32 hex digits of its fingerprint in upper case."""
    return fingerprint[:32].upper()
