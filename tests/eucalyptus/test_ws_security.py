# SPDX-License-Identifier: BSD-2-Clause
"""The setting WS_SECURITY_ENGINE: the lean verifier unless told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from eucalyptus.settings import BadSettings, House, WsSecurity, build
from eucalyptus.wire.security import reference, verifying
from eucalyptus.wire.security.choice import verifier

CONF = Path("eucalyptus.conf")


def test_a_setting_chooses_the_verifier() -> None:
    """By default the lean one."""
    assert verifier(build(House, {}, CONF).ws_security) is verifying.verify
    told = build(House, {"WS_SECURITY_ENGINE": "xmlsec"}, CONF)
    assert told.ws_security is WsSecurity.XMLSEC
    assert verifier(told.ws_security) is reference.verify


def test_another_word_stops_the_start() -> None:
    """The mistake names what there is."""
    with pytest.raises(BadSettings, match=r'WS_SECURITY_ENGINE="wss4j".*lean, xmlsec'):
        build(House, {"WS_SECURITY_ENGINE": "wss4j"}, CONF)
