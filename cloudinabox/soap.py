# SPDX-License-Identifier: BSD-2-Clause
"""A plain SOAP client of our own cloud: zeep, the published WSDL, a WS-Security signature.

Nothing here knows our contracts: what works for it works for any SOAP client.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree
from requests import Session
from xmlsec import constants
from zeep import Client, Settings
from zeep.exceptions import Fault
from zeep.transports import Transport
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import WSU, get_security_header

ENDPOINT = "http://127.0.0.1:8773/services/compute"
VERSION = "2013-02-01"
GONE = {"shutting-down", "terminated", "stopping", "stopped"}


class Signed(BinarySignature):
    """Adds a Timestamp of five minutes and signs it with the Body; replies come unsigned."""

    def __init__(self, key: Path, certificate: Path) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            str(key),
            str(certificate),
            signature_method=constants.TransformRsaSha256,
            digest_method=constants.TransformSha256,
        )

    def apply(self, envelope: Any, headers: Any) -> Any:
        """Sign one envelope."""
        now = datetime.now(UTC)
        stamp = WSU.Timestamp(
            WSU.Created(f"{now:%Y-%m-%dT%H:%M:%SZ}"),
            WSU.Expires(f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"),
        )
        get_security_header(envelope).append(stamp)
        return super().apply(envelope, headers)  # type: ignore[no-untyped-call]

    def verify(self, envelope: Any) -> Any:
        """Replies are not signed at the public door."""
        return envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """An instance as the cloud describes it."""

    instance_id: str
    image_id: str
    state: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A registered image."""

    image_id: str
    location: str
    kind: str


class Cloud:
    """The compute service, called as the user whose certificate and key lie in ``credentials``."""

    def __init__(self, credentials: Path, endpoint: str = ENDPOINT) -> None:
        (key,) = credentials.glob("euca2-*-pk.pem")
        (certificate,) = credentials.glob("euca2-*-cert.pem")
        session = Session()
        session.trust_env = False  # a proxy knows nothing of our loopback
        client = Client(
            f"{endpoint}?wsdl={VERSION}",
            wsse=Signed(key, certificate),
            transport=Transport(session=session, timeout=30, operation_timeout=60),
            settings=Settings(strict=False, xml_huge_tree=False),
        )
        (binding,) = client.wsdl.bindings
        self._service: Any = client.create_service(binding, endpoint)

    def zones(self) -> list[tuple[str, str]]:
        """The administrator's table: each zone with its state, and below it a row for each type."""
        asked = {"item": [{"zoneName": "verbose"}]}
        answer = self._service.DescribeAvailabilityZones(availabilityZoneSet=asked)
        return [(one.zoneName, one.zoneState) for one in _items(answer.availabilityZoneInfo)]

    def images(self) -> list[Image]:
        """All images this user may see."""
        answer = self._service.DescribeImages(
            executableBySet={}, imagesSet={}, ownersSet={}, filterSet={}
        )
        return [
            Image(image_id=one.imageId, location=one.imageLocation, kind=one.imageType)
            for one in _items(answer.imagesSet)
        ]

    def create_key(self, name: str) -> str:
        """Make a key pair, in place of an older one of that name; the private key's PEM text."""
        self._service.DeleteKeyPair(keyName=name)
        return str(self._service.CreateKeyPair(keyName=name).keyMaterial)

    def run(self, image_id: str, key_name: str, token: str) -> str:
        """Start one m1.small; the instance's id. The same ``token`` never starts a second one."""
        answer = self._service.RunInstances(
            imageId=image_id,
            minCount=1,
            maxCount=1,
            keyName=key_name,
            groupSet={},
            instanceType="m1.small",
            clientToken=token,
        )
        return str(_items(answer.instancesSet)[0].instanceId)

    def instance(self, instance_id: str) -> Machine | None:
        """One instance; None when the cloud does not know it (any more)."""
        try:
            answer = self._service.DescribeInstances(
                instancesSet={"item": [{"instanceId": instance_id}]}, filterSet={}
            )
        except Fault as fault:
            if "InvalidInstanceID" in str(fault.code):
                return None
            raise
        for reservation in _items(answer.reservationSet):
            for one in _items(reservation.instancesSet):
                return Machine(
                    instance_id=one.instanceId, image_id=one.imageId,
                    state=one.instanceState.name,
                    address=one.ipAddress or one.privateIpAddress or "",
                )  # fmt: skip
        return None

    def console(self, instance_id: str) -> str:
        """What the instance wrote to its console."""
        answer = self._service.GetConsoleOutput(instanceId=instance_id)
        return str(answer.output or "")


def _items(listing: Any) -> list[Any]:
    """The items of an EC2 list, which is absent, or empty, or has items."""
    return list(getattr(listing, "item", None) or ())


def words(fault: Fault) -> str:
    """A fault as a sentence."""
    detail = etree.tostring(fault.detail).decode() if fault.detail is not None else ""
    return f"{fault.code}: {fault.message} {detail}".strip()
