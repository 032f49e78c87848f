# SPDX-License-Identifier: BSD-2-Clause
"""Which domain type guests get: what is asked for, or what really runs."""

from __future__ import annotations

import json
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from nodecontroller.drivers.files import replace
from nodecontroller.drivers.hypervisors import Hypervisor, HypervisorUnreachable
from nodecontroller.drivers.hypervisors.probe import runs_guests

log = Logger()

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
RETRY = 2.0


async def choose(hypervisor: Hypervisor, run: Path, reactor: IReactorTime) -> str:
    """The domain type for a node that wants ``hypervisor.kind``: "kvm" becomes "qemu" where KVM
    runs no guest. Waits for as long as the hypervisor does not answer.

    The finding is noted in ``run`` and holds until the host boots again.
    """
    note = run / "nc-probe.json"
    boot = BOOT_ID.read_text().strip()
    known = _known(note, boot)
    if hypervisor.kind != "kvm" or known:
        return known if hypervisor.kind == "kvm" else hypervisor.kind
    while True:
        try:
            works = await runs_guests(hypervisor, run, reactor)
            break
        except HypervisorUnreachable as failure:
            log.warn("waiting for the hypervisor: {why}", why=failure)
            await deferLater(reactor, RETRY)
    kind = "kvm" if works else "qemu"
    log.info("KVM {does}: guests get domain type {kind}",
             does="runs a guest" if works else "runs no guest", kind=kind)  # fmt: skip
    replace(note, json.dumps({"boot": boot, "kind": kind}).encode())
    return kind


def _known(note: Path, boot: str) -> str:
    try:
        content = json.loads(note.read_bytes())
        return str(content["kind"]) if content["boot"] == boot else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""
