# SPDX-License-Identifier: BSD-2-Clause
"""Why something was denied: told to administrators of the account it happened to."""

from __future__ import annotations

from cloudcontroller.tokens.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.denials import NotEncoded, decode
from eucalyptus.contracts import sts
from eucalyptus.contracts.refusals import ACCESS_DENIED, NOT_ENCODED

LONGEST = 10240
"""Characters, as AWS has it."""


async def decode_authorization_message(
    world: World, call: Call, ask: sts.DecodeAuthorizationMessage
) -> sts.DecodeAuthorizationMessageResponse:
    """The reasons of a denial; raises NOT_ENCODED, or ACCESS_DENIED to another account's."""
    if not 1 <= len(ask.encoded_message) <= LONGEST:
        raise NOT_ENCODED(reason=f"it must have 1 to {LONGEST} characters")
    try:
        account, decoded = decode(ask.encoded_message, world.unseal)
    except NotEncoded as wrong:
        raise NOT_ENCODED(reason=str(wrong)) from wrong
    if account != call.who.account_id and not call.who.is_cloud_admin:
        raise ACCESS_DENIED(
            reason="The message is about a user of another account. "
            "Ask an administrator of that account, or of the cloud, to decode it."
        )
    return sts.DecodeAuthorizationMessageResponse(decoded_message=decoded)
