# SPDX-License-Identifier: BSD-2-Clause
"""Identity and registry behind a real front worker's site on loopback, for commands to talk to."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from cloudcontroller.identity import service as identity_service
from cloudcontroller.identity.bootstrap import BootstrapSettings, bootstrap, ensure_keys
from cloudcontroller.identity.bundle import BundleSettings, Wanted, collect, write
from cloudcontroller.registry import service as registry_service
from eucalyptus.database.properties import Properties
from eucalyptus.database.recorded import RecordedAnswers
from eucalyptus.database.replay import DatabaseReplayStore
from eucalyptus.database.run import Database
from eucalyptus.secrets import open_sealer
from eucalyptus.web.front import Front, FrontSettings
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.site import site
from eucalyptus.wire.certificates import identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A front worker that answers on loopback, and how to run blocking callers beside it."""

    front: Front
    port: int
    state: Path
    spin: Callable[..., Any]

    def aside(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run blocking ``work`` in a thread while the front worker serves it."""
        return self.spin(deferToThread(work, *args, **kwargs))

    def environment(self, account: str = "eucalyptus", user: str = "admin") -> Mapping[str, str]:
        """What sourcing the eucarc of a user gives; the bundle is written where HOME is."""
        settings = BundleSettings(
            state=self.state, database_url=self.front.database.url, port=self.port
        )
        credentials, _ = collect(settings, Wanted(account=account, user=user), time.time)
        home = self.state / f"{account}-{user}"
        write(credentials, home)
        lines = (home / "eucarc").read_text().splitlines()
        exported = (line.removeprefix("export ") for line in lines if line.startswith("export "))
        return {"HOME": str(home), **dict(line.split("=", 1) for line in exported)}


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud's key directory, made once for all tests."""
    keys = tmp_path_factory.mktemp("cloud") / "keys"
    ensure_keys(keys, "default", time.time)
    return keys


@pytest.fixture
def served(database: Database, spin: Any, tmp_path: Path, made_keys: Path) -> Iterator[Served]:
    """A bootstrapped cloud's identity and properties on a port of loopback."""
    shutil.copytree(made_keys, tmp_path / "keys")
    bootstrap(BootstrapSettings(state=tmp_path, database_url=database.url), time.time)
    keys = tmp_path / "keys"
    counter = itertools.count()
    properties = Properties(database, reactor)
    spin(properties.start())
    settings = FrontSettings(state=tmp_path, database_url=database.url)
    front = Front(
        settings=settings,
        database=database,
        principals=spin(identity_service.principals(settings, database)),
        reactor=reactor,
        clock=time.time,
        new_id=lambda: f"request-{next(counter)}",
        replay=DatabaseReplayStore(database),
        recorded=RecordedAnswers(database, open_sealer(keys), reactor),
        properties=properties,
        identity=identity(
            (keys / "cloud-cert.pem").read_bytes(), (keys / "cloud-pk.pem").read_bytes()
        ),
    )
    mounts = [*spin(identity_service.mounts(front)), *spin(registry_service.mounts(front))]
    loop: Any = reactor
    listening = loop.listenTCP(0, site(mounts, HttpLimits(), front.new_id), interface="127.0.0.1")
    yield Served(front=front, port=listening.getHost().port, state=tmp_path, spin=spin)
    spin(listening.stopListening())
    properties.stop()
