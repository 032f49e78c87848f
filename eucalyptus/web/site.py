# SPDX-License-Identifier: BSD-2-Clause
"""From mounts to a listening socket: one site, one shared port, TLS from the key directory."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twisted.internet import ssl
from twisted.web.resource import IResource

from eucalyptus.settings import House
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.mounted import BACKLOG, Mounted


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A resource and the paths it answers at, and perhaps hosts of which all paths are its own."""

    path: str
    resource: IResource
    aliases: tuple[str, ...] = ()
    hosts: Callable[[bytes], bool] | None = None


def site(mounts: Sequence[Mount], limits: HttpLimits, new_id: Callable[[], str]) -> Mounted:
    """One site that serves every mount; two mounts of one path are a mistake."""
    table: dict[bytes, IResource] = {}
    for mount in mounts:
        for path in (mount.path, *mount.aliases):
            if table.setdefault(path.encode(), mount.resource) is not mount.resource:
                raise ValueError(f"two services are mounted at {path}")
    hosted = [(mount.hosts, mount.resource) for mount in mounts if mount.hosts is not None]
    return Mounted(table, limits, new_id, hosted)


def shared_socket(address: str, port: int) -> socket.socket:
    """A listening socket that other workers may open too; the kernel spreads connections."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.setblocking(False)
    listening.bind((address, port))
    listening.listen(BACKLOG)
    return listening


def tls_context(settings: House) -> ssl.CertificateOptions | None:
    """TLS with ``keys/tls-{cert,pk}.pem``, else with the cloud's certificate; None without keys."""
    for stem in ("tls", "cloud"):
        certificate = settings.keys / f"{stem}-cert.pem"
        key = settings.keys / f"{stem}-pk.pem"
        if certificate.exists() and key.exists():
            pair = ssl.PrivateCertificate.loadPEM(certificate.read_bytes() + key.read_bytes())
            made: ssl.CertificateOptions = pair.options()
            return made
    return None
