# SPDX-License-Identifier: BSD-2-Clause
"""The first things of a cloud: its keys, the administrators' account, the system user.

``eucalyptus-bootstrap`` is run after ``eucalyptus-migrate``; running it again changes nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from twisted.logger import Logger

from cloudcontroller.identity.core.names import SYSTEM_PATH
from cloudcontroller.identity.enrolment import Enrolment
from eucalyptus.access.principals import CLOUD_ACCOUNT, SYSTEM_USER
from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.properties import store, stored
from eucalyptus.database.run import Tx
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.database.transactions import Transactions
from eucalyptus.logs import start_logging
from eucalyptus.properties import CHECKS, NETWORK_CONFIGURATION
from eucalyptus.secrets import open_sealer, write_private
from eucalyptus.settings import from_arguments, setting
from eucalyptus.wire.certificates import key_pem, load_key, make_key, self_issue, subject

WAIT = 60.0
"""Seconds to wait for the database."""

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapSettings(DatabaseSettings):
    """What bootstrap may be told."""

    zone: str = setting("CLUSTER", "default", says="The availability zone of this host's keys.")


def ensure_pair(directory: Path, stem: str, clock: Callable[[], float]) -> None:
    """Make ``STEM-pk.pem`` and ``STEM-cert.pem`` unless they are there; repeatable."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_file, certificate_file = directory / f"{stem}-pk.pem", directory / f"{stem}-cert.pem"
    if not key_file.exists():
        write_private(key_file, key_pem(make_key()))
        certificate_file.unlink(missing_ok=True)
    if not certificate_file.exists():
        key = load_key(key_file.read_bytes())
        write_private(certificate_file, self_issue(key, subject(stem, "Cloud"), clock()))
        _log.info("made the key and certificate of {stem} in {where}", stem=stem, where=directory)


def ensure_keys(keys: Path, zone: str, clock: Callable[[], float]) -> None:
    """The cloud's pair, the zone's pairs under ``keys/ZONE``, and copies of these in ``keys``.

    The copies are what the daemons of this host read; on hosts of their own only they exist.
    """
    ensure_pair(keys, "cloud", clock)
    for stem in ("cluster", "node"):
        ensure_pair(keys / zone, stem, clock)
    for name in ("cluster-pk", "cluster-cert", "node-pk", "node-cert"):
        if not (keys / f"{name}.pem").exists():
            write_private(keys / f"{name}.pem", (keys / zone / f"{name}.pem").read_bytes())
    if not (keys / zone / "cloud-cert.pem").exists():
        write_private(keys / zone / "cloud-cert.pem", (keys / "cloud-cert.pem").read_bytes())


def enrol(tx: Tx, enrolment: Enrolment, network: str) -> None:
    """The administrators' account with a key, the system user with another, the network's document.

    A network configuration that somebody has set already stays.
    """
    account, new = enrolment.account(tx, CLOUD_ACCOUNT)
    enrolment.key(tx, enrolment.user(tx, account, "admin"))
    enrolment.key(tx, enrolment.user(tx, account, SYSTEM_USER, SYSTEM_PATH))
    if network and NETWORK_CONFIGURATION.name not in stored(tx):
        store(tx, NETWORK_CONFIGURATION.name, network, "bootstrap")
    if new:
        _log.info("made account {name}, number {number}", name=account.name, number=account.number)


def check_network(text: str) -> None:
    """Raise ValueError unless every house that uses the network's document accepts it."""
    NETWORK_CONFIGURATION.read(text)
    for point in entry_points(group=CHECKS, name=NETWORK_CONFIGURATION.name):
        if text:
            point.load()(text)


def bootstrap(settings: BootstrapSettings, clock: Callable[[], float]) -> None:
    """Do it all; blocks. Raises Refused when the database cannot be reached."""
    ensure_keys(settings.keys, settings.zone, clock)
    enrolment = Enrolment(clock=clock, chance=os.urandom, sealer=open_sealer(settings.keys))
    document = settings.state / "etc" / "network.json"
    network = document.read_text() if document.exists() else ""
    check_network(network)
    transactions = Transactions(settings.url, connections=1, clock=clock, pause=time.sleep)
    try:
        transactions.run("serializable", clock() + WAIT, enrol, enrolment, network)
    finally:
        transactions.close()


def main() -> None:
    """``eucalyptus-bootstrap``: exits 0 when everything is there."""
    settings = from_arguments(BootstrapSettings, "Make the cloud's keys and first account.")
    start_logging(settings.log_level)
    try:
        bootstrap(settings, time.time)
    except (Refused, ValueError) as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()
