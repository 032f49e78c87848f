# SPDX-License-Identifier: BSD-2-Clause
"""Looking after itself: the settings file re-read when it changes, and the self check."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import LoopingCall

from clustercontroller.core.services import ServiceEvent, ServiceState
from clustercontroller.settings import Settings
from clustercontroller.zone import Zone
from eucalyptus.settings import BadSettings

EVERY = 1.0
FAILURES = 10
"""So many failed checks in a row are borne before the service becomes NOTREADY."""


class Upkeep:
    """``read`` gives the settings, ``stamp`` something that differs when the file changed."""

    def __init__(
        self, zone: Zone, read: Callable[[], Settings], stamp: Callable[[], object],
        check: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        self._zone, self._read, self._stamp, self._check = zone, read, stamp, check
        self._seen: object = stamp()
        self._loop = LoopingCall(self.look)
        self._loop.clock = zone.reactor

    def start(self) -> None:
        """Take over the node list and begin."""
        self._zone.roster.configure(self._zone.settings.node_urls(), self._zone.now())
        self._loop.start(EVERY)

    def stop(self) -> None:
        """Look no more."""
        if self._loop.running:
            self._loop.stop()

    def look(self) -> None:
        """Re-read changed settings; check, and move the service accordingly."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            self._reread()
        self._examine()

    def _reread(self) -> None:
        zone = self._zone
        try:
            settings = self._read()
        except BadSettings as bad:
            zone.log.error("the settings stay as they were: {why}", why=str(bad))
            return
        zone.settings = settings
        zone.roster.configure(settings.node_urls(), zone.now())
        zone.log.info("settings re-read: {count} nodes, {policy}", count=len(settings.nodes),
                      policy=settings.policy_name)  # fmt: skip
        zone.changed("nodes")

    def _examine(self) -> None:
        zone, found = self._zone, self._check()
        zone.troubles = zone.troubles + 1 if found else 0
        if zone.troubles > FAILURES and zone.state is not ServiceState.NOTREADY:
            zone.log.error("not ready: {why}", why="; ".join(found))
            zone.on(ServiceEvent.CHECK_FAILED)
        elif not found and zone.state is ServiceState.NOTREADY:
            zone.on(ServiceEvent.CHECK_PASSED)
