# SPDX-License-Identifier: BSD-2-Clause
"""Which verifier a daemon uses, by the setting WS_SECURITY_ENGINE."""

from __future__ import annotations

from eucalyptus.settings import WsSecurity
from eucalyptus.wire.security.verifying import Verifier, verify


def verifier(chosen: WsSecurity) -> Verifier:
    """The verifier that was chosen; libxmlsec is loaded only when it is the one."""
    if chosen is WsSecurity.LEAN:
        return verify
    from eucalyptus.wire.security import reference

    return reference.verify
