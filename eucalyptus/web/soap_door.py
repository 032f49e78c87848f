# SPDX-License-Identifier: BSD-2-Clause
"""How a signed SOAP message is let in, whoever signed it: user or component."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal, Principals
from eucalyptus.contracts.declare import parts
from eucalyptus.contracts.internal import Message
from eucalyptus.contracts.refusals import AUTH_FAILURE, Refused, claiming
from eucalyptus.web.arrivals import Arrived, Reply, retry_after
from eucalyptus.web.budgets import Charging, Free
from eucalyptus.web.endpoint import Asked, Endpoint, required_post
from eucalyptus.wire import soap
from eucalyptus.wire.certificates import fingerprint
from eucalyptus.wire.replay import ReplayStore
from eucalyptus.wire.security import (
    Addressing,
    Identity,
    Rules,
    Sealed,
    Verified,
    Verifier,
    open_envelope,
    sign,
    verify,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who a certificate belongs to: a user, or a component of this cloud."""

    pem: bytes
    principal: Principal | None = None
    component: str = ""


class Signers(Protocol):
    """Finds whose certificate has a fingerprint."""

    async def find(self, fingerprint: str) -> Signer | None:
        """The signer with this certificate, or None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapDoor:
    """Admits WS-Security-signed SOAP 1.1, if ``verifier`` finds the signature right.

    ``identity`` gives what signs the replies (None: unsigned). ``names`` are the host names,
    beside the address the peer connected to, under which wsa:To may call us.
    """

    signers: Signers
    rules: Callable[[], Rules]
    replay: ReplayStore
    clock: Callable[[], float]
    new_id: Callable[[], str]
    identity: Callable[[], Identity | None] = lambda: None
    names: frozenset[str] = frozenset()
    verifier: Verifier = verify
    budgets: Charging = field(default_factory=Free)

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        """Verify and read a message; the element that is read is the one that was verified."""
        required_post(arrived)
        sealed = open_envelope(arrived.body, self.rules())
        with claiming(sealed.fingerprint):
            return await self._let_in(arrived, sealed, endpoint)

    async def _let_in(self, arrived: Arrived, sealed: Sealed, endpoint: Endpoint) -> Asked:
        signer = await self.signers.find(sealed.fingerprint)
        if signer is None:
            raise AUTH_FAILURE(reason="The certificate that signed this is not registered here.")
        now = self.clock()
        verified = self.verifier(sealed, signer.pem, now)
        await self._account_for(signer, verified, now)
        operation, version, element = soap.dispatch(endpoint.contract, verified.body)
        if operation.mutates and signer.principal:
            self.budgets.charge_change(signer.principal)
        if sealed.rules.addressed:
            self._check_addressing(arrived, sealed, endpoint.contract.soap_action(operation))
        codec = endpoint.codec(version)
        call = Call(
            request_id=arrived.request_id,
            principal=signer.principal,
            component=signer.component,
            version=version,
            source=arrived.source,
            to=sealed.to,
        )
        ask = codec.read(operation.asks, element)
        return Asked(
            call=call,
            operation=operation,
            ask=ask,
            codec=codec,
            soap=True,
            reply_to=sealed.message_id,
        )

    async def _account_for(self, signer: Signer, verified: Verified, now: float) -> None:
        """Charge a message to its signer and remember it; one sent again by others is free."""
        if signer.principal:
            self.budgets.charge(signer.principal)
        if not await self.replay.enter(verified.replay_key, verified.expires, now):
            if signer.principal:
                self.budgets.refund(signer.principal)
            raise AUTH_FAILURE(reason="This message was received before. Sign a new one.")

    def _check_addressing(self, arrived: Arrived, sealed: Sealed, action: str) -> None:
        host, *there = _place(sealed.to)
        here = [arrived.port, arrived.path.rstrip("/")]
        if host not in self.names | {arrived.local} or there != here:
            raise AUTH_FAILURE(reason=f"The message is addressed to {sealed.to[:200]}, not to us.")
        if sealed.action != action:
            raise AUTH_FAILURE(reason=f"wsa:Action {sealed.action[:200]} is not {action}.")

    def seat(self, asked: Asked) -> AbstractContextManager[None]:
        """Room for any number of components' requests: they are few."""
        return contextlib.nullcontext()

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        """The answer in an envelope, signed when this door signs."""
        if isinstance(value, Message) and value.succeeded is None:
            value = dataclasses.replace(value, succeeded=True, status_message="0")
        return self._reply(asked, value, endpoint)

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        """A SOAP fault, always HTTP 500, or Amazon's client loses the message.

        A component's operation answers ``return=false`` instead, as the original's did.
        """
        if asked is not None and issubclass(asked.operation.answers, Message):
            return self._reply(asked, declined(asked.operation.answers, refused.message), endpoint)
        body = soap.fault(refused, arrived.request_id)
        return Reply(status=500, body=body, headers=retry_after(refused))

    def _reply(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        body = asked.codec.write(value, asked.operation.name + "Response")
        identity = self.identity()
        if identity is None:
            return Reply(status=200, body=soap.envelope(body))
        addressing = None
        if asked.reply_to:
            addressing = Addressing(
                action=endpoint.contract.soap_action(asked.operation) + "Response",
                message_id=f"urn:uuid:{self.new_id().upper()}",
                relates_to=asked.reply_to,
            )
        return Reply(status=200, body=sign(body, identity, addressing, self.clock()))


def _place(url: str) -> tuple[str, int, str]:
    """Host, port and path of a URL; empty ones for text that is no URL."""
    try:
        to = urlsplit(url)
        return to.hostname or "", to.port or 0, to.path.rstrip("/")
    except ValueError:
        return "", 0, ""


def declined(answers: type, why: str) -> Any:
    """An internal answer that says no; the rest of it is left out."""
    absent = {p.attribute: None for p in parts(answers) if p.required and not p.repeated}
    return answers(**{**absent, "succeeded": False, "status_message": why})


class Pinned:
    """Signers known beforehand: components, by the certificates in our key directory."""

    def __init__(self, components: Mapping[str, bytes]) -> None:
        self._signers = {
            fingerprint(pem): Signer(pem=pem, component=component)
            for component, pem in components.items()
        }

    async def find(self, fingerprint: str) -> Signer | None:
        """The component with this certificate, or None."""
        return self._signers.get(fingerprint)


class Users:
    """Signers that are users: their signing certificates."""

    def __init__(self, principals: Principals) -> None:
        self._principals = principals

    async def find(self, fingerprint: str) -> Signer | None:
        """The user with this active certificate, or None."""
        found = await self._principals.by_certificate(fingerprint)
        return None if found is None else Signer(pem=found.pem, principal=found.principal)
