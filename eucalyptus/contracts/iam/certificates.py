# SPDX-License-Identifier: BSD-2-Clause
"""Signing certificates: what a user's SOAP messages are signed with."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.refusals import (
    ACCESS_DENIED,
    DUPLICATE_CERTIFICATE,
    IDENTITY_LIMIT,
    INVALID_VALUE,
    MALFORMED_CERTIFICATE,
    NO_SUCH_ENTITY,
)


@message("SigningCertificateType")
class SigningCertificate:
    """A registered certificate; ``certificate_body`` is PEM, ``status`` Active or Inactive."""

    user_name: str = part(name="UserName")
    certificate_id: str = part(name="CertificateId")
    certificate_body: str = part(name="CertificateBody")
    status: str = part(name="Status")
    upload_date: datetime = part(name="UploadDate")


@message("NewSigningCertificateType")
class NewSigningCertificate:
    """A certificate that the cloud made; the private key is told this once."""

    user_name: str = part(name="UserName")
    certificate_id: str = part(name="CertificateId")
    certificate_body: str = part(name="CertificateBody")
    private_key: str = part(name="PrivateKey")
    status: str = part(name="Status")
    upload_date: datetime = part(name="UploadDate")


@message("CreateSigningCertificateType")
class CreateSigningCertificate:
    """Ask the cloud to make a key and certificate for a user; without a name, for the caller."""

    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("CreateSigningCertificateResponseType")
class CreateSigningCertificateResponse:
    """The new certificate with its private key."""

    certificate: NewSigningCertificate = part(name="Certificate")


@message("UploadSigningCertificateType")
class UploadSigningCertificate:
    """Ask to register one X.509 certificate (PEM, RSA of at least 2048 bits)."""

    certificate_body: str = part(name="CertificateBody")
    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("UploadSigningCertificateResponseType")
class UploadSigningCertificateResponse:
    """The registered certificate."""

    certificate: SigningCertificate = part(name="Certificate")


@message("ListSigningCertificatesType")
class ListSigningCertificates:
    """Ask for a user's certificates; without a name, for the caller's."""

    user_name: str | None = part(default=None, name="UserName")
    marker: str | None = part(default=None, name="Marker")
    max_items: int | None = part(default=None, name="MaxItems")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("ListSigningCertificatesResponseType")
class ListSigningCertificatesResponse:
    """Certificates in the order of their ids."""

    certificates: tuple[SigningCertificate, ...] = items(
        "CertificateListType", default=(), name="Certificates", item="member", required=True
    )
    is_truncated: bool = part(default=False, name="IsTruncated", required=True)
    marker: str | None = part(default=None, name="Marker")


@message("UpdateSigningCertificateType")
class UpdateSigningCertificate:
    """Ask to make a certificate ``Active`` or ``Inactive``."""

    certificate_id: str = part(name="CertificateId")
    status: str = part(name="Status")
    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("UpdateSigningCertificateResponseType")
class UpdateSigningCertificateResponse:
    """Done."""


@message("DeleteSigningCertificateType")
class DeleteSigningCertificate:
    """Ask to delete a certificate."""

    certificate_id: str = part(name="CertificateId")
    user_name: str | None = part(default=None, name="UserName")
    delegate_account: str | None = part(default=None, name="DelegateAccount")


@message("DeleteSigningCertificateResponseType")
class DeleteSigningCertificateResponse:
    """The certificate is gone."""


CREATE_SIGNING_CERTIFICATE = Operation(
    name="CreateSigningCertificate",
    asks=CreateSigningCertificate,
    answers=CreateSigningCertificateResponse,
    refuses=(NO_SUCH_ENTITY, IDENTITY_LIMIT, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:CreateSigningCertificate",
    mutates=True,
    soap=False,
)

UPLOAD_SIGNING_CERTIFICATE = Operation(
    name="UploadSigningCertificate",
    asks=UploadSigningCertificate,
    answers=UploadSigningCertificateResponse,
    refuses=(
        NO_SUCH_ENTITY, IDENTITY_LIMIT, INVALID_VALUE, ACCESS_DENIED, MALFORMED_CERTIFICATE,
        DUPLICATE_CERTIFICATE,
    ),
    allows="iam:UploadSigningCertificate",
    mutates=True,
    soap=False,
)  # fmt: skip

LIST_SIGNING_CERTIFICATES = Operation(
    name="ListSigningCertificates",
    asks=ListSigningCertificates,
    answers=ListSigningCertificatesResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:ListSigningCertificates",
    soap=False,
)

UPDATE_SIGNING_CERTIFICATE = Operation(
    name="UpdateSigningCertificate",
    asks=UpdateSigningCertificate,
    answers=UpdateSigningCertificateResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:UpdateSigningCertificate",
    mutates=True,
    soap=False,
)

DELETE_SIGNING_CERTIFICATE = Operation(
    name="DeleteSigningCertificate",
    asks=DeleteSigningCertificate,
    answers=DeleteSigningCertificateResponse,
    refuses=(NO_SUCH_ENTITY, INVALID_VALUE, ACCESS_DENIED),
    allows="iam:DeleteSigningCertificate",
    mutates=True,
    soap=False,
)

OPERATIONS = (
    CREATE_SIGNING_CERTIFICATE,
    UPLOAD_SIGNING_CERTIFICATE,
    LIST_SIGNING_CERTIFICATES,
    UPDATE_SIGNING_CERTIFICATE,
    DELETE_SIGNING_CERTIFICATE,
)
