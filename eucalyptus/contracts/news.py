# SPDX-License-Identifier: BSD-2-Clause
"""The news contract: one component tells the one above it that something changed.

It carries no facts: the receiver asks at once instead of at its next poll, so a lost or forged
message costs nothing but a poll. Ours, not the original's, which only polled.
"""

from __future__ import annotations

from eucalyptus.contracts.declare import Contract, Operation, Patience, Reach, message
from eucalyptus.contracts.internal import NAMESPACE, Message


@message("changedType")
class Changed(Message):
    """The sender's news: its own service URL in ``service_tag``, what changed in ``subject``."""

    service_tag: str
    subject: str | None = None


@message("changedResponseType")
class ChangedResponse(Message):
    """The acknowledgement."""


CHANGED = Operation(
    name="Changed",
    asks=Changed,
    answers=ChangedResponse,
    reach=Reach.COMPONENT,
    patience=Patience.SHORT,
)

NEWS = Contract(
    name="EucalyptusNews",
    service="EucalyptusNews",
    port="EucalyptusNewsPort",
    namespace=NAMESPACE,
    action_prefix="EucalyptusNews#",
    operations=(CHANGED,),
)
