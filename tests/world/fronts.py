# SPDX-License-Identifier: BSD-2-Clause
"""Front workers as processes, on a PostgreSQL of their own: what outsiders throw requests at.

The other daemons of a one-machine cloud can be started beside them; instances are rehearsed.
"""

from __future__ import annotations

import configparser
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloudcontroller.identity.bootstrap import BootstrapSettings, bootstrap
from cloudcontroller.identity.bundle import BundleSettings, Wanted, collect
from cloudcontroller.identity.core.bundle import Credentials
from eucalyptus.command import run_now
from eucalyptus.database.listening import connect
from eucalyptus.database.migrate import migrate
from eucalyptus.services import COMPUTE
from tests.cloudcontroller.compute.street import NETWORK
from tests.fixtures.postgres import declared_rooms, make_cluster, select_nothing
from tests.streets import ROOT
from tests.world.node import free_port
from tests.world.sizes import Sizes, sizes_of

PROGRAMS = {
    "front": "eucalyptus.web.front",
    "cloud": "cloudcontroller.service",
    "cc": "clustercontroller.service",
    "nc": "nodecontroller.service",
}


class Fronts:
    """A cloud's daemons under a state directory; ``database`` runs as long as this object."""

    def __init__(self, **settings: object) -> None:
        self.cluster = make_cluster()
        self.state = self.cluster.state
        self.port, self.cc_port, self.nc_port = free_port(), free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.values: dict[str, object] = {
            "EUCALYPTUS_STATE": self.state, "CLOUD_PORT": self.port, "CLOUD_BIND": "127.0.0.1",
            "CLC_URL": f"http://127.0.0.1:{self.port}", "CLUSTER": "one",
            "CC_HOST": "127.0.0.1", "CC_PORT": self.cc_port, "CC_ADDRESS": "127.0.0.1",
            "NODES": f"127.0.0.1:{self.nc_port}", "NC_PORT": self.nc_port,
            "NC_LISTEN": "127.0.0.1", "NC_ADDRESS": "127.0.0.1", "HYPERVISOR": "fake",
            "NC_BOOTING_ENVWAIT_THRESHOLD": 0, "NC_SHUTDOWN_GRACE_PERIOD_SEC": 0,
            "NC_TEARDOWN_STATE_DURATION": 10, "INSTANCE_TIMEOUT": 30, "MONITORING_PERIOD": 0.5,
            "NC_HOOKS": self.state / "hooks", **settings,
        }  # fmt: skip
        self.conf = self.state / "cloud.conf"
        (self.state / "hooks").mkdir()

    def open(self) -> None:
        """Start the database and make the cloud's first things."""
        self.conf.write_text("".join(f'{k}="{v}"\n' for k, v in self.values.items()))
        self.cluster.start()
        migrate(self.cluster.settings.url, declared_rooms())
        (self.state / "etc" / "network.json").write_text(NETWORK)
        bootstrap(BootstrapSettings(state=self.state, zone="one"), time.time)
        _write_entries(self.state / "entries")

    def start(self, name: str) -> None:
        """Start a daemon: "cloud", "cc", "nc", or a front worker ("front-0", "front-1", …)."""
        module = PROGRAMS[name.partition("-")[0]]
        path = f"{self.state / 'entries'}:{ROOT}"
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-c", f"from {module} import main; main()",
                 "--config", str(self.conf)],
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip

    def start_workers(self, count: int = 2) -> None:
        """Start front workers and wait until they answer."""
        for number in range(count):
            self.start(f"front-{number}")
        listening = f"listening on 127.0.0.1:{self.port}"
        self.until(
            lambda: all(listening in self.log(name).read_text() for name in self.workers), 60
        )

    @property
    def workers(self) -> list[str]:
        """The names of the front workers."""
        return [name for name in self.processes if name.startswith("front-")]

    @property
    def url(self) -> str:
        """Where EC2 answers."""
        return f"http://127.0.0.1:{self.port}{COMPUTE.path}"

    def log(self, name: str) -> Path:
        """What a daemon says."""
        return self.state / f"{name}.log"

    def log_size(self) -> int:
        """Bytes of all logs, the database's too."""
        return sum(path.stat().st_size for path in self.state.rglob("*.log"))

    def sizes(self) -> dict[str, Sizes]:
        """What each front worker holds of memory, files, threads."""
        return {name: sizes_of(self.processes[name].pid) for name in self.workers}

    def user(self, account: str, name: str = "admin") -> Credentials:
        """A user with an access key and a certificate, made when new."""
        settings = BundleSettings(state=self.state, port=self.port)
        return collect(settings, Wanted(account=account, user=name), time.time)[0]

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Ask the database directly."""
        connection = connect(self.cluster.settings.url)
        with connection.cursor() as cursor:
            cursor.execute(text)
            found = cursor.fetchall() if cursor.description else []
        connection.close()
        return list(found)

    def run(self, module: str, *words: str, timeout: float = 120.0) -> Any:
        """Run one of the tests' programs as a process of its own; what it prints is JSON."""
        said = run_now(
            [sys.executable, "-m", module, *words], timeout=timeout,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return json.loads(said.out)

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait until ``done()``; fails with the logs' ends when a daemon dies, or late."""
        end = time.monotonic() + seconds
        while not done():
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            if dead or time.monotonic() > end:
                ends = [
                    f"--- {name}\n" + "\n".join(self.log(name).read_text().splitlines()[-30:])
                    for name in dead or self.processes
                ]
                raise AssertionError("\n".join([f"died: {dead}; not within {seconds} s", *ends]))
            select_nothing(0.05)

    def close(self) -> None:
        """End every daemon and the database, and remove the state."""
        for process in self.processes.values():
            process.send_signal(signal.SIGKILL)
        for process in self.processes.values():
            process.wait(20)
        self.cluster.destroy()


def _write_entries(folder: Path) -> None:
    """The entry points that setup.cfg declares, as if this tree were installed."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    made = folder / "eucalyptus-0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: eucalyptus\nVersion: 0\n")
    groups = config.items("options.entry_points")
    (made / "entry_points.txt").write_text("".join(f"[{name}]\n{v}\n\n" for name, v in groups))


@contextmanager
def fronts(**settings: object) -> Iterator[Fronts]:
    """A cloud whose database runs and whose daemons are not started yet."""
    made = Fronts(**settings)
    try:
        made.open()
        yield made
    finally:
        made.close()
