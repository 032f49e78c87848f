# SPDX-License-Identifier: BSD-2-Clause
"""Policies of the bucket ``first`` for tests."""

from __future__ import annotations

import json
from typing import Any

from tests.walrus.serving import ALICE, BOB, Served

ALICES, BOBS = ALICE.principal, BOB.principal
FIRST: dict[str, Any] = {"Bucket": "first"}


def policy(**more: Any) -> str:
    """Allows Bob to read what is in the bucket, unless ``more`` says otherwise."""
    usual = {
        "Effect": "Allow", "Principal": {"AWS": BOBS.account_id}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::first/*",
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [{**usual, **more}]})


PUBLIC = policy(Principal="*")


def anonymous(served: Served, key: str = "k", more: str = "") -> bytes:
    """What nobody in particular gets."""
    head = f"GET /services/objectstorage/first/{key} HTTP/1.1\nhost: h\nconnection: close\n"
    return served.raw(f"{head}{more}\n")
