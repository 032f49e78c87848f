# SPDX-License-Identifier: BSD-2-Clause
"""Denials that explain themselves, to those who may know: why somebody may not do something.

The caller gets a sentence and a sealed text; an administrator of the caller's account, or of the
cloud, has that text decoded by STS (``DecodeAuthorizationMessage``), in the form AWS documents.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import UNAUTHORIZED, Refused

_PURPOSE = "authorization message"
"""Marks what may be decoded: the same key seals secrets that nobody may have decoded."""
_SHOWN = 256
"""Characters of a caller's own text that a denial repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Who may not do what to which thing, and what was looked at.

    ``statements`` are the policy statements that said no; empty when none said yes.
    """

    who: Principal
    action: str
    resource: str = "*"
    conditions: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[Mapping[str, Any]] = ()

    def document(self) -> dict[str, Any]:
        """The decoded message, as AWS documents it."""
        return {
            "allowed": False,
            "explicitDeny": bool(self.statements),
            "matchedStatements": {"items": list(self.statements)},
            "failures": {"items": []},
            "context": {
                "principal": {
                    "id": self.who.user_id, "name": self.who.user_name, "arn": self.who.arn
                },
                "action": self.action[:_SHOWN],
                "resource": self.resource[:_SHOWN],
                "conditions": {
                    "items": [
                        {"key": key, "values": {"items": [{"value": value[:_SHOWN]}]}}
                        for key, value in self.conditions.items()
                    ]
                },
            },
        }  # fmt: skip


class Denied(Refused):
    """UnauthorizedOperation of a known caller, with the reasons for whom it concerns."""

    def __init__(self, denial: Denial, account: str) -> None:
        refused = UNAUTHORIZED(who=denial.who.arn, action=denial.action, account=account)
        super().__init__(refused.refusal, refused.message)
        self.denial = denial

    def explained(self, conditions: Mapping[str, str], seal: Callable[[bytes], bytes]) -> Refused:
        """The same with the sealed reasons behind the sentence."""
        denial = Denial(
            who=self.denial.who,
            action=self.denial.action,
            resource=self.denial.resource,
            conditions={**conditions, **self.denial.conditions},
            statements=self.denial.statements,
        )
        text = f"{self.message} Encoded authorization failure message: {encode(denial, seal)}"
        return Refused(self.refusal, text)


def encode(denial: Denial, seal: Callable[[bytes], bytes]) -> str:
    """The sealed text of a denial, in base64 (its URL-safe alphabet)."""
    content = {
        "purpose": _PURPOSE, "account": denial.who.account_id, "document": denial.document()
    }  # fmt: skip
    return seal(json.dumps(content, separators=(",", ":")).encode()).decode()


class NotEncoded(ValueError):
    """The text is no sealed denial of this cloud's."""


def decode(text: str, unseal: Callable[[bytes], bytes]) -> tuple[str, str]:
    """(the account whose user was denied, the denial as JSON text); raises NotEncoded.

    ``unseal`` raises ValueError for what this cloud did not seal.
    """
    try:
        content = json.loads(unseal(text.encode("ascii")))
    except ValueError as wrong:
        raise NotEncoded("this cloud did not encode it") from wrong
    if not isinstance(content, dict) or content.get("purpose") != _PURPOSE:
        raise NotEncoded("it is no authorization message")
    return content["account"], json.dumps(content["document"], separators=(",", ":"))
