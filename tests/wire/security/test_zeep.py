# SPDX-License-Identifier: BSD-2-Clause
"""A real client: zeep's own WS-Security plug-in signs, we verify; we sign, zeep verifies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from xmlsec import constants
from zeep.wsse.signature import BinarySignature, verify_envelope

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import certificates
from eucalyptus.wire.security import Rules, names, sign
from eucalyptus.wire.security.instants import format_instant
from tests.wire.security.forge import EC2, NOW, canonical, operation, receive, signer

BARE = (
    f'<s:Envelope xmlns:s="{names.SOAP}"><s:Header/>'
    f"<s:Body>{operation('DescribeRegions', '')}</s:Body></s:Envelope>"
)
STAMP = (
    f'<wsse:Security xmlns:wsse="{names.WSSE}"><wsu:Timestamp xmlns:wsu="{names.WSU}">'
    f"<wsu:Created>{format_instant(NOW)}</wsu:Created>"
    f"<wsu:Expires>{format_instant(NOW + 300)}</wsu:Expires></wsu:Timestamp></wsse:Security>"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """The victim's key and certificate, as zeep wants them."""
    who = signer("victim")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_bytes(certificates.key_pem(who.key))
    certificate.write_bytes(who.pem)
    return str(key), str(certificate)


def zeep_signed(files: tuple[str, str], *, stamp: bool, method: Any, digest: Any) -> bytes:
    envelope = etree.fromstring(BARE)
    if stamp:
        envelope[0].append(etree.fromstring(STAMP))
    BinarySignature(*files, signature_method=method, digest_method=digest).apply(envelope, {})
    return etree.tostring(envelope)


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (constants.TransformRsaSha1, constants.TransformSha1),
        (constants.TransformRsaSha256, constants.TransformSha256),
        (constants.TransformRsaSha512, constants.TransformSha512),
    ],
    ids=["sha1", "sha256", "sha512"],
)
def test_zeep_with_a_timestamp_is_served(files: tuple[str, str], method: Any, digest: Any) -> None:
    document = zeep_signed(files, stamp=True, method=method, digest=digest)
    verified = receive(document, Rules.front_door())
    assert verified.body[0].tag == f"{{{EC2}}}DescribeRegions"


def test_zeep_without_a_timestamp_is_told_what_is_missing(files: tuple[str, str]) -> None:
    document = zeep_signed(
        files, stamp=False, method=constants.TransformRsaSha256, digest=constants.TransformSha256
    )
    with pytest.raises(Refused, match="Timestamp"):
        receive(document, Rules.front_door())


def test_zeep_accepts_what_we_sign(files: tuple[str, str]) -> None:
    who = signer("victim")
    identity = certificates.identity(who.pem, certificates.key_pem(who.key))
    answer = canonical(etree.fromstring(operation("DescribeRegionsResponse", "<a>1 &lt; 2</a>")))
    verify_envelope(etree.fromstring(sign(answer, identity, None, NOW)), files[1])
