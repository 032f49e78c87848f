# SPDX-License-Identifier: BSD-2-Clause
"""What accounts, users and paths may be called. Every rule refuses with the rule itself."""

from __future__ import annotations

import re

from eucalyptus.access.principals import CLOUD_ACCOUNT
from eucalyptus.contracts.refusals import ACCESS_DENIED, INVALID_VALUE

ADMINISTRATOR = "admin"
"""The user of every account who may do everything in it."""

SYSTEM_PATH = "/system/"
"""The path of users that belong to the cloud and not to people; nobody else may use it."""

_ACCOUNT = re.compile(r"(?![0-9]{12}\Z)[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]{12}")
_USER = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_PATH = re.compile(r"/|/[\x21-\x7e]{1,510}/")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,255}")


def check_account_name(name: str) -> None:
    """Raise INVALID_VALUE unless an account may be called ``name``."""
    if not _ACCOUNT.fullmatch(name):
        raise INVALID_VALUE(
            reason="AccountName: use 1 to 63 lower-case letters, digits, dots, underscores and "
            "hyphens, begin and end with a letter or digit, and not just 12 digits."
        )


def check_email(email: str) -> None:
    """Raise INVALID_VALUE unless ``email`` is empty or looks like an address."""
    if email and not _EMAIL.fullmatch(email):
        raise INVALID_VALUE(reason="Email: write an address like ops@example.com.")


def check_user_name(name: str) -> None:
    """Raise INVALID_VALUE unless a user may be called ``name``."""
    if not _USER.fullmatch(name):
        raise INVALID_VALUE(reason="UserName: of letters, digits and _+=,.@- use 1 to 64.")


def check_path(path: str) -> None:
    """Raise INVALID_VALUE unless ``path`` is "/" or "/some/path/" in printable ASCII."""
    if path.startswith(SYSTEM_PATH):
        raise INVALID_VALUE(reason=f"Path: {SYSTEM_PATH} is for the cloud's own users.")
    if not _PATH.fullmatch(path):
        raise INVALID_VALUE(
            reason="Path: begin and end with a slash, at most 512 printable ASCII characters."
        )


def is_number(reference: str) -> bool:
    """Whether an account is meant by its number and not by its name."""
    return _NUMBER.fullmatch(reference) is not None


def check_deletable(account_name: str) -> None:
    """Raise ACCESS_DENIED for the account without which nobody administers the cloud."""
    if account_name == CLOUD_ACCOUNT:
        raise ACCESS_DENIED(reason=f"The account {CLOUD_ACCOUNT} cannot be deleted.")


def is_active(status: str) -> bool:
    """``Active`` or ``Inactive`` as a truth; raises INVALID_VALUE for anything else."""
    if status not in ("Active", "Inactive"):
        raise INVALID_VALUE(reason="Status: write Active or Inactive.")
    return status == "Active"


def status_of(active: bool) -> str:
    """The word for it."""
    return "Active" if active else "Inactive"
