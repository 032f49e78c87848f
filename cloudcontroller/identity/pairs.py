# SPDX-License-Identifier: BSD-2-Clause
"""Signing certificates that the cloud makes for its users."""

from __future__ import annotations

from cloudcontroller.identity.world import Pair
from eucalyptus.wire.certificates import key_pem, make_key, self_issue, subject


def make_pair(common_name: str, now: float) -> Pair:
    """A new RSA key with its certificate, valid from ``now``; takes a tenth of a second or more."""
    key = make_key()
    certificate = self_issue(key, subject(common_name, "User"), now)
    return Pair(certificate=certificate, key=key_pem(key))
