# SPDX-License-Identifier: BSD-2-Clause
"""Who a request says it is from, for the log: said before anything of it is proven."""

from __future__ import annotations

import re

from eucalyptus.web.arrivals import Arrived

_KEY_ID = re.compile(r"(?:^AWS |\bCredential=|\bAWSAccessKeyId=)([A-Za-z0-9]{1,128})")
_FIRST = 1 << 14
"""Bytes of a form in which a key id is looked for."""


def claimed_key(arrived: Arrived) -> str:
    """The id of the access key with which a request claims to be signed, "" for none."""
    form = arrived.body[:_FIRST].decode("latin-1") if arrived.method == "POST" else ""
    for text in (arrived.header("authorization"), arrived.query, form):
        if found := _KEY_ID.search(text):
            return found[1]
    return ""
