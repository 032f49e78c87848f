# SPDX-License-Identifier: BSD-2-Clause
"""Presigned addresses as botocore makes them, for any path."""

from __future__ import annotations

from typing import Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from eucalyptus.access.principals import AccessKey


def presigned(url: str, key: AccessKey, query: str = "", expires: int = 600) -> str:
    """``url?query`` with a version 4 signature in its address."""
    request: Any = AWSRequest(method="GET", url=f"{url}?{query}" if query else url)
    signer = S3SigV4QueryAuth(Credentials(key.key_id, key.secret), "s3", "eucalyptus", expires)
    signer.add_auth(request)
    return str(request.url)
