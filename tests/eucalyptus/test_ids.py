# SPDX-License-Identifier: BSD-2-Clause
"""Request ids are UUIDs, and no two are alike."""

from __future__ import annotations

import uuid

from eucalyptus.ids import new_id


def test_an_id_is_a_random_uuid() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    for text in ids:
        read = uuid.UUID(text)
        assert (read.version, read.variant, str(read)) == (4, uuid.RFC_4122, text)
