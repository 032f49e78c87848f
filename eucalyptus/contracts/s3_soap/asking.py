# SPDX-License-Identifier: BSD-2-Clause
"""What every request of S3's SOAP API ends with: who asks, and S3's own signature.

The signature is HMAC-SHA1 over ``AmazonS3``, the operation and the time stamp. Requests that carry
a WS-Security header leave all of it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from eucalyptus.contracts.declare import part


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """Access key, UTC time stamp, base64 signature: all three, or none."""

    access_key_id: str | None = part(default=None, name="AWSAccessKeyId", last=True)
    timestamp: datetime | None = part(default=None, name="Timestamp", last=True)
    signature: str | None = part(default=None, name="Signature", last=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(Claiming):
    """``credential`` is a session token, as Amazon's DevPay had them."""

    credential: str | None = part(default=None, name="Credential", last=True)
