# SPDX-License-Identifier: BSD-2-Clause
"""A private cloud to measure: PostgreSQL as in production (fsync on), and real front workers.

Everything lives in a temporary state directory and on one free port of 127.0.0.1; nothing else
of the machine is touched. The daemons are the product's own commands.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from cloudcontroller.identity import bootstrap
from cloudcontroller.identity.database import users
from cloudcontroller.identity.enrolment import Enrolment
from cloudcontroller.identity.world import Pair
from eucalyptus.access.principals import Principal
from eucalyptus.database import properties
from eucalyptus.database.listening import connect
from eucalyptus.database.migrate import migrate, rooms
from eucalyptus.database.transactions import Transactions, Tx
from eucalyptus.secrets import open_sealer
from eucalyptus.settings import read
from eucalyptus.wire import certificates
from measuring.processes import Server, end, free_port, python, settle, start, wait

READY = 30.0
"""Seconds that a transaction of a benchmark's own may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A user with an access key and a signing certificate."""

    key_id: str
    secret: str = field(repr=False)
    identity: certificates.Identity = field(repr=False)
    principal: Principal


@dataclass
class Cloud:
    """A running cloud: its settings, its database and its front workers."""

    settings: bootstrap.BootstrapSettings
    port: int
    database: Server
    transactions: Transactions
    workers: list[Server] = field(default_factory=list)

    @property
    def configuration(self) -> Path:
        """The settings file, for further daemons."""
        return self.settings.state / "eucalyptus.conf"

    @property
    def address(self) -> tuple[str, int]:
        """Where front workers listen."""
        return ("127.0.0.1", self.port)

    def log(self, name: str) -> Path:
        """The file for a daemon's output."""
        return self.settings.state / f"{name}.log"

    def daemon(self, module: str, name: str, port: int = 0) -> Server:
        """Start one of the product's daemons on this cloud; the caller ends it."""
        words = ("--config", str(self.configuration))
        return start(python(module, *words), self.log(name), port)

    def add_worker(self) -> Server:
        """Start one more front worker and wait until it listens."""
        name = f"front{len(self.workers)}"
        server = self.daemon("eucalyptus.web.front", name)
        self.workers.append(server)
        log = self.log(name)
        wait(lambda: "listening on" in log.read_text(), name, server.process, log)
        return Server(server.process, self.address)

    def cpu(self) -> float:
        """Seconds of CPU used by front workers and database together."""
        return sum(server.cpu() for server in (*self.workers, self.database))

    def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do ``work(tx, *args)`` in one transaction."""
        return self.transactions.run("serializable", time.monotonic() + READY, work, *args)

    def caller(self, account: str) -> Caller:
        """The administrator of an account, made when new, with key and certificate."""
        enrolment = Enrolment(
            clock=time.time, chance=os.urandom, sealer=open_sealer(self.settings.keys)
        )
        made: Caller = self.run(_enrol, enrolment, account)
        return made

    def set(self, name: str, value: str) -> None:
        """Set a cloud property."""
        self.run(properties.store, name, value, "benchmark")


def _enrol(tx: Tx, enrolment: Enrolment, name: str) -> Caller:
    account, _ = enrolment.account(tx, name)
    user = enrolment.user(tx, account, "admin")
    key_id, secret = enrolment.key(tx, user)
    pair = enrolment.known_pair(tx, user)
    if pair is None:
        key = certificates.make_key()
        subject = certificates.subject("admin", name)
        pair = Pair(
            certificate=certificates.self_issue(key, subject, enrolment.clock()),
            key=certificates.key_pem(key),
        )
        enrolment.keep_pair(tx, user, pair)
    return Caller(
        key_id=key_id,
        secret=secret,
        identity=certificates.identity(pair.certificate, pair.key),
        principal=users.principal(account, users.get(tx, account.number, "admin")),
    )


def _configure(state: Path, port: int, more: Mapping[str, str]) -> Path:
    said = {"EUCALYPTUS_STATE": str(state), "CLOUD_PORT": str(port), "CLOUD_BIND": "127.0.0.1"}
    lines = [f'{name}="{value}"' for name, value in {**said, **more}.items()]
    path = state / "eucalyptus.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


def _takes_connections(url: str) -> bool:
    try:
        connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


@contextlib.contextmanager
def cloud(workers: int = 1, settings: Mapping[str, str] | None = None) -> Iterator[Cloud]:
    """A cloud for a while; ``settings`` are lines of its configuration beside the usual."""
    state = Path(tempfile.mkdtemp(prefix="eu-bench-", dir="/tmp"))
    # PostgreSQL runs as a user of its own, who must be able to enter.
    state.chmod(0o755)
    (state / "etc").mkdir()
    port = free_port()
    found = read(bootstrap.BootstrapSettings, _configure(state, port, settings or {}))
    made: Cloud | None = None
    try:
        made = _open(found, port)
        for _ in range(workers):
            settle(made.add_worker())
        yield made
    finally:
        if made is not None:
            _close(made)
        shutil.rmtree(state, ignore_errors=True)


def _open(settings: bootstrap.BootstrapSettings, port: int) -> Cloud:
    log = settings.state / "database.log"
    words = ("--config", str(settings.state / "eucalyptus.conf"))
    database = start(python("eucalyptus.database.private", *words), log)
    wait(lambda: _takes_connections(settings.url), "PostgreSQL", database.process, log)
    migrate(settings.url, rooms())
    bootstrap.bootstrap(settings, time.time)
    transactions = Transactions(settings.url, connections=1, clock=time.monotonic, pause=time.sleep)
    made = Cloud(settings=settings, port=port, database=database, transactions=transactions)
    for name in ("account_requests_per_sec", "account_request_burst"):
        # Accounted for as always, but it is not the limit that is to be measured.
        made.set(f"bootstrap.webservices.{name}", "1000000")
    return made


def _close(made: Cloud) -> None:
    for worker in made.workers:
        end(worker)
    made.transactions.close()
    end(made.database, signal.SIGINT)
