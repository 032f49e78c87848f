# SPDX-License-Identifier: BSD-2-Clause
"""Policies and callers for the tests of the engine."""

from __future__ import annotations

import json
from typing import Any

from eucalyptus.access.policies import documents
from eucalyptus.access.policies.documents import Policy, Rules
from eucalyptus.access.principals import Principal

RULES = Rules(longest=20 * 1024, has_principals=True)
BUCKET = "arn:aws:s3:::b"


def user(name: str, account: str = "1" * 12, alias: str = "acme") -> Principal:
    """A user; ``admin`` administers the account."""
    return Principal(
        account_id=account, account_name=alias, canonical_id=account.rjust(64, "a"),
        user_id=f"AID{name.upper()}{account}", user_name=name, is_account_admin=name == "admin",
    )  # fmt: skip


ADMIN, ERIN, OTHER = user("admin"), user("erin"), user("admin", "2" * 12, "other")


def statement(**more: Any) -> dict[str, Any]:
    """A statement that allows everything to everybody, unless ``more`` says otherwise; what is
    None is left out."""
    usual = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    return {name: value for name, value in {**usual, **more}.items() if value is not None}


def text(*statements: Any, **more: Any) -> str:
    """A policy's document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def policy(*statements: Any, **more: Any) -> Policy:
    """A policy of a resource."""
    return documents.parse(text(*statements, **more), RULES)
