# SPDX-License-Identifier: BSD-2-Clause
"""The tokens contract: AWS STS of 2011-06-15, as far as it explains denials."""

from __future__ import annotations

from eucalyptus.contracts.declare import Contract, Operation, message, part
from eucalyptus.contracts.refusals import ACCESS_DENIED, NOT_ENCODED

VERSION = "2011-06-15"


@message("DecodeAuthorizationMessageType")
class DecodeAuthorizationMessage:
    """Ask why something was denied; ``encoded_message`` is what the denial carried."""

    encoded_message: str = part(name="EncodedMessage")


@message("DecodeAuthorizationMessageResponseType")
class DecodeAuthorizationMessageResponse:
    """The reasons as a JSON document: allowed, explicitDeny, matchedStatements, context."""

    decoded_message: str = part(name="DecodedMessage")


DECODE_AUTHORIZATION_MESSAGE = Operation(
    name="DecodeAuthorizationMessage",
    asks=DecodeAuthorizationMessage,
    answers=DecodeAuthorizationMessageResponse,
    refuses=(NOT_ENCODED, ACCESS_DENIED),
    allows="sts:DecodeAuthorizationMessage",
)

TOKENS_CONTRACT = Contract(
    name="tokens",
    service="TokensService",
    port="Tokens",
    namespace="https://sts.amazonaws.com/doc/{version}/",
    versions=(VERSION,),
    query_versions=(VERSION,),
    style="iam",
    operations=(DECODE_AUTHORIZATION_MESSAGE,),
    later=frozenset(
        {
            "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetAccessKeyInfo",
            "GetAccessToken", "GetCallerIdentity", "GetFederationToken", "GetImpersonationToken",
            "GetSessionToken",
        }
    ),
)  # fmt: skip
