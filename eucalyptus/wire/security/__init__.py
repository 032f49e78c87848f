# SPDX-License-Identifier: BSD-2-Clause
"""WS-Security: open a signed envelope, verify it against a pinned certificate, sign one.

The order at a door: ``open_envelope`` (shape, no key needed) -> look the fingerprint up in your
records -> ``verify`` -> enter ``replay_key`` into the replay store -> dispatch ``Verified.body``,
that very element.
"""

from __future__ import annotations

from eucalyptus.wire.certificates import Identity
from eucalyptus.wire.security.envelope import (
    Sealed,
    open_envelope,
    open_root,
    unsealed_body,
)
from eucalyptus.wire.security.rules import Rules
from eucalyptus.wire.security.signing import Addressing, sign
from eucalyptus.wire.security.verifying import Verified, Verifier, verify

__all__ = [
    "Addressing",
    "Identity",
    "Rules",
    "Sealed",
    "Verified",
    "Verifier",
    "open_envelope",
    "open_root",
    "sign",
    "unsealed_body",
    "verify",
]
