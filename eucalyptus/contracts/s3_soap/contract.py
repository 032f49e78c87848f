# SPDX-License-Identifier: BSD-2-Clause
"""The contract of S3's SOAP API: undated, every SOAPAction empty."""

from __future__ import annotations

from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.s3 import NAMESPACE
from eucalyptus.contracts.s3_soap import access, buckets, objects

S3_SOAP = Contract(
    name="S3",
    service="AmazonS3",
    port="AmazonS3",
    namespace=NAMESPACE,
    operations=(*buckets.OPERATIONS, *objects.OPERATIONS, *access.OPERATIONS),
    actionless=True,
)
