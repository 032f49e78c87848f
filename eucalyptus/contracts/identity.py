# SPDX-License-Identifier: BSD-2-Clause
"""The identity contract ("Euare"): AWS IAM of 2010-05-08 with Eucalyptus' accounts."""

from __future__ import annotations

from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.iam import accounts, certificates, keys, users

VERSION = "2010-05-08"

IDENTITY = Contract(
    name="identity",
    service="EuareService",
    port="Euare",
    namespace="https://iam.amazonaws.com/doc/{version}/",
    versions=(VERSION,),
    query_versions=(VERSION,),
    style="iam",
    operations=(
        *accounts.OPERATIONS,
        *users.OPERATIONS,
        *keys.OPERATIONS,
        *certificates.OPERATIONS,
    ),
)
