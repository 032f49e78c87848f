# SPDX-License-Identifier: BSD-2-Clause
"""Simulated nodes that listen to whom a benchmark wants: signed, half signed, or to anybody.

Only the first is the product's; the other two are what its peers are measured against.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed

from cloudcontroller.identity.bootstrap import ensure_keys
from eucalyptus.access.call import Call
from eucalyptus.contracts.refusals import Refused
from eucalyptus.daemon import run_daemon
from eucalyptus.logs import start_logging
from eucalyptus.settings import read
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.endpoint import Asked, Door, Endpoint
from eucalyptus.web.soap_door import SoapDoor
from eucalyptus.wire import soap
from eucalyptus.wire.documents import parse
from nodecontroller.rehearsal import addresses, settings_of
from nodecontroller.service import open_node, surroundings
from nodecontroller.settings import NodeSettings

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measuring.processes import end, free_port, start, wait

READY = "every node listens"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDoor:
    """Lets everybody in and signs nothing."""

    async def admit(self, arrived: Arrived, endpoint: Endpoint) -> Asked:
        """Read the message as it is."""
        body = parse(arrived.body).find(f"{{{soap.ENVELOPE}}}Body")
        assert body is not None
        operation, version, element = soap.dispatch(endpoint.contract, body)
        call = Call(
            request_id=arrived.request_id,
            principal=None,
            component="cluster",
            version=version,
            source=arrived.source,
            to="",
        )
        codec = endpoint.codec(version)
        ask = codec.read(operation.asks, element)
        return Asked(call=call, operation=operation, ask=ask, codec=codec, soap=True)

    def seat(self, asked: Asked) -> contextlib.AbstractContextManager[None]:
        """Room for everybody."""
        return contextlib.nullcontext()

    async def answer(self, asked: Asked, value: Any, endpoint: Endpoint) -> Reply:
        """The answer in an envelope."""
        body = asked.codec.write(value, asked.operation.name + "Response")
        return Reply(status=200, body=soap.envelope(body))

    async def refuse(
        self, arrived: Arrived, refused: Refused, asked: Asked | None, endpoint: Endpoint
    ) -> Reply:
        """A fault."""
        return Reply(status=500, body=soap.fault(refused, arrived.request_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Simulated nodes of a zone whose keys are under ``state``."""

    state: Path
    hosts: tuple[str, ...]
    port: int


@contextlib.contextmanager
def household() -> Iterator[Path]:
    """A state directory with the keys of a cloud."""
    state = Path(tempfile.mkdtemp(prefix="eu-bench-", dir="/tmp"))
    try:
        ensure_keys(state / "keys", "one", time.time)
        yield state
    finally:
        shutil.rmtree(state, ignore_errors=True)


@contextlib.contextmanager
def simulated(
    state: Path, count: int, door: str = "signed", port: int = 0, **more: object
) -> Iterator[Nodes]:
    """``count`` nodes in two processes; ``more`` are lines of their configuration."""
    port = port or free_port()
    configuration = state / f"nodes-{port}.conf"
    said = {"EUCALYPTUS_STATE": state, "NC_PORT": port, "NC_BOOTING_ENVWAIT_THRESHOLD": 0,
            "NC_HOOKS": state / "hooks", "LOGLEVEL": "WARN", **more}  # fmt: skip
    configuration.write_text("".join(f'{key}="{value}"\n' for key, value in said.items()))
    hosts = addresses("127.8.0.1", count)
    with contextlib.ExitStack() as stack:
        for part in (hosts[: count // 2], hosts[count // 2 :]):
            words = ("--config", configuration, "--first", part[0], "--count", len(part))
            argv = [sys.executable, __file__, *map(str, words), "--door", door]
            log = state / f"nodes-{port}-{part[0]}.log"
            server = start(argv, log)
            stack.callback(end, server)
            wait(partial(_ready, log), "simulated nodes", server.process, log)
        yield Nodes(state=state, hosts=hosts, port=port)


def _ready(log: Path) -> bool:
    return READY in log.read_text()


def _door(kind: str, door: SoapDoor) -> Door:
    doors = {"signed": door, "half": replace(door, identity=lambda: None), "open": OpenDoor()}
    return doors[kind]


async def serve(asked: Any, reactor: Any) -> None:
    """Open the nodes behind doors of the kind asked for."""
    settings = read(NodeSettings, asked.config)
    start_logging(settings.log_level)
    outside = surroundings(settings, settings.replay / f"{asked.first}-{settings.port}", reactor)
    outside = replace(outside, door=_door(asked.door, outside.door))  # type: ignore[arg-type]
    for address in addresses(asked.first, asked.count):
        await open_node(settings_of(settings, address), outside)
    print(READY, flush=True)


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--first", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--door", choices=("signed", "half", "open"), default="signed")
    run_daemon(serve(parser.parse_args(), installed), installed)


if __name__ == "__main__":
    main()
