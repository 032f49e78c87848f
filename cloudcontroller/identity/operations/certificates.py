# SPDX-License-Identifier: BSD-2-Clause
"""Signing certificates: create, upload, list, update, delete."""

from __future__ import annotations

from cloudcontroller.identity.core import ids, names
from cloudcontroller.identity.core.pages import page
from cloudcontroller.identity.database import certificates, credentials, users
from cloudcontroller.identity.database.credentials import CERTIFICATES
from cloudcontroller.identity.operations.scope import user_of
from cloudcontroller.identity.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.iam.certificates import (
    CreateSigningCertificate,
    CreateSigningCertificateResponse,
    DeleteSigningCertificate,
    DeleteSigningCertificateResponse,
    ListSigningCertificates,
    ListSigningCertificatesResponse,
    NewSigningCertificate,
    SigningCertificate,
    UpdateSigningCertificate,
    UpdateSigningCertificateResponse,
    UploadSigningCertificate,
    UploadSigningCertificateResponse,
)
from eucalyptus.contracts.refusals import MALFORMED_CERTIFICATE
from eucalyptus.database.run import Tx
from eucalyptus.properties import CERTIFICATES_LIMIT
from eucalyptus.wire.certificates import fingerprint, load_pem


def told(user: users.User, certificate: certificates.Signing) -> SigningCertificate:
    """A certificate as callers see it."""
    return SigningCertificate(
        user_name=user.name,
        certificate_id=certificate.id,
        certificate_body=certificate.pem,
        status=names.status_of(certificate.active),
        upload_date=certificate.created,
    )


async def create_signing_certificate(
    world: World, call: Call, ask: CreateSigningCertificate
) -> CreateSigningCertificateResponse:
    """A new key and certificate; the private key is told now and kept nowhere."""
    user = await world.database.read(user_of, call.who, ask.delegate_account, ask.user_name)
    pair = await world.make_pair(user.name)
    user, made = await _register(world, call, ask, pair.certificate)
    answer = NewSigningCertificate(
        user_name=user.name,
        certificate_id=made.id,
        certificate_body=made.pem,
        private_key=pair.key.decode(),
        status=names.status_of(made.active),
        upload_date=made.created,
    )
    return CreateSigningCertificateResponse(certificate=answer)


async def upload_signing_certificate(
    world: World, call: Call, ask: UploadSigningCertificate
) -> UploadSigningCertificateResponse:
    """Register somebody's own certificate; nobody else may have it."""
    pem = ask.certificate_body.strip() + "\n"
    if not load_pem(pem.encode()).is_valid(world.clock()):
        raise MALFORMED_CERTIFICATE(reason="it is not valid at this time")
    user, made = await _register(world, call, ask, pem.encode())
    return UploadSigningCertificateResponse(certificate=told(user, made))


async def _register(
    world: World, call: Call, ask: CreateSigningCertificate | UploadSigningCertificate, pem: bytes
) -> tuple[users.User, certificates.Signing]:
    limit = world.properties.get(CERTIFICATES_LIMIT)
    print_ = fingerprint(pem)

    def work(tx: Tx) -> tuple[users.User, certificates.Signing]:
        user = user_of(tx, call.who, ask.delegate_account, ask.user_name)
        certificate = certificates.Signing(
            fingerprint=print_,
            id=ids.certificate_id(print_),
            user_id=user.id,
            pem=pem.decode(),
            active=True,
            created=world.now(),
        )
        certificates.add(tx, certificate, user, limit=limit)
        return user, certificate

    return await world.database.run(work)


async def list_signing_certificates(
    world: World, call: Call, ask: ListSigningCertificates
) -> ListSigningCertificatesResponse:
    """A user's certificates."""
    user, found = await world.database.read(_of_user, call.who, ask)
    cut = page(found, lambda certificate: certificate.id, ask.marker, ask.max_items)
    return ListSigningCertificatesResponse(
        certificates=tuple(told(user, certificate) for certificate in cut.values),
        is_truncated=cut.is_truncated,
        marker=cut.marker,
    )


def _of_user(
    tx: Tx, caller: Principal, ask: ListSigningCertificates
) -> tuple[users.User, tuple[certificates.Signing, ...]]:
    user = user_of(tx, caller, ask.delegate_account, ask.user_name)
    return user, certificates.of_user(tx, user.id)


async def update_signing_certificate(
    world: World, call: Call, ask: UpdateSigningCertificate
) -> UpdateSigningCertificateResponse:
    """Switch a certificate on or off."""
    active = names.is_active(ask.status)

    def work(tx: Tx) -> None:
        user = user_of(tx, call.who, ask.delegate_account, ask.user_name)
        credentials.set_active(tx, CERTIFICATES, user.id, ask.certificate_id, active=active)

    await world.database.run(work)
    return UpdateSigningCertificateResponse()


async def delete_signing_certificate(
    world: World, call: Call, ask: DeleteSigningCertificate
) -> DeleteSigningCertificateResponse:
    """Delete a certificate; every front worker refuses it from now on."""

    def work(tx: Tx) -> None:
        user = user_of(tx, call.who, ask.delegate_account, ask.user_name)
        credentials.remove(tx, CERTIFICATES, user.id, ask.certificate_id)

    await world.database.run(work)
    return DeleteSigningCertificateResponse()
