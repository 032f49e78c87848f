# SPDX-License-Identifier: BSD-2-Clause
"""A signed Query request over http.client: what short-lived commands use to ask the cloud."""

from __future__ import annotations

import hashlib
import http.client
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from eucalyptus.cli.profile import Profile
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize

TIMEOUT = 60.0
MOST_ANSWER = 16 << 20
_LIMITS = DocumentLimits(size=MOST_ANSWER, elements=500_000)


class Unreachable(Exception):
    """No answer, or none that the cloud could have given."""


class Denied(Exception):
    """The cloud refused; ``code``, the sentence, and the id under which its log has the request."""

    def __init__(self, code: str, message: str, request_id: str) -> None:
        super().__init__(f"{code}: {message}" + (f" [request {request_id}]" if request_id else ""))
        self.code, self.message, self.request_id = code, message, request_id


@dataclass(frozen=True, slots=True)
class Node:
    """An element of an answer, by local names."""

    element: Any

    def text(self, name: str) -> str:
        """The text of the child called ``name``, "" without one."""
        found = self.all(name)
        return (found[0].element.text or "") if found else ""

    def all(self, name: str) -> list[Node]:
        """The children called ``name``."""
        return [Node(child) for child in self.element if _local(child) == name]

    def at(self, *path: str) -> list[Node]:
        """What lies at a path of names below."""
        found = [self]
        for name in path:
            found = [below for node in found for below in node.all(name)]
        return found


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def ask(profile: Profile, parameters: Mapping[str, str], now: float) -> Node:
    """Send a signed request; gives the answer's root. Raises Denied and Unreachable."""
    target = urlsplit(profile.url)
    if target.scheme not in ("http", "https") or not target.hostname:
        raise Unreachable(f"{profile.url} is not an http URL")
    body = urlencode(parameters).encode()
    path = target.path or "/"
    host = target.netloc.rpartition("@")[2]
    # Two requests of one second with the same words are two requests and not a repeat of one.
    nonce = secrets.token_hex(8)
    request = Signable(
        method="POST", path=path, query="", headers={"host": (host,), "x-amz-nonce": (nonce,)},
        body_sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    signing = Signing(key_id=profile.key_id, secret=profile.secret, service=profile.service)
    headers = {
        **authorize(request, signing, now),
        "Host": host,
        "X-Amz-Nonce": nonce,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    }
    status, answer = _exchange(profile.url, path, body, headers)
    return _read(profile.url, status, answer)


def _exchange(url: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    target = urlsplit(url)
    host = target.hostname or ""
    try:
        connection = (
            http.client.HTTPSConnection(
                host, target.port, timeout=TIMEOUT, context=ssl.create_default_context()
            )
            if target.scheme == "https"
            else http.client.HTTPConnection(host, target.port, timeout=TIMEOUT)
        )
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read(MOST_ANSWER)
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as failure:
        raise Unreachable(f"{url} does not answer: {failure}") from failure


def _read(url: str, status: int, answer: bytes) -> Node:
    try:
        root = Node(parse(answer, _LIMITS))
    except Refused as wrong:
        raise Unreachable(f"{url} answered {status} with something that is not XML") from wrong
    if status == 200:
        return root
    errors = root.at("Errors", "Error") or root.at("Error")
    if not errors:
        raise Unreachable(f"{url} answered {status}")
    said = root.text("RequestID") or root.text("RequestId")
    raise Denied(errors[0].text("Code"), errors[0].text("Message"), said)
