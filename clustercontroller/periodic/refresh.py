# SPDX-License-Identifier: BSD-2-Clause
"""Asking the nodes: every NC_POLLING_FREQUENCY seconds, and at once when one has news."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from clustercontroller.core.nodes import Node
from clustercontroller.core.roster import Account
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.periodic.broadcast import Broadcast
from clustercontroller.zone import MONITOR, Zone
from eucalyptus.contracts.node import (
    Instance,
    NcDescribeInstances,
    NcDescribeInstancesResponse,
    NcDescribeResource,
    NcDescribeResourceResponse,
    NcTerminateInstance,
)  # fmt: skip
from eucalyptus.wire.networkworld import INSTANCE_ID

PATIENCE = 10.0
"""Seconds for one question of a poll."""


class Refresh:
    """Polls nodes independently of each other; a node is never polled twice at a time."""

    def __init__(self, zone: Zone, broadcast: Broadcast) -> None:
        self._zone, self._broadcast = zone, broadcast
        self._polling: dict[str, Deferred[None]] = {}
        self._work: dict[str, Deferred[None]] = {}
        self._again: set[str] = set()
        self._loop = LoopingCall(self._tick)
        self._loop.clock = zone.reactor

    def start(self) -> None:
        """Begin to poll; the first round is at once."""
        self._loop.start(self._zone.settings.poll_every)

    def stop(self) -> None:
        """Poll no more; what is under way is abandoned."""
        if self._loop.running:
            self._loop.stop()
        self._again.clear()
        for work in list(self._work.values()):
            work.cancel()

    def _tick(self) -> None:
        if self._zone.enabled:
            for node in self._zone.roster.nodes:
                self._begin(node)
            self._purge()

    def soon(self, name: str) -> bool:
        """A node has news: ask it at once, or once more if it is being asked. False: unknown."""
        node = self._zone.roster.node(name)
        if node is None:
            return False
        if self._zone.enabled:
            if name in self._polling:
                self._again.add(name)
            else:
                self._begin(node)
        return True

    async def round(self, patience: float = PATIENCE) -> None:
        """Ask every node now and wait for their answers, ``patience`` seconds at most."""
        for node in self._zone.roster.nodes:
            self._begin(node)
        waiting = [_joined(poll) for poll in self._polling.values()]
        every = DeferredList(waiting, consumeErrors=True)
        every.addTimeout(patience, self._zone.reactor)
        await every

    def _begin(self, node: Node) -> None:
        if node.name in self._polling:
            return
        poll = self._polling[node.name] = Deferred[None]()
        turn = self._zone.switchboard.in_turn(node, lambda: self._poll(node.name))
        work = self._work[node.name] = Deferred.fromCoroutine(turn)
        work.addErrback(self._failed, node.name)
        work.addBoth(self._ended, node.name, poll)

    def _failed(self, failure: Failure, name: str) -> None:
        if not failure.check(CancelledError):
            self._zone.log.failure("polling {node} failed", failure=failure, node=name)

    def _ended(self, _: object, name: str, poll: Deferred[None]) -> None:
        self._polling.pop(name, None)
        self._work.pop(name, None)
        poll.callback(None)
        node = self._zone.roster.node(name)
        if name in self._again and node is not None:
            self._again.discard(name)
            self._begin(node)

    async def _poll(self, name: str) -> None:
        zone = self._zone
        node = zone.roster.node(name)
        if node is None:
            return
        asked = zone.now()
        try:
            resource = await zone.ask(
                node, zone.nodes.describe_resource, NcDescribeResource(), patience=PATIENCE
            )
            instances = await zone.ask(
                node, zone.nodes.describe_instances, NcDescribeInstances(), patience=PATIENCE
            )
        except (Unreachable, Declined) as failed:
            self._silent(name, str(failed))
            return
        if len(instances.instances) > zone.settings.ceiling:
            self._silent(name, f"it reports {len(instances.instances)} instances")
            return
        self._answered(name, resource, asked)
        account = zone.roster.reported(name, self._named(node, instances), zone.now())
        await self._settle(name, account)
        await self._broadcast.mend(name)

    def _named(self, node: Node, said: NcDescribeInstancesResponse) -> list[Instance]:
        """What a node reports, without ids that are none: those name files, taps and rules."""
        good = [one for one in said.instances if INSTANCE_ID.fullmatch(one.instance_id)]
        if len(good) < len(said.instances):
            self._zone.log.error("{node} reports {n} instances without an id", node=node.name,
                                 n=len(said.instances) - len(good))  # fmt: skip
        return good

    def _answered(self, name: str, resource: NcDescribeResourceResponse, asked: float) -> None:
        if self._zone.roster.answered(name, resource, asked, self._zone.now()):
            self._zone.power.awake(name)
            self._note(name, "it answered")

    def _silent(self, name: str, why: str) -> None:
        if self._zone.roster.silent(name, self._zone.now()):
            self._note(name, why)

    def _note(self, name: str, why: str) -> None:
        node = self._zone.roster.node(name)
        state = node.state.name if node else "unknown"
        self._zone.log.info("{node} is {state}: {why}", node=name, state=state, why=why)
        self._zone.changed("nodes")

    async def _settle(self, name: str, account: Account) -> None:
        """Tell the cloud what changed, and the node what it must let go."""
        zone, node = self._zone, self._zone.roster.node(name)
        if account.changed:
            zone.changed("instances")
        for instance_id in account.disputed:
            zone.log.warn("{node} reports {instance}, which another node holds",
                          node=name, instance=instance_id)  # fmt: skip
        for instance_id in account.strays if node else ():
            zone.log.warn("{node} must let {instance} go", node=name, instance=instance_id)
            ask = NcTerminateInstance(instance_id=instance_id, force=False)
            try:
                assert node is not None
                await zone.ask(node, zone.nodes.terminate_instance, ask, request_id=MONITOR)
            except (Unreachable, Declined) as failed:
                zone.log.warn("{node} keeps {instance}: {why}", node=name,
                              instance=instance_id, why=str(failed))  # fmt: skip

    def _purge(self) -> None:
        forgotten = self._zone.roster.purge(self._zone.now(), self._zone.settings.forget_after)
        for instance_id in forgotten:
            self._zone.log.info("{instance} was not seen for long: forgotten",
                                instance=instance_id)  # fmt: skip
        if forgotten:
            self._zone.changed("instances")
        if self._zone.roster.settled:
            self._shorten()

    def _shorten(self) -> None:
        """Write down again who was asked for what, without the instances that are no more."""
        try:
            self._zone.journal.rewrite(self._zone.roster.book.text())
        except OSError as failed:
            self._zone.log.error("the journal stays long: {why}", why=str(failed))
        self._zone.roster.settled = False


def _joined(poll: Deferred[None]) -> Deferred[None]:
    """A Deferred of one's own that fires when ``poll`` does."""
    waiter: Deferred[None] = Deferred()

    def fire(outcome: None) -> None:
        if not waiter.called:
            waiter.callback(None)
        return outcome

    poll.addCallback(fire)
    return waiter
