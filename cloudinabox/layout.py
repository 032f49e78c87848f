# SPDX-License-Identifier: BSD-2-Clause
"""Where everything lies under the state directory. Pure: paths in, paths out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_STATE = Path("/var/lib/eucalyptus")
MARK = ".eucalyptus"
"""A file that says: this directory was made by faststart, so that destroy may remove it."""
LONGEST_SOCKET = 107
"""Bytes a Unix socket's path may have."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one cloud."""

    state: Path

    @property
    def conf(self) -> Path:
        """Settings of every daemon."""
        return self.state / "etc" / "eucalyptus.conf"

    @property
    def network(self) -> Path:
        """The network configuration, JSON, that becomes a cloud property."""
        return self.state / "etc" / "network.json"

    @property
    def supervisor_conf(self) -> Path:
        """What supervisord runs."""
        return self.state / "etc" / "supervisord.conf"

    @property
    def supervisor_socket(self) -> Path:
        """Where supervisord answers XML-RPC."""
        return self.state / "run" / "supervisor.sock"

    @property
    def database_socket(self) -> Path:
        """Where the private PostgreSQL cluster answers."""
        return self.state / "run" / "db" / ".s.PGSQL.8777"

    @property
    def log(self) -> Path:
        """Log files, one per program."""
        return self.state / "log"

    @property
    def libvirt(self) -> Path:
        """Everything of our own libvirtd."""
        return self.state / "libvirt"

    @property
    def libvirt_socket(self) -> Path:
        """Our own libvirtd's socket, as seen from outside its mount namespace."""
        return self.libvirt / "run" / "libvirt-sock"

    @property
    def credentials(self) -> Path:
        """The cloud administrator's credentials, as faststart uses them itself."""
        return self.state / "credentials"

    @property
    def demo(self) -> Path:
        """Key file and notes of the demo instance."""
        return self.state / "demo"

    @property
    def key_file(self) -> Path:
        """The private key that opens the demo instance."""
        return self.demo / "demo.pem"

    @property
    def hooks(self) -> Path:
        """The administrator's programs that the node runs beside an instance's life."""
        return self.state / "etc" / "nc-hooks"

    @property
    def longest_socket(self) -> Path:
        """The longest socket path anything will make."""
        return self.supervisor_socket.with_name(f"{self.supervisor_socket.name}.1234567")

    @property
    def services_own(self) -> tuple[Path, ...]:
        """Directories whose content belongs to the services that do not run as root."""
        return tuple(self.state / name for name in ("keys", "bukkits", "CC", "replay"))

    @property
    def run(self) -> Path:
        """Sockets and documents of the running system; every service leaves its own here."""
        return self.state / "run"

    @property
    def folders(self) -> tuple[tuple[Path, int], ...]:
        """Every directory to make, with its mode, parents first.

        Directories on the way to a disk can be passed through by the user that runs a guest, those
        on the way to the database by the user that runs PostgreSQL.
        """
        at = self.state
        libvirt = (
            self.libvirt / part for part in ("etc", "etc/qemu", "run", "lib", "log", "cache")
        )
        return (
            (at, 0o755),
            (at / "etc", 0o755),
            (self.hooks, 0o755),
            (at / "keys", 0o700),
            (at / "run", 0o755),
            (at / "run" / "net", 0o755),
            (at / "log", 0o755),
            (at / "instances", 0o711),
            (at / "instances" / "work", 0o711),
            (at / "instances" / "cache", 0o711),
            (at / "bukkits", 0o700),
            (at / "CC", 0o700),
            (at / "replay", 0o700),
            (self.credentials, 0o700),
            (self.demo, 0o700),
            (self.libvirt, 0o755),
            *((path, 0o755) for path in libvirt),
        )
