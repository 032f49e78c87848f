# SPDX-License-Identifier: BSD-2-Clause
"""How new things are numbered, for any chance."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cloudcontroller.identity.core import ids


@given(st.integers())
def test_every_id_has_its_shape(seed: int) -> None:
    chance = Random(seed).randbytes
    assert re.fullmatch(r"[1-9][0-9]{11}", ids.account_number(chance))
    assert re.fullmatch(r"[0-9a-f]{64}", ids.canonical_id(chance))
    assert re.fullmatch(r"AID[A-Z2-7]{18}", ids.user_id(chance))
    assert re.fullmatch(r"AKI[A-Z2-7]{17}", ids.access_key_id(chance))
    assert re.fullmatch(r"[A-Za-z0-9]{40}", ids.secret_key(chance))


def test_extremes_of_chance() -> None:
    assert ids.account_number(bytes) == "100000000000"
    assert len(ids.account_number(lambda n: b"\xff" * n)) == 12
    assert len(ids.secret_key(lambda n: b"\xff" * n)) == 40


def test_ids_differ() -> None:
    chance = Random(1).randbytes
    assert len({ids.access_key_id(chance) for _ in range(1000)}) == 1000


def test_a_certificates_id_is_its_fingerprint() -> None:
    assert ids.certificate_id("ab" * 32) == "AB" * 16
