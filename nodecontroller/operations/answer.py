# SPDX-License-Identifier: BSD-2-Clause
"""The head that every answer of the node carries."""

from __future__ import annotations

from typing import Any, TypeVar

from eucalyptus.contracts.internal import Message

Answer = TypeVar("Answer", bound=Message)

SUCCESS = "0"


def answer(kind: type[Answer], ask: Message, **parts: Any) -> Answer:
    """A successful answer to ``ask``, with its correlation id and caller."""
    return kind(
        correlation_id=ask.correlation_id,
        user_id=ask.user_id,
        status_message=SUCCESS,
        succeeded=True,
        **parts,
    )
