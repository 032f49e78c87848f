# SPDX-License-Identifier: BSD-2-Clause
"""How a signed Query request is let in: signature versions 2 and 4, in headers or in the URL.

A byte-identical repeat of a mutating request gets the recorded answer, not a second effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal, Principals
from eucalyptus.contracts.declare import Contract, Operation, parts
from eucalyptus.contracts.refusals import (
    AUTH_FAILURE,
    MALFORMED,
    MISSING_PARAMETER,
    TOO_BIG,
    UNKNOWN_OPERATION,
    UNSUPPORTED_OPERATION,
    WRONG_METHOD,
    Refused,
    claiming,
)
from eucalyptus.web.arrivals import Arrived, Reply, retry_after
from eucalyptus.web.budgets import Charging, Free
from eucalyptus.web.endpoint import Answered, Asked, Endpoint
from eucalyptus.wire import query, signatures
from eucalyptus.wire.signable import Accepts, Signable, Signed, check, pairs
from eucalyptus.wire.suggestions import explained_action

FORM = "application/x-www-form-urlencoded"
_NOBODY = "nobody's secret, so that unknown keys take as long"


class Recorded(Protocol):
    """Answers of mutating requests, by a digest of the signed request."""

    async def begin(self, key: bytes, expires: float, now: float) -> bytes | None:
        """None when the request is new, else the answer it got."""
        ...

    async def finish(self, key: bytes, answer: bytes) -> None:
        """Record the answer of a request that was new."""
        ...

    async def forget(self, key: bytes) -> None:
        """Let the request be tried again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDoor:
    """Admits Query requests of users. ``accepts`` names our service in signature scopes."""

    principals: Principals
    recorded: Recorded
    clock: Callable[[], float]
    accepts: Accepts
    budgets: Charging = field(default_factory=Free)

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        """Authenticate, read, and claim a mutating request; raises Answered for a repeat."""
        if arrived.method not in ("GET", "POST"):
            raise WRONG_METHOD(method=arrived.method[:20])
        pairs = parameters(arrived)
        now = self.clock()
        signed, principal = await self._authenticate(arrived, pairs, now)
        self.budgets.charge(principal)
        flat = dict(pairs)
        version = query_version(endpoint.contract, flat.get("Version", ""))
        operation = find_operation(endpoint.contract, flat, version)
        codec = endpoint.codec(version)
        call = Call(
            request_id=arrived.request_id,
            principal=principal,
            version=version,
            source=arrived.source,
            to=arrived.path,
        )
        dry_run = takes_dry_run(operation) and query.take_flag(flat, "DryRun")
        ask = query.read(codec, operation, flat)
        if operation.mutates:
            self.budgets.charge_change(principal)
        claim = b""
        if operation.mutates and not dry_run:
            claim = signed.replay_key
            earlier = await self.recorded.begin(claim, signed.ends, now)
            if earlier is not None:
                raise Answered(_unpack(earlier))
        return Asked(
            call=call, operation=operation, ask=ask, codec=codec, dry_run=dry_run, claim=claim
        )

    async def _authenticate(
        self, arrived: Arrived, pairs: list[tuple[str, str]], now: float
    ) -> tuple[Signed, Principal]:
        signable = Signable(
            method=arrived.method,
            path=arrived.path,
            query=arrived.query,
            headers=arrived.headers,
            parameters=tuple(pairs),
            body_sha256=hashlib.sha256(arrived.body).hexdigest(),
            port=arrived.port,
        )
        signed = signatures.parse(signable, self.accepts)
        with claiming(signed.key_id):
            if signed.token:
                raise AUTH_FAILURE(reason="Session tokens are not issued by this cloud yet.")
            key = await self.principals.by_access_key(signed.key_id)
            check(signed, key.secret if key else _NOBODY, now)
            if key is None:
                raise AUTH_FAILURE(reason="The access key is not registered here.")
        return signed, key.principal

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        """The answer's document; recorded first when the request changed something."""
        body = query.answer(asked.codec, asked.operation, value, asked.call.request_id)
        return await self._record(asked, Reply(status=200, body=body))

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        """The error's document, with the refusal's own HTTP status."""
        contract = endpoint.contract
        namespace = contract.at(asked.codec.version if asked else newest(contract))
        body = query.error(contract.style, namespace, refused, arrived.request_id)
        if asked is not None and asked.claim:
            # Nothing changed, and boto signs the same request the same way within a second.
            await self.recorded.forget(asked.claim)
        return Reply(status=refused.refusal.status, body=body, headers=retry_after(refused))

    async def _record(self, asked: Asked, reply: Reply) -> Reply:
        if asked.claim:
            await self.recorded.finish(asked.claim, b"%d\n%b" % (reply.status, reply.body))
        return reply


def _unpack(recorded: bytes) -> Reply:
    status, _, body = recorded.partition(b"\n")
    return Reply(status=int(status), body=body)


def parameters(arrived: Arrived) -> list[tuple[str, str]]:
    """The decoded pairs of URL and form; a name may come once. Raises MALFORMED, TOO_BIG."""
    texts = [arrived.query]
    if arrived.method == "POST" and arrived.body:
        if arrived.content_type not in (FORM, ""):
            raise MALFORMED(reason=f"a Query request is sent as {FORM}")
        texts.append(arrived.body.decode("latin-1"))
    if sum(text.count("&") for text in texts) >= query.MOST_PARAMETERS:
        raise TOO_BIG(limit=query.MOST_PARAMETERS, unit="parameters")
    # Read as the signatures read them: what is done is what was signed.
    return list(pairs(*texts))


def newest(contract: Contract) -> str:
    """The newest version that Query requests may name, "" for an undated contract."""
    known = contract.query_versions or contract.versions
    return known[-1] if known else ""


def query_version(contract: Contract, asked: str) -> str:
    """The API version to answer in: the one asked for if known, else the newest."""
    known = contract.query_versions or contract.versions
    return asked if asked in known else newest(contract)


def find_operation(contract: Contract, flat: dict[str, str], version: str) -> Operation:
    """The operation that ``Action`` names; raises MISSING_PARAMETER, UNKNOWN_OPERATION, …"""
    action = flat.get("Action") or flat.get("Operation") or ""
    if not action:
        raise MISSING_PARAMETER(action="A Query request", name="Action")
    operation = contract.operation(action)
    if operation is None and action in contract.later:
        raise UNSUPPORTED_OPERATION(action=action)
    if operation is None or operation.since > version > "":
        raise UNKNOWN_OPERATION(
            service=contract.name,
            action=explained_action(action, contract, version),
            version=version or "in use",
        )
    return operation


def takes_dry_run(operation: Operation) -> bool:
    """Whether the door itself answers ``DryRun``: for EC2 operations that do not look at it."""
    own = any(part.attribute == "dry_run" for part in parts(operation.asks))
    return operation.allows.startswith("ec2:") and not own
