# SPDX-License-Identifier: BSD-2-Clause
"""Signed requests as bytes, made before anything is measured."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from eucalyptus.wire import security
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize
from measuring.cloud import Caller
from measuring.load import http

PATH = "/services/compute"
QUERY_VERSION, SOAP_VERSION = "2016-11-15", "2013-02-01"
NAMESPACE = f"http://ec2.amazonaws.com/doc/{SOAP_VERSION}/"
REGION = "us-east-1"
"""In the scope of signatures: this cloud takes any, moto only Amazon's."""
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def query(
    caller: Caller, address: tuple[str, int], asked: Mapping[str, str], path: str = PATH
) -> bytes:
    """A Query request signed with version 4, as boto3 sends it. ``asked`` names its Action."""
    body = urlencode({"Version": QUERY_VERSION, **asked}).encode()
    host = f"{address[0]}:{address[1]}"
    request = Signable(
        method="POST",
        path=path,
        query="",
        headers={"host": (host,), "content-type": (FORM,)},
        body_sha256=hashlib.sha256(body).hexdigest(),
    )
    signing = Signing(key_id=caller.key_id, secret=caller.secret, service="ec2", region=REGION)
    added = authorize(request, signing, time.time())
    headers = {"Host": host, "User-Agent": "Boto3/1.44.5", "Content-Type": FORM, **added}
    return http(path, body, headers.items())


def soap(caller: Caller, address: tuple[str, int], body: bytes, now: float) -> bytes:
    """A SOAP request with a WS-Security signature made ``now``; ``body`` is canonical XML.

    No two may be alike, and a signature tells times apart by milliseconds.
    """
    headers = {
        "Host": f"{address[0]}:{address[1]}",
        "Content-Type": "text/xml; charset=UTF-8",
        "SOAPAction": '""',
    }
    return http(PATH, security.sign(body, caller.identity, None, now), headers.items())
