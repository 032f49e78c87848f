# SPDX-License-Identifier: BSD-2-Clause
"""Refusals as S3 calls them in a fault."""

from __future__ import annotations

from collections.abc import Mapping

from eucalyptus.contracts import s3
from eucalyptus.contracts.refusals import (
    AUTH_FAILURE,
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MALFORMED,
    MISSING_PARAMETER,
    MUST_UNDERSTAND,
    REQUEST_EXPIRED,
    TOO_BIG,
    UNKNOWN_OPERATION,
    UNSUPPORTED_MEDIA,
    Refused,
)
from eucalyptus.contracts.s3_soap.refusals import INVALID_SOAP
from eucalyptus.web.arrivals import retry_after
from eucalyptus.wire import soap
from walrus.core.soap import telling
from walrus.operations.world import Answer

TEXT = "text/xml; charset=UTF-8"
_UNREADABLE = (
    MALFORMED, MISSING_PARAMETER, INVALID_PARAMETER, INVALID_COMBINATION, MUST_UNDERSTAND,
    UNKNOWN_OPERATION, UNSUPPORTED_MEDIA,
)  # fmt: skip
_CODES: Mapping[str, str] = {
    **{refusal.code: INVALID_SOAP.code for refusal in _UNREADABLE},
    AUTH_FAILURE.code: s3.INVALID_SECURITY.code,
    REQUEST_EXPIRED.code: s3.TIME_SKEWED.code,
    TOO_BIG.code: s3.MESSAGE_TOO_LONG.code,
}
"""Codes of the common ground, by which S3 calls the same."""


def fault(refused: Refused, facts: Mapping[str, str]) -> Answer:
    """The answer: always HTTP 500, or old clients lose the message."""
    code = _CODES.get(refused.refusal.code, refused.refusal.code)
    body = soap.envelope(telling.fault(refused, code, facts))
    return Answer(status=500, headers={"content-type": TEXT, **retry_after(refused)}, body=body)
